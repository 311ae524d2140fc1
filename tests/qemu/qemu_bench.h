#pragma once
// QEMU's cards reached as a driver's accesses reach them, without a driver; and as much of HD Audio 1.0a as moves
// sound.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "hardware/qemu_board.h"
#include "host/device_choice.h"
#include "host/machine_hardware.h"
#include "memory/memory.h"
#include "support/needs_qemu.h"

namespace portside::testing_support {

class QemuBench : public ::testing::Test {
 protected:
  void SetUp() override { needs_qemu(); }

  void start(std::vector<std::string> devices, std::string heard = {}, std::string spoken = {}) {
    auto choice = host::DeviceChoice::create({.devices = std::move(devices), .heard = heard, .spoken = spoken});
    ASSERT_TRUE(choice) << choice.error().to_string();
    choice_ = std::make_unique<host::DeviceChoice>(std::move(*choice));
    host::MachineOptions options;
    choice_->apply(options);
    ASSERT_TRUE(options.realtime);
    auto machine = host::Machine::create(options);
    ASSERT_TRUE(machine) << machine.error().to_string();
    machine_ = std::move(*machine);
    auto slots = choice_->plug(*machine_);
    ASSERT_TRUE(slots) << slots.error().to_string();
    slots_ = *slots;
    for (hardware::PciSlot* slot : slots_) slot->enable();
  }
  void stop() {
    machine_.reset();
    choice_.reset();
  }

  hardware::PciSlot& card() { return *slots_.at(0); }
  uint64_t get(uint64_t offset, uint32_t bytes) { return card().read(0, offset, bytes); }
  void put(uint64_t offset, uint32_t bytes, uint64_t value) { card().write(0, offset, bytes, value); }
  template <class Done>
  bool wait_for(Done done, std::chrono::milliseconds limit = std::chrono::milliseconds(2000)) {
    const auto until = std::chrono::steady_clock::now() + limit;
    while (!done()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // QEMU's time is real
    }
    return true;
  }

  // --- HD Audio 1.0a: as much as moves sound ---
  void reset_controller() {
    put(0x08, 4, 0);
    ASSERT_TRUE(wait_for([&] { return (get(0x08, 4) & 1) == 0; }));
    put(0x08, 4, 1);  // §3.3.7 GCTL.CRST
    ASSERT_TRUE(wait_for([&] { return (get(0x08, 4) & 1) == 1 && get(0x0E, 2) != 0; }));
    auto base = machine_->memory().allocate_contiguous({.bytes = 4096, .contiguous = true}, 0);
    ASSERT_TRUE(base);
    rings_ = *base;
    const uint64_t at = machine_->memory().physical_address(rings_)->value;
    put(0x40, 4, at), put(0x44, 4, 0);  // CORB
    put(0x4A, 2, 0x8000), put(0x4A, 2, 0), put(0x48, 2, 0), put(0x4C, 1, 2);
    put(0x50, 4, at + 2048), put(0x54, 4, 0);  // RIRB
    put(0x58, 2, 0x8000), put(0x5A, 2, 1), put(0x5C, 1, 3);
  }
  uint32_t verb(uint32_t node, uint32_t command) {
    auto* corb = static_cast<volatile uint32_t*>(rings_.pointer());
    auto* rirb = reinterpret_cast<volatile uint64_t*>(static_cast<char*>(rings_.pointer()) + 2048);
    const auto before = static_cast<uint32_t>(get(0x58, 2) & 0xFF);
    const auto next = static_cast<uint32_t>((get(0x48, 2) + 1) & 0xFF);
    corb[next] = node << 20 | command;
    put(0x48, 2, next);
    EXPECT_TRUE(wait_for([&] { return (get(0x58, 2) & 0xFF) == ((before + 1) & 0xFF); })) << "no answer to a verb";
    if (!service_acknowledges_) put(0x5D, 1, 5);
    return static_cast<uint32_t>(rirb[(before + 1) & 0xFF]);
  }
  // The first converter of this direction: widget type 0 plays, 1 records (§7.3.4.6).
  uint32_t converter(uint32_t type) {
    const uint32_t nodes = verb(1, 0xF0004);
    for (uint32_t node = nodes >> 16 & 0xFF, end = node + (nodes & 0xFF); node < end; ++node)
      if ((verb(node, 0xF0009) >> 20 & 0xF) == type) return node;
    ADD_FAILURE() << "no converter of type " << type;
    return 2;
  }
  // A cyclic buffer of scattered pages in the stream descriptor at `descriptor`, stream tag 1, 48 kHz 16-bit stereo.
  std::vector<char*> run_stream(uint64_t descriptor, uint32_t pages, bool every_page_interrupts) {
    auto mdl = machine_->memory().allocate_pages({.bytes = pages * 4096ull});
    EXPECT_TRUE(mdl) << mdl.error().to_string();
    auto view = machine_->memory().map(*mdl, 1, memory::MapRequester::kPortStream);
    EXPECT_TRUE(view);
    mdl_ = *mdl, view_ = *view;
    auto list = machine_->memory().allocate_contiguous({.bytes = 4096, .contiguous = true}, 0);
    EXPECT_TRUE(list);
    list_ = *list;
    auto* entries = static_cast<uint32_t*>(list_.pointer());
    std::vector<char*> mapped;
    for (uint32_t i = 0; i < pages; ++i) {
      const uint64_t at = machine_->memory().page_address(mdl_, i)->value;
      entries[i * 4] = static_cast<uint32_t>(at), entries[i * 4 + 1] = 0, entries[i * 4 + 2] = 4096,
                  entries[i * 4 + 3] = every_page_interrupts;
      mapped.push_back(static_cast<char*>(view_.pointer()) + i * 4096);
    }
    put(descriptor + 0x18, 4, machine_->memory().physical_address(list_)->value), put(descriptor + 0x1C, 4, 0);
    put(descriptor + 0x08, 4, pages * 4096), put(descriptor + 0x0C, 2, pages - 1), put(descriptor + 0x12, 2, 0x0011);
    put(descriptor + 0x02, 1, 0x10);
    return mapped;
  }
  void end_stream(uint64_t descriptor) {
    put(descriptor, 1, 0);
    ASSERT_TRUE(wait_for([&] { return (get(descriptor, 1) & 2) == 0; }));
    EXPECT_TRUE(machine_->memory().unmap(view_, mdl_, memory::MapRequester::kPortStream));
    EXPECT_TRUE(machine_->memory().free_pages(mdl_, memory::MdlOrigin::kPortStream));
    EXPECT_TRUE(machine_->memory().free_contiguous(list_));
  }

  std::unique_ptr<host::DeviceChoice> choice_;
  std::unique_ptr<host::Machine> machine_;
  std::vector<hardware::PciSlot*> slots_;
  KernelAddress rings_, view_, list_;
  PMDL mdl_ = nullptr;
  bool service_acknowledges_ = false;
};

inline constexpr uint64_t kOutput = 0x100, kInput = 0x80;  // QEMU's ich9-intel-hda: four inputs, four outputs
inline constexpr const char* kHda = "qemu:ich9-intel-hda,hda-duplex";

}  // namespace portside::testing_support
