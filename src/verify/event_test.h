#pragma once
// Events: a stream has as many notification events as its client registers; each is signalled, and one that is
// unregistered takes no other with it.

#include "verify/test_stream.h"
#include "verify/verdicts.h"

namespace portside::verify {

void test_several_events(Verdicts& verdicts, const Subject& subject);
// KSPROPERTY_CONNECTION_DATAFORMAT of a stream that is open: taken, and then the stream is of that format; or refused,
// and then it is what it was.
void test_format_change(Verdicts& verdicts, const Subject& subject, const client::AudioFormat& other);

}  // namespace portside::verify
