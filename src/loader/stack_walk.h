#pragma once
// DriverStackWalker: the driver's frames of the calling thread, innermost first. Host frames between them are crossed
// and left out.
//
// It starts where it stands and follows frame pointers through host code until it meets either the return address of
// an import thunk (the shadow call stack then holds the driver's exact registers) or an address inside an image (a
// driver that called a COM method); from there .pdata. It reads nothing outside the bounds of the running stack.

#include <cstdint>

#include "base/stack.h"

namespace portside::kernel {
class FaultHub;
}

namespace portside::loader {

class ImageList;

class DriverStackWalker final : public StackSource {
 public:
  // `hub`, if any, knows the registers of a fault that is ending the machine: the walk then starts there.
  explicit DriverStackWalker(const ImageList& images, const kernel::FaultHub* hub = nullptr)
      : images_(images), hub_(hub) {}
  StackTrace capture() const override;
  // From registers, a thread's that is not running: rip is a return address.
  StackTrace capture_from(uint64_t rip, uint64_t rsp, uint64_t rbp) const;
  // From a fault's: the instruction at rip is meant, not the one before it, which may be a call of another line. The
  // first frame stands inside it, as a return address would behind it.
  StackTrace capture_at(uint64_t rip, uint64_t rsp, uint64_t rbp) const override;

 private:
  const ImageList& images_;
  const kernel::FaultHub* hub_;
};

}  // namespace portside::loader
