#pragma once
// PoolRules: what a driver does wrong with its pool: leaks, double and foreign frees, overruns, tags.

#include "kernel/pool.h"
#include "verifier/verifier.h"

namespace portside::verifier {

class PoolRules final : public kernel::PoolObserver {
 public:
  explicit PoolRules(Verifier& verifier) : verifier_(verifier) {}
  void on_mistake(const kernel::PoolMistake& mistake) override;

 private:
  Verifier& verifier_;
};

}  // namespace portside::verifier
