#pragma once
// PlainCard: a PCI card of which only that is known that a person says of it: its identifiers, its register ranges, which are plain
// memory, and a few registers that are more: bits that always read as set or clear, counters, an interrupt that comes again and again.
// For a driver whose hardware nobody has modelled: as much of its code runs as such a card lets run. No sound is in it, and no DMA.

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "hardware/models.h"
#include "hardware/pci_config_space.h"
#include "hardware/pci_function.h"

namespace portside::hardware {

// Four bytes of a range, at a multiple of four.
struct PlainRegister {
  uint32_t bar = 0;
  uint64_t offset = 0;
  bool operator==(const PlainRegister&) const = default;
};

struct PlainBits {
  PlainRegister at;
  uint32_t bits = 0;
};

struct PlainCounter {
  PlainRegister at;
  uint64_t per_second = 0;  // of the machine's time
  uint64_t limit = 0;       // it starts again at 0 there; zero: where its 32 bits end
  std::optional<PlainBits>
      enable;  // it counts while all of them are set, and starts at 0 when they become set; none: always
};

struct PlainInterrupt {
  Nanoseconds period{0};
  PlainBits cause;                  // set while the line is asserted; written as 1, they let go of it
  std::optional<PlainBits> enable;  // it comes while all of them are set; none: always
};

struct PlainCardOptions {
  PciIdentity identity{.base_class = 0x04, .sub_class = 0x01};  // multimedia audio
  std::vector<BaseAddressRegister> bars;                        // none: 64 KiB of memory behind the first
  std::vector<PlainBits> set, clear;
  std::vector<PlainCounter> counters;
  std::optional<PlainInterrupt> interrupt;
  bool keeps_state_in_d3 = false;
  std::string hardware_id;  // by which its driver finds it, of another bus than PCI; empty: its PCI identity

  // "id=10EC:5670", "hwid=ACPI\\INT3438", "subsystem=10EC:0001", "class=040100", "revision=2", "bar0=64K", "bar1=io:256", "set=0+0x40:0x1", "clear=0+0x40:0x2",
  // "count=0+0x30:48000/16384@0+0x10:0x1", "interrupt=5ms@0+0x44:0x1", "while=0+0x48:0x1", "keeps-state=on". An error says what was expected.
  static Result<PlainCardOptions> parse(const std::vector<std::string>& options);
};

class PlainCard final : public PciFunction {
 public:
  // `host` outlives the card.
  PlainCard(DeviceHost& host, PlainCardOptions options);
  ~PlainCard() override;

  std::string name() const override;
  std::string other_hardware_id() const override { return options_.hardware_id; }
  std::string waited_for() override;
  Result<uint32_t> read_config(uint32_t offset, uint32_t bytes) override;
  Result<> write_config(uint32_t offset, uint32_t bytes, uint32_t value) override;
  std::vector<BaseAddressRegister> base_address_registers() override;
  Result<uint64_t> read(uint32_t bar, uint64_t offset, uint32_t bytes) override;
  Result<> write(uint32_t bar, uint64_t offset, uint32_t bytes, uint64_t value) override;
  bool set_present(bool present) override;

 private:
  static constexpr size_t kBars = 6;

  // Answers: in its slot, and in D0.
  bool awake() const REQUIRES(mutex_);
  void power_on_reset() REQUIRES(mutex_);
  uint8_t byte_at(uint32_t bar, uint64_t offset) const REQUIRES(mutex_);
  bool all_set(const PlainBits& bits) const REQUIRES(mutex_);
  bool enabled() const REQUIRES(mutex_);
  uint32_t counted(size_t counter) const REQUIRES(mutex_);
  // What a write to it makes of a register that counts, and of one that lets others count.
  void write_counters(uint32_t bar, uint64_t offset, uint32_t bytes, uint64_t value) REQUIRES(mutex_);
  // The line follows what is asserted, and the timer what is enabled.
  void settle() REQUIRES(mutex_);
  void on_tick();

  DeviceHost& host_;
  const PlainCardOptions options_;
  Mutex mutex_;
  PciConfigSpace config_ GUARDED_BY(mutex_);
  bool present_ GUARDED_BY(mutex_) = true;
  std::array<std::vector<uint8_t>, kBars> memory_ GUARDED_BY(mutex_);
  struct Counting {
    bool runs = false;
    Nanoseconds since{0};
    uint32_t from = 0;  // what it was then
  };
  std::vector<Counting> counting_ GUARDED_BY(mutex_);
  // The register that was read last: so many times in a row, and it was always this.
  struct Polled {
    PlainRegister at;
    uint64_t times = 0, value = 0;
  };
  Polled polled_ GUARDED_BY(mutex_), longest_ GUARDED_BY(mutex_);
  bool asserted_ GUARDED_BY(mutex_) = false, line_ GUARDED_BY(mutex_) = false;
  std::optional<uint64_t> timer_ GUARDED_BY(mutex_);
  // What a timer that is still on its way looks at.
  std::shared_ptr<std::atomic<PlainCard*>> self_;
};

// For `--device model:card`.
Result<std::unique_ptr<PciFunction>> make_plain_card(DeviceHost& host, const ModelOptions& options);

}  // namespace portside::hardware
