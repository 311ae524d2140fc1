#pragma once
// The x64 unwinder: one frame of an image's code is undone by its .pdata and .xdata entry. "x64 exception handling:
// unwind procedure" (Microsoft Learn); unwind information versions 1 and 2.

#include <cstdint>

#include "loader/exception_records.h"
#include "loader/stack_bounds.h"

namespace portside::loader {

class Image;

struct UnwoundFrame {
  bool ok = false;             // false: the information or the stack is broken; registers are as far as it came
  bool machine_frame = false;  // the caller did not call: it was interrupted
  uint64_t establisher = 0;    // what identifies the frame to its handlers
  uint32_t handler_rva = 0;    // 0: none of the asked kind, or the frame is in its prolog or epilog
  uint32_t handler_data_rva = 0;
  const PeRuntimeFunction* function = nullptr;  // the primary one of a chain; null for a leaf
};

enum class WantHandler : uint8_t { kNone = 0, kException = 1, kTermination = 2 };

struct UnwindOptions {
  WantHandler handler = WantHandler::kNone;
  bool restore_xmm = true;
};

// Replaces `context` (rip inside `image`) by its caller's.
UnwoundFrame unwind_frame(const Image& image, ContextRecord& context, const StackBounds& stack,
                          const UnwindOptions& options);

}  // namespace portside::loader
