#pragma once
// MdlRules: MDLs that are not a port's, contiguous memory and DMA views: what Mm and Io functions may do with them.
// The port's own MDLs are PageRules'.

#include "memory/memory_observer.h"
#include "verifier/verifier.h"

namespace portside::verifier {

class MdlRules final : public memory::MemoryObserver {
 public:
  explicit MdlRules(Verifier& verifier) : verifier_(verifier) {}
  void on_mishap(const memory::MemoryMishap& mishap) override;

 private:
  Verifier& verifier_;
};

}  // namespace portside::verifier
