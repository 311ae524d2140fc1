#pragma once
// LeftoverRules: what a driver leaves behind: kernel objects in memory that it frees, work that is pending when it is
// unloaded, and what it obtained and never gave back.

#include <string>
#include <vector>

#include "kernel/live_objects.h"
#include "verifier/verifier.h"

namespace portside::verifier {

// Something that outlived the last driver.
struct Leak {
  enum class Kind : uint8_t { kHandle, kMdl, kIrp, kObject };
  Kind kind{};
  std::string what;  // "a handle to a Key"
  StackTrace made_at;
};

class LeftoverRules final : public kernel::LiveObjectObserver {
 public:
  explicit LeftoverRules(Verifier& verifier) : verifier_(verifier) {}
  void on_left(const kernel::LeftObject& left) override;

  // When no driver is left. Leaks that no driver's frame made are the layers' own business.
  void report_leaks(const std::vector<Leak>& leaks);

 private:
  Verifier& verifier_;
};

}  // namespace portside::verifier
