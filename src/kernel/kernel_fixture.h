#pragma once
// KernelFixture: a machine with a kernel and nothing else, for tests of this and higher layers.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/machine_context.h"
#include "kernel/kernel.h"

namespace portside::kernel {

class KernelFixture {
 public:
  explicit KernelFixture(KernelOptions options = {}) : scope_(context_) {
    kernel_ = std::move(*Kernel::create(options));
    context_.install(kernel_.get());
  }
  Kernel& kernel() { return *kernel_; }
  Kernel* operator->() { return kernel_.get(); }
  MachineContext& context() { return context_; }
  // Runs `body` as a simulated thread and expects that the machine survives.
  void run(std::function<void()> body) {
    Result<> result = kernel_->run(std::move(body));
    EXPECT_TRUE(result) << result.error().to_string();
  }
  // Expects the machine to end with this code.
  const BugCheckRecord& run_to_bug_check(uint32_t code, std::function<void()> body) {
    Result<> result = kernel_->run(std::move(body));
    EXPECT_FALSE(result);
    static const BugCheckRecord kNone{};
    if (!kernel_->bug_check_record()) {
      ADD_FAILURE() << "the machine did not bug-check";
      return kNone;
    }
    EXPECT_EQ(kernel_->bug_check_record()->code, code) << kernel_->bug_check_record()->to_string();
    return *kernel_->bug_check_record();
  }

 private:
  MachineContext context_;
  CurrentMachineScope scope_;
  std::unique_ptr<Kernel> kernel_;
};

inline KernelOptions with_seed(uint64_t seed) {
  KernelOptions options;
  options.seed = seed;
  return options;
}
inline KernelOptions real_time() {
  KernelOptions options;
  options.clock = ClockKind::kReal;
  options.timer_granularity = {};
  return options;
}

// The trace as one text.
class TraceText : public TraceObserver {
 public:
  void on_event(const TraceEvent& event) override {
    text += event.to_string();
    text += '\n';
  }
  std::string text;
};

class MisuseLog : public MisuseObserver {
 public:
  void on_misuse(const Misuse& misuse) override { seen.push_back(misuse); }
  std::vector<Misuse> seen;
};

}  // namespace portside::kernel
