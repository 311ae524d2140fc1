#pragma once
// ExportFixture: a machine with memory, kernel and services, for tests that call Windows functions by their names.

#include <wdm.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/kernel_fixture.h"
#include "kernel/services.h"
#include "memory/memory.h"

namespace portside::exports {

class ExportFixture : public ::testing::Test {
 protected:
  explicit ExportFixture(bool verify = true) {
    memory::MemoryOptions memory_options;
    memory_options.verify = verify;
    memory_ = std::move(*memory::Memory::create(memory_options));
    machine.context().install(memory_.get());
    kernel::ServicesOptions options;
    options.pool.verify = verify;
    services_ = std::move(*kernel::Services::create(*memory_, options));
    machine.context().install(services_.get());
    services_->pool().observers().add(pool_mistakes);
    services_->objects().observers().add(object_mistakes);
    machine->api_observers().add(calls);
  }
  void run(std::function<void()> body) { machine.run(std::move(body)); }

  struct PoolMistakes : kernel::PoolObserver {
    std::vector<kernel::PoolMistake> seen;
    void on_mistake(const kernel::PoolMistake& mistake) override { seen.push_back(mistake); }
  };
  struct ObjectMistakes : kernel::ObjectObserver {
    std::vector<kernel::ObjectMistake> seen;
    void on_mistake(const kernel::ObjectMistake& mistake) override { seen.push_back(mistake); }
  };
  struct Calls : kernel::ApiObserver {
    std::vector<std::string> at_wrong_irql;
    void on_call(const kernel::ApiCall& call) override {
      if (!call.irql_allowed()) at_wrong_irql.push_back(call.name);
    }
  };

  kernel::KernelFixture machine;
  PoolMistakes pool_mistakes;
  ObjectMistakes object_mistakes;
  Calls calls;
  std::unique_ptr<memory::Memory> memory_;
  std::unique_ptr<kernel::Services> services_;
};

// A counted string over a literal or a string that outlives it.
inline UNICODE_STRING unicode(std::u16string_view text) {
  const auto bytes = static_cast<USHORT>(text.size() * sizeof(WCHAR));
  return {bytes, bytes, const_cast<PWCH>(text.data())};
}
inline std::u16string text_of(const UNICODE_STRING& string) {
  return std::u16string(string.Buffer, string.Length / sizeof(WCHAR));
}

}  // namespace portside::exports
