#pragma once
// A machine with toy cards and the toy driver on the first of them.

#include <gtest/gtest.h>
#include <wdm.h>

#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "hardware/bus_faults.h"
#include "hardware/pci_slot.h"
#include "hardware/toy/toy_control.h"
#include "hardware/toy_card.h"
#include "io/io.h"
#include "kernel/kernel.h"
#include "support/driver_image.h"
#include "support/loopback.h"
#include "support/shared_lines.h"

namespace portside::testing_support {

class ToyMachine {
 public:
  explicit ToyMachine(host::MachineOptions options = {}, const std::optional<hardware::BusFaults>& faults = {}) {
    const hardware::DeviceMaker make =
        [this](hardware::DeviceHost& host) -> Result<std::unique_ptr<hardware::PciFunction>> {
      auto made = std::make_unique<ToyCard>(host);
      card_ = made.get();
      return made;
    };
    start(options, faults ? hardware::behind_faults(make, *faults, options.seed) : make);
  }
  // Over another device.
  explicit ToyMachine(const hardware::DeviceMaker& make) { start({}, make); }
  host::Machine* operator->() { return machine_.get(); }
  host::Machine& operator*() { return *machine_; }
  ToyCard& card() { return *card_; }
  hardware::PciSlot& slot() { return *slot_; }

  // An experiment's numbers.
  std::vector<uint32_t> ask(uint32_t code) {
    std::vector<uint32_t> numbers(16);
    control(code, {}, std::as_writable_bytes(std::span(numbers)));
    return numbers;
  }
  NTSTATUS mistake(uint32_t kind) { return control(TOY_MISTAKE, std::as_bytes(std::span(&kind, 1)), {}); }

  NTSTATUS control(uint32_t code, std::span<const std::byte> in, std::span<std::byte> out) {
    NTSTATUS status = STATUS_UNSUCCESSFUL;
    (void)machine_->run([&] {
      auto& requests = machine_->io().requests();
      auto file = requests.open(u"\\\\.\\PortsideToy");
      ASSERT_TRUE(file) << file.error().to_string();
      auto outcome = requests.device_control(*file, code, in, out);
      if (outcome) status = outcome->status;
      (void)requests.close(*file);
    });
    return status;
  }
  std::string report() { return report_of(*machine_); }
  std::vector<std::string> rules() {
    std::vector<std::string> names;
    for (const auto& finding : machine_->findings()) names.emplace_back(finding.rule().name);
    return names;
  }

 private:
  void start(const host::MachineOptions& options, const hardware::DeviceMaker& make) {
    auto machine = host::Machine::create(with_shared_lines(options));
    if (!machine) throw std::runtime_error(machine.error().to_string());
    machine_ = std::move(*machine);
    auto slot = machine_->plug(make);
    if (!slot) throw std::runtime_error(slot.error().to_string());
    slot_ = *slot;
    auto installed = machine_->install({.driver = testing_support::driver_image(TOY_SYS), .slot = slot_});
    EXPECT_TRUE(installed) << installed.error().to_string();
  }

  ToyCard* card_ = nullptr;
  hardware::PciSlot* slot_ = nullptr;
  std::unique_ptr<host::Machine> machine_;
};

}  // namespace portside::testing_support
