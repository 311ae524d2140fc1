#pragma once
// For tests: a machine with memory, kernel, services and io, and a recorder of everything that io tells.

#include <gtest/gtest.h>
#include <wdm.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/machine_context.h"
#include "io/io.h"
#include "kernel/kernel.h"
#include "kernel/services.h"
#include "memory/memory.h"

namespace portside::io {

class Recorder : public IoObserver {
 public:
  void on_misuse(const MisuseEvent& e) override {
    misuses.push_back(e.misuse);
    sentences.push_back(e.sentence);
  }
  void on_irp_dispatched(const IrpEvent& e) override { dispatched.push_back({e.major, e.minor}); }
  void on_pnp_state(const PnpEvent& e) override { states.push_back(e.after); }
  void on_interface(const InterfaceEvent& e) override {
    interfaces.push_back({std::u16string(e.symbolic_link), e.enabled});
  }
  void on_file_closed(const FileEvent&) override { ++closed; }
  void on_remove_lock_wait(const RemoveLockWaitEvent& e) override {
    waits.emplace_back();
    for (const RemoveLockHold& hold : e.holds) waits.back().push_back(hold.tag);
  }

  bool has(IoMisuse m) const { return std::ranges::find(misuses, m) != misuses.end(); }

  std::vector<IoMisuse> misuses;
  std::vector<std::string> sentences;
  std::vector<std::pair<int, int>> dispatched;
  std::vector<PnpState> states;
  std::vector<std::pair<std::u16string, bool>> interfaces;
  std::vector<std::vector<const void*>> waits;  // tags
  int closed = 0;
};

class IoMachine : public ::testing::Test {
 protected:
  IoMachine() : scope_(context_) {
    memory_ = *memory::Memory::create({.seed = 1});
    context_.install(memory_.get());
    kernel_ = *kernel::Kernel::create({.seed = 1});
    context_.install(kernel_.get());
    services_ = *kernel::Services::create(*memory_, {});
    context_.install(services_.get());
    io_ = *Io::create({});
    context_.install(io_.get());
    io_->observers().add(recorder_);
  }

  // Runs `body` as a simulated thread; the machine must survive it.
  void run(const std::function<void()>& body) {
    auto result = kernel_->run(body);
    ASSERT_TRUE(result) << result.error().to_string();
  }
  // Runs `body` and expects it to end the machine.
  void expect_bug_check(uint32_t code, const std::function<void()>& body) {
    auto result = kernel_->run(body);
    ASSERT_FALSE(result);
    ASSERT_TRUE(kernel_->bug_check_record());
    EXPECT_EQ(kernel_->bug_check_record()->code, code) << kernel_->bug_check_record()->to_string();
  }

  MachineContext context_;
  CurrentMachineScope scope_;
  std::unique_ptr<memory::Memory> memory_;
  std::unique_ptr<kernel::Kernel> kernel_;
  std::unique_ptr<kernel::Services> services_;
  Recorder recorder_;
  std::unique_ptr<Io> io_;
};

}  // namespace portside::io
