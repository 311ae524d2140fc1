#pragma once
// Processing modes together: where a pin has several modes and instances, two streams in different modes run at once,
// and both move (Wave Test).

#include <vector>

#include "verify/test_stream.h"
#include "verify/verdicts.h"

namespace portside::verify {

// A mode that the pin does not list is not opened.
void test_unknown_mode(Verdicts& verdicts, const Subject& subject);
// The subjects are one endpoint's, a mode each; the first is tried beside each of the others.
void test_modes_together(Verdicts& verdicts, const std::vector<Subject>& subjects);

}  // namespace portside::verify
