#pragma once
// Bell: an eventfd. Rings never wait.

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/result.h"

namespace portside::service {

class Bell {
 public:
  static Result<Bell> create() {
    Bell bell;
    bell.descriptor_ = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!bell.descriptor_) return fail(StatusCode::kInsufficientResources, "no more descriptors");
    return bell;
  }
  void ring() const {
    const uint64_t one = 1;
    (void)!::write(descriptor_.get(), &one, sizeof one);
  }
  void quiet() const {
    uint64_t count = 0;
    (void)!::read(descriptor_.get(), &count, sizeof count);
  }
  int descriptor() const { return descriptor_.get(); }

 private:
  Descriptor descriptor_;
};

}  // namespace portside::service
