#pragma once
// PageableObserver: what Windows may page out was touched at DISPATCH_LEVEL or above. It is opened, and the driver goes on as it
// does on a machine where the page happens to be in memory.

#include <cstdint>

#include "kernel/bug_check.h"

namespace portside::kernel {

struct PageableTouch {
  uint64_t address = 0;
  BugCheckRecord bug_check;  // what Windows stops with where the page is not in memory; the stack is of the touch
};

class PageableObserver {
 public:
  virtual ~PageableObserver() = default;
  // Behind the touch, at the next call of the kernel or when the IRQL falls, before the memory can be freed.
  virtual void on_pageable_touch(const PageableTouch& touch) = 0;
};

}  // namespace portside::kernel
