#pragma once
// Places of a driver's source, in words.

#include <string>
#include <vector>

#include "base/stack.h"
#include "report/symbols.h"

namespace portside::host {
class Machine;
}

namespace portside::verify {

// The source frames of a stack, innermost first.
std::vector<report::SourceFrame> frames_of(host::Machine& machine, const StackTrace& stack);

// "Stream::Init stream.cpp:41": the first that is no allocator. Where memory is asked for by operator new, the interesting place is who
// says new. "the driver" when none is known.
std::string place_text(const std::vector<report::SourceFrame>& frames);

}  // namespace portside::verify
