#pragma once
// MemoryBridge: what becomes of a driver's memory, told to the kernel: which of it is pageable (paged pool, PAGE sections)
// and which is locked meanwhile, and what lived in a view that was unmapped.

#include "kernel/pool.h"
#include "memory/memory_observer.h"

namespace portside::kernel {
class Kernel;
}
namespace portside::loader {
class Image;
}

namespace portside::host {

class MemoryBridge final : public kernel::PoolObserver, public memory::MemoryObserver {
 public:
  MemoryBridge(kernel::Kernel& kernel, bool protect_pageable) : kernel_(kernel), protect_(protect_pageable) {}

  // After it was loaded.
  void add_image(const loader::Image& image);

  void on_allocated(const kernel::PoolBlock& block) override;
  void on_freeing(const kernel::PoolBlock& block) override;
  void on_unmapped(const memory::MdlRecord& record) override;
  void on_locked(const memory::MdlRecord& record) override;
  void on_unlocked(const memory::MdlRecord& record) override;

 private:
  kernel::Kernel& kernel_;
  bool protect_;
};

}  // namespace portside::host
