#pragma once
// Every format: a stream in it moves, and its positions keep to the format's rate (Wave Test and KS Position Test, in
// one stream).

#include "client/offered_formats.h"
#include "verify/test_stream.h"
#include "verify/tolerances.h"
#include "verify/verdicts.h"

namespace portside::verify {

void test_format(Verdicts& verdicts, const Subject& subject, client::Proposal proposal, const Tolerances& tolerances);

}  // namespace portside::verify
