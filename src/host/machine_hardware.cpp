#include "host/machine_hardware.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "io/io.h"
#include "kernel/kernel.h"
#include "kernel/machine_clock.h"
#include "kernel/services.h"
#include "kernel/work_queue.h"
#include "memory/memory.h"

namespace portside::host {
namespace {

// What an access costs a processor: a read waits for the device's answer, a write is posted.
constexpr Nanoseconds kReadCost{500}, kWriteCost{100};

}  // namespace

class MachineHardware::SlotHost final : public hardware::DeviceHost {
 public:
  SlotHost(MachineHardware& hardware, memory::DmaView dma) : hardware_(hardware), dma_(std::move(dma)) {}

  Nanoseconds now() const override { return hardware_.now(); }
  uint64_t call_at(Nanoseconds due, std::function<void()> work) override {
    const uint64_t token = hardware_.timers_.add(due, std::move(work));
    hardware_.wake();
    return token;
  }
  void take_back(uint64_t token) override { hardware_.timers_.take_back(token); }
  memory::DmaView& dma() override { return dma_; }
  void set_interrupt(bool asserted) override {
    std::lock_guard lock(mutex_);
    asserted_ = asserted;
    if (slot_) slot_->set_interrupt(asserted);
  }
  void interrupts_lag() override { hardware_.bus_.interrupts().watch_quieting(false); }
  void delay(Nanoseconds time) override {
    kernel::Kernel& kernel = hardware_.kernel_;
    if (!kernel.on_simulated_thread()) return;
    if (kernel.is_virtual()) return kernel.bus_cycle("a slow register", time);
    for (const Nanoseconds until = kernel.clock().now() + time; kernel.clock().now() < until;) __builtin_ia32_pause();
  }
  void falls_silent() override { hardware_.kernel_.expect_endless_loops(); }
  void gone(std::string why) override {
    std::lock_guard lock(mutex_);
    if (std::exchange(gone_, true)) return;
    reason_ = std::move(why);
    if (slot_) tell_gone_locked();
  }

  // From here on the device is in its slot, with what it has done before.
  void plugged(hardware::PciSlot& slot) {
    std::lock_guard lock(mutex_);
    slot_ = &slot;
    slot.set_interrupt(asserted_);
    if (gone_) tell_gone_locked();
  }
  hardware::PciSlot* slot() const {
    std::lock_guard lock(mutex_);
    return slot_;
  }
  std::string reason() const {
    std::lock_guard lock(mutex_);
    return reason_;
  }

 private:
  void tell_gone_locked() {
    slot_->set_gone();
    {
      std::lock_guard lock(hardware_.mutex_);
      hardware_.gone_.push_back(this);
    }
    hardware_.any_gone_ = true;
    hardware_.wake();
  }

