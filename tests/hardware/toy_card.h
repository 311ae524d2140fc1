#pragma once
// ToyCard: the smallest PCI function with everything that a bus must carry: registers of every width, ports, an interrupt that
// waits to be acknowledged, bus-master reads and writes, a power management capability. Knows nothing of who drives it.

#include <array>
#include <cstring>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "hardware/device_host.h"
#include "hardware/pci_function.h"

namespace portside::testing_support {

// Registers of base address register 0.
struct ToyRegister {
  static constexpr uint64_t kIdentity = 0x00,  // "TOY1"
      kControl = 0x04,                         // bit 0: tick, bit 1: interrupts enabled
      kStatus = 0x08,                          // bit 0: interrupt; written 1: acknowledged
      kPeriod = 0x0C,                          // of the tick, in microseconds
      kAddress = 0x10,                         // of bus-master accesses
      kLength = 0x14,
                            kCommand = 0x18,  // 1: fill memory with 1, 2, 3...; 2: sum its bytes
      kSum = 0x1C,
                            kScratch = 0x20,  // 16 bytes that keep what is written
      kTicks = 0x30, kAddressHigh = 0x34;
  static constexpr uint64_t kBytes = 0x100;
};

class ToyCard final : public hardware::PciFunction {
 public:
  explicit ToyCard(hardware::DeviceHost& host) : host_(host) {
    put(0x00, 2, 0x1AF4), put(0x02, 2, 0x10F0);
    put(0x06, 2, 0x0010);      // it has capabilities
    put(0x08, 4, 0x04010002);  // multimedia audio device, revision 2
    put(0x2C, 2, 0x1AF4), put(0x2E, 2, 0x0001);
    put(0x34, 1, 0x50), put(0x3D, 1, 1);
    put(0x50, 1, 0x01), put(0x52, 2, 0x0002);  // power management, version 1.1 of it
  }
  ~ToyCard() override { host_.take_back(tick_); }

  std::string name() const override { return "the toy card"; }
  Result<uint32_t> read_config(uint32_t offset, uint32_t bytes) override {
    std::lock_guard lock(mutex_);
    uint32_t value = 0;
    std::memcpy(&value, config_.data() + offset, bytes);
    return value;
  }
  Result<> write_config(uint32_t offset, uint32_t bytes, uint32_t value) override {
    std::lock_guard lock(mutex_);
    if (offset == 0 || offset == 2) return {};
    put(offset, bytes, value);
    return {};
  }
  std::vector<hardware::BaseAddressRegister> base_address_registers() override {
    return {{.index = 0, .bytes = ToyRegister::kBytes}, {.index = 1, .is_port = true, .bytes = 0x20}};
  }

  Result<uint64_t> read(uint32_t bar, uint64_t offset, uint32_t bytes) override {
    std::lock_guard lock(mutex_);
    if (gone_) return fail(StatusCode::kDeviceRemoved, "the toy card was pulled out");
    uint64_t value = 0;
    std::memcpy(&value, (bar == 0 ? memory_.data() : ports_.data()) + offset, bytes);
    widths.push_back(bytes);
    return value;
  }
  Result<> write(uint32_t bar, uint64_t offset, uint32_t bytes, uint64_t value) override {
    std::lock_guard lock(mutex_);
    if (gone_) return fail(StatusCode::kDeviceRemoved, "the toy card was pulled out");
    if (bar == 0 && offset == ToyRegister::kStatus) {
      status() &= ~static_cast<uint32_t>(value);
    } else {
      std::memcpy((bar == 0 ? memory_.data() : ports_.data()) + offset, &value, bytes);
    }
    if (bar != 0) return {};
    if (offset == ToyRegister::kControl) start_ticking();
    if (offset == ToyRegister::kCommand) run(static_cast<uint32_t>(value));
    host_.set_interrupt(asserts());
    return {};
  }

  void pull_out() {
    {
      std::lock_guard lock(mutex_);
      gone_ = true;
    }
    host_.gone("it was pulled out");
  }
  // Asserts INTA# whatever the registers say, until it is let go.
  void jam(bool jammed) {
    std::lock_guard lock(mutex_);
    jammed_ = jammed;
    host_.set_interrupt(asserts());
  }
  uint32_t ticks() {
    std::lock_guard lock(mutex_);
    return word(ToyRegister::kTicks);
  }
  std::vector<uint32_t> widths;  // of the reads
  std::vector<std::string> dma_errors;

 private:
  void put(uint32_t offset, uint32_t bytes, uint32_t value) { std::memcpy(config_.data() + offset, &value, bytes); }
  uint32_t& word(uint64_t offset) { return *reinterpret_cast<uint32_t*>(memory_.data() + offset); }
  uint32_t& status() { return word(ToyRegister::kStatus); }
  bool asserts() { return jammed_ || (!gone_ && (word(ToyRegister::kControl) & 2) && (status() & 1)); }

  void start_ticking() {
    host_.take_back(tick_);
    if (word(ToyRegister::kControl) & 1) next_tick(host_.now());
  }
  void next_tick(Nanoseconds from) {
    const Nanoseconds due = from + std::chrono::microseconds(word(ToyRegister::kPeriod));
    tick_ = host_.call_at(due, [this, due] {
      std::lock_guard lock(mutex_);
      if (gone_ || !(word(ToyRegister::kControl) & 1)) return;
      ++word(ToyRegister::kTicks);
      status() |= 1;
      next_tick(due);
      host_.set_interrupt(asserts());
    });
  }
  void run(uint32_t command) {
    const PhysicalAddress at(uint64_t{word(ToyRegister::kAddressHigh)} << 32 | word(ToyRegister::kAddress));
    std::vector<std::byte> bytes(word(ToyRegister::kLength));
    Result<> done;
    if (command == 1) {
      for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i + 1);
      done = host_.dma().write(at, bytes);
    } else if (command == 2) {
      done = host_.dma().read(at, bytes);
      uint32_t sum = 0;
      for (const std::byte b : bytes) sum += static_cast<uint32_t>(b);
      word(ToyRegister::kSum) = sum;
    }
    if (!done) dma_errors.push_back(done.error().sentence());
  }

  hardware::DeviceHost& host_;
  std::mutex mutex_;
  std::array<std::byte, 256> config_{};
  alignas(8) std::array<std::byte, ToyRegister::kBytes> memory_ = [] {
    std::array<std::byte, ToyRegister::kBytes> m{};
    std::memcpy(m.data(), "TOY1", 4);
    return m;
  }();
  alignas(8) std::array<std::byte, 0x20> ports_{};
  uint64_t tick_ = 0;
  bool gone_ = false, jammed_ = false;
};

}  // namespace portside::testing_support
