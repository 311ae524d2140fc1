#pragma once
// FrameCursor: walks from wherever a thread stands through its driver frames, outwards. Host code between two driver
// frames is crossed by frame pointers, or, when the driver entered it through an import thunk, by the shadow call
// stack, which holds the driver's registers exactly.
//
// A handler of the driver that is running is crossed too, and that is what makes nested exceptions and collided unwinds
// right: the marker that portside_call_handler's caller left in the shadow call stack says where the frames go on.

#include <cstdint>

#include "loader/exception_records.h"
#include "loader/stack_bounds.h"
#include "loader/unwinder.h"

namespace portside::loader {

class Image;
class ImageList;

class FrameCursor {
 public:
  // Registers are taken from `start`; `context()` is valid where next() returned true. `start_at_call`: rip of `start`
  // is a return address, and not that of an instruction which faulted.
  FrameCursor(const ImageList& images, const ContextRecord& start, bool restore_xmm, bool start_at_call = true);
  // Where the caller stands: its own frame is host code.
  static void capture_here(ContextRecord& context);

  // Moves to the next driver frame. False at the end of the stack.
  bool next();

  // The registers inside the frame.
  ContextRecord& context() { return context_; }
  const ContextRecord& context() const { return context_; }
  Image& image() const { return *image_; }
  const StackBounds& stack() const { return stack_; }

  // Replaces the registers by the caller's, and tells what was undone. False: the frame is broken, the walk ends.
  UnwoundFrame unwind(WantHandler handler);

  // Non-null when the frame was reached through an unwind that its own termination handler interrupted: the search goes
  // on in it where that unwind was (DispatcherContext::scope_index).
  const DispatcherContext* collided() const { return collided_; }
  // The outermost frame among those whose handlers were searching when the walked exception happened; 0: none.
  uint64_t nested_frame() const { return nested_frame_; }
  // rip is a return address: the instruction that the frame is at lies before it.
  bool at_call() const { return at_call_; }
  // False when rbx, rsi, rdi and r12-r15 of the frame are not known: it entered the host without a thunk, and not from
  // where the walk started.
  bool exact() const { return exact_; }

 private:
  bool cross_host();
  bool take(const ShadowFrame& frame);

  const ImageList& images_;
  ContextRecord context_;
  StackBounds stack_;
  const ShadowFrame* shadow_;  // one past the innermost frame not yet crossed
  const ShadowFrame* shadow_base_;
  Image* image_ = nullptr;
  const DispatcherContext* collided_ = nullptr;
  uint64_t nested_frame_ = 0;
  bool restore_xmm_;
  bool exact_ = true;
  bool at_call_;
  bool unwound_ = true;  // context_ is not yet known to be in a driver frame
};

}  // namespace portside::loader
