#pragma once
// LoaderTest: a machine of kernel and loader alone, and a made-up probe.sys for the images of tests/images to import.

#include <gtest/gtest.h>

#include <cstdarg>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "kernel/kernel.h"
#include "loader/exception_exports.h"
#include "loader/loader.h"
#include "loader/shadow_stack.h"

namespace portside::loader {

inline std::filesystem::path test_image(const std::string& name) {
  return std::filesystem::path(PORTSIDE_TEST_IMAGES) / name;
}

inline std::vector<uint8_t> test_image_bytes(const std::string& name) {
  std::ifstream stream(test_image(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// What the probe functions tell the test that is running; its address is found through the fixture.
struct Probe {
  std::vector<int> log;
  std::vector<StackTrace> walks;
  int data = 77;
};

class FixtureResolver final : public ImportResolver {
 public:
  Result<ResolvedImport> resolve(const ImportName& import) override;
};

class FixtureHooks final : public LoaderHooks {
 public:
  [[noreturn]] void bug_check(uint32_t code, uint64_t p1, uint64_t p2, uint64_t p3, uint64_t p4,
                              const std::string& sentence, const StackTrace& stack) override {
    current<kernel::Kernel>().bug_check({code, {p1, p2, p3, p4}, sentence, stack});
  }
  void on_breakpoint(uint64_t address, const char* instruction) override { breakpoints.emplace_back(instruction); }
  bool on_invalid_call_target(uint64_t caller, uint64_t target) override { return false; }
  bool may_catch_access(uint64_t address, bool write) override { return address != uncatchable; }
  void on_exception(uint32_t code, uint64_t address, const StackTrace& stack) override { exceptions.push_back(code); }

  std::vector<std::string> breakpoints;
  std::vector<uint32_t> exceptions;
  uint64_t uncatchable = 1;
};

class FixtureOps final : public PrivilegedOps {
 public:
  uint64_t read_cr8() override { return irql; }
  void write_cr8(uint64_t value) override { irql = value, log.push_back("cr8"); }
  void disable_interrupts() override { log.push_back("cli"); }
  void enable_interrupts() override { log.push_back("sti"); }
  void halt() override { log.push_back("hlt"); }
  std::optional<uint32_t> read_port(uint16_t port, unsigned bytes) override {
    return port == 0x388 ? std::optional<uint32_t>(0x10 * bytes) : std::nullopt;
  }
  bool write_port(uint16_t port, unsigned bytes, uint32_t value) override {
    written.push_back({port, bytes, value});
    return true;
  }
  std::optional<uint64_t> read_msr(uint32_t msr) override {
    return msr == 0x10 ? std::optional<uint64_t>(0x123456789A) : std::nullopt;
  }
  bool write_msr(uint32_t msr, uint64_t value) override {
    msrs[msr] = value;
    return true;
  }

  struct PortWrite {
    uint16_t port;
    unsigned bytes;
    uint32_t value;
    bool operator==(const PortWrite&) const = default;
  };
  uint64_t irql = 2;
  std::vector<std::string> log;
  std::vector<PortWrite> written;
  std::map<uint32_t, uint64_t> msrs;
};

class LoaderTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // A loader of other options.
  void restart_loader(const LoaderOptions& options);
  Image& load(const std::string& name);

  // Runs on a simulated thread. False: the machine bug-checked.
  bool run(std::function<void()> body) { return kernel_->run(std::move(body)).has_value(); }
  const kernel::BugCheckRecord& bug_check() { return *kernel_->bug_check_record(); }

  // Calls an export of the image on a simulated thread.
  template <class R, class... Args>
  R call(Image& image, const char* name, Args... args) {
    auto* function =
        reinterpret_cast<__attribute__((ms_abi)) R (*)(Args...)>(image.find_export(std::string_view(name)));
    EXPECT_NE(function, nullptr) << name;
    if constexpr (std::is_void_v<R>) {
      EXPECT_TRUE(run([&] { function(args...); })) << bug_check().to_string();
    } else {
      R result{};
      EXPECT_TRUE(run([&] { result = function(args...); })) << bug_check().to_string();
      return result;
    }
  }
  // The same, expecting the machine to end; returns the bug check's record.
  template <class... Args>
  const kernel::BugCheckRecord& call_fatal(Image& image, const char* name, Args... args) {
    auto* function =
        reinterpret_cast<__attribute__((ms_abi)) int (*)(Args...)>(image.find_export(std::string_view(name)));
    EXPECT_NE(function, nullptr) << name;
    EXPECT_FALSE(run([&] { function(args...); }));
    return bug_check();
  }

  MachineContext machine_;
  std::unique_ptr<kernel::Kernel> kernel_;
  std::unique_ptr<CurrentMachineScope> scope_;
  FixtureHooks hooks_;
  FixtureOps ops_;
  FixtureResolver resolver_;
  std::unique_ptr<Loader> loader_;
  Probe probe_;
};

}  // namespace portside::loader
