#pragma once
// ShadowMarker: a frame in the shadow call stack that is no call of a driver, for as long as a scope lasts. A walk that
// starts inside the scope goes on by it (frame_cursor.h).

#include <cstdlib>

#include "loader/shadow_stack.h"

namespace portside::loader {

class ShadowMarker {
 public:
  // `frame_address`: __builtin_frame_address(0) of the function that the marker stands for.
  ShadowMarker(ShadowKind kind, void* frame_address, void* subject) : place_(ShadowStack::top()) {
    if (place_ + 1 > ShadowStack::limit()) std::abort();  // handlers nested 255 deep: the driver's stack ends before
    place_->return_address = 0;
    place_->rsp = reinterpret_cast<uint64_t>(frame_address);
    place_->import = nullptr;
    place_->kind = kind;
    place_->subject_or_rbx = subject;
    ShadowStack::set_top(place_ + 1);
  }
  ~ShadowMarker() { ShadowStack::set_top(place_); }
  ShadowMarker(const ShadowMarker&) = delete;
  ShadowMarker& operator=(const ShadowMarker&) = delete;

 private:
  ShadowFrame* const place_;
};

}  // namespace portside::loader