  mutable std::mutex mutex_;           // plain: held by no simulated code
  hardware::PciSlot* slot_ = nullptr;  // null while the device is made
  bool asserted_ = false, gone_ = false;
  std::string reason_;
  MachineHardware& hardware_;
  memory::DmaView dma_;
};

MachineHardware::MachineHardware(memory::Memory& memory, kernel::Kernel& kernel, io::Io& io)
    : memory_(memory), kernel_(kernel), io_(io), is_virtual_(kernel.is_virtual()), bus_(memory) {
  bus_.interrupts().set_wake([this] { wake(); });
  bus_.interrupts().watch_quieting(is_virtual_);
  bus_.interrupts().set_processor(
      [this] { return kernel_.on_simulated_thread() ? kernel_.current_processor() : UINT32_MAX; });
}

MachineHardware::~MachineHardware() = default;

void MachineHardware::close() {
  std::unique_lock lock(clock_mutex_);
  if (!closed_at_) closed_at_ = kernel_.clock().now();
}

Nanoseconds MachineHardware::now() const {
  std::shared_lock lock(clock_mutex_);
  return closed_at_ ? *closed_at_ : kernel_.clock().now();
}

Result<hardware::PciSlot*> MachineHardware::plug(const hardware::DeviceMaker& make, std::optional<uint32_t> line) {
  TRY_ASSIGN(memory::DmaView dma, memory_.dma(fmt::format("device {}", hosts_.size())));
  SlotHost& host = *hosts_.emplace_back(std::make_unique<SlotHost>(*this, std::move(dma)));
  TRY_ASSIGN(std::unique_ptr<hardware::PciFunction> function, make(host));
  TRY_ASSIGN(hardware::PciSlot * slot, bus_.plug(std::move(function), line));
  host.plugged(*slot);
  if (!has_thread_ && !is_virtual_) {
    has_thread_ = true;
    kernel_.release_thread(kernel_.start_thread("Devices", [this] { serve_in_real_time(); }));
  }
  return slot;
}

Nanoseconds MachineHardware::next_due() const { return any_gone_ ? Nanoseconds(0) : timers_.next_due(); }
bool MachineHardware::interrupts(kernel::Irql irql) const { return bus_.interrupts().waits(irql); }

void MachineHardware::run_due() {
  while (timers_.run_one(kernel_.clock().now())) {}
}

void MachineHardware::serve() {
  if (any_gone_) surprise_removals();
  // A level that somebody else lets go of in time has to fall between two calls of a routine.
  do { run_due(); } while (bus_.interrupts().deliver_one(kernel_.current_irql()));
}

// IoInvalidateDeviceRelations of a bus that misses a device: from a work item, as the bus driver's.
void MachineHardware::surprise_removals() {
  std::vector<SlotHost*> gone;
  {
    std::lock_guard lock(mutex_);
    gone.swap(gone_);
    any_gone_ = false;
  }
  for (const SlotHost* host : gone) {
    hardware::PciSlot* slot = host->slot();
    const std::string loss = fmt::format("{} is gone: {}", slot->name(), host->reason());
    {
      std::lock_guard lock(mutex_);
      losses_.push_back(loss);
    }
    current<kernel::Services>().log().print(
        {.component = DPFLTR_DEFAULT_ID, .level = DPFLTR_ERROR_LEVEL, .text = loss + ". It is removed by surprise.\n"});
    const auto remove = [](void* context) {
      io::Io* io = io::Io::find();
      if (!io) return;
      for (io::DeviceNode* node : io->pnp().nodes())
        if (node->spec.bus == context && node->state != io::PnpState::kRemoved &&
            node->state != io::PnpState::kSurpriseRemoved)
          (void)io->pnp().surprise_remove(*node);
    };
    kernel_.work_queue().queue(
        {.routine = remove, .context = static_cast<io::BusAccess*>(slot), .item = nullptr, .api = "surprise removal"});
  }
}

std::vector<std::string> MachineHardware::losses() {
  std::lock_guard lock(mutex_);
  return losses_;
}

void MachineHardware::wake() {
  if (is_virtual_) return;
  {
    std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

void MachineHardware::serve_in_real_time() {
  constexpr Nanoseconds kLongest = std::chrono::milliseconds(20);  // then the machine may have ended
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const Nanoseconds now = kernel_.clock().now();
      const Nanoseconds left = std::clamp(next_due() - now, Nanoseconds(0), kLongest);
      changed_.wait_for(lock, left, [this] { return woken_; });
      woken_ = false;
    }
    kernel_.yield();  // does not return once the machine has ended
    serve();
  }
}

void MachineHardware::begin_access(bool write, uint64_t address) {
  kernel_.bus_cycle(write ? "a register write" : "a register read", write ? kWriteCost : kReadCost, address);
}
void MachineHardware::end_access() { kernel_.serve_hardware(); }

void MachineHardware::read(uint64_t address, void* bytes, unsigned count) {
  begin_access(false, address);
  bus_.read(KernelAddress(address), bytes, count);
  end_access();
}

bool MachineHardware::write(uint64_t address, const void* bytes, unsigned count) {
  begin_access(true, address);
  bus_.write(KernelAddress(address), bytes, count);
  end_access();
  return true;
}

std::optional<uint32_t> MachineHardware::read_port(uint16_t port, unsigned bytes) {
  begin_access(false);
  const auto value = bus_.read_port(port, bytes);
  end_access();
  return value;
}

bool MachineHardware::write_port(uint16_t port, unsigned bytes, uint32_t value) {
  begin_access(true);
  const bool taken = bus_.write_port(port, bytes, value);
  end_access();
  return taken;
}

}  // namespace portside::host
