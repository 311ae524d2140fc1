#pragma once
// MachineHardware: the devices of a machine and what ties them to it: their time is the machine's, their interrupts reach its
// processors, their registers are where drivers' moves and in and out instructions go. In virtual time the kernel lets them do
// what is due at each of its calls; in real time a thread of theirs does.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "hardware/device_host.h"
#include "hardware/device_maker.h"
#include "hardware/device_timers.h"
#include "hardware/pci_bus.h"
#include "kernel/hardware.h"
#include "loader/privileged_ops.h"

namespace portside::io {
class Io;
}
namespace portside::kernel {
class Kernel;
}
namespace portside::memory {
class Memory;
}

namespace portside::host {

class MachineHardware final : public kernel::Hardware, public loader::TrappedMemory {
 public:
  MachineHardware(memory::Memory& memory, kernel::Kernel& kernel, io::Io& io);
  ~MachineHardware() override;

  hardware::PciBus& bus() { return bus_; }
  // While no simulated thread runs. `line`: where its interrupt goes, when it is to be shared with another's.
  Result<hardware::PciSlot*> plug(const hardware::DeviceMaker& make, std::optional<uint32_t> line = {});

  // The kernel is about to end. Devices go on for a while, on threads of their own: their time stands still from here on, and nothing
  // that they do reaches the kernel.
  void close();

  // Which devices have gone by themselves, and why: a sentence each.
  std::vector<std::string> losses();

  // Ports: the in and out instructions.
  std::optional<uint32_t> read_port(uint16_t port, unsigned bytes);
  bool write_port(uint16_t port, unsigned bytes, uint32_t value);

  // kernel::Hardware
  Nanoseconds next_due() const override;
  bool interrupts(kernel::Irql irql) const override;
  void serve() override;

  // loader::TrappedMemory: registers.
  bool owns(uint64_t address) const override { return bus_.is_register(address); }
  void read(uint64_t address, void* bytes, unsigned count) override;
  bool write(uint64_t address, const void* bytes, unsigned count) override;
  void refuse(uint64_t address, const char* mnemonic) override { bus_.refuse(KernelAddress(address), mnemonic); }

 private:
  class SlotHost;
  Nanoseconds now() const;
  void wake();
  void run_due();
  void begin_access(bool write, uint64_t address = 0);
  void end_access();
  void surprise_removals();
  [[noreturn]] void serve_in_real_time();

  memory::Memory& memory_;
  kernel::Kernel& kernel_;
  io::Io& io_;
  const bool is_virtual_;  // of the kernel's, which ends first
  hardware::DeviceTimers timers_;
  std::list<std::unique_ptr<SlotHost>> hosts_;  // outlive the functions, which call them
  hardware::PciBus bus_;
  bool has_thread_ = false;
  mutable std::shared_mutex clock_mutex_;
  std::optional<Nanoseconds> closed_at_;

  std::mutex mutex_;  // plain: a condition variable's, held by no simulated code
  std::condition_variable changed_;
  bool woken_ = false;
  std::vector<SlotHost*> gone_;  // to be removed by surprise
  std::vector<std::string> losses_;
  std::atomic<bool> any_gone_{false};
};

}  // namespace portside::host
