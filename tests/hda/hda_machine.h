#pragma once
// A machine with the HD Audio model on its bus and drivers/hda on that, all of it in virtual time. What the driver does
// against the specification, or against Windows' contracts, fails the test.

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "client/topology.h"
#include "hardware/hda_model.h"
#include "host/life_cycle.h"
#include "io/pnp.h"
#include "support/loopback.h"

namespace portside::testing_support {

class HdaMachine : private hardware::HdaObserver {
 public:
  explicit HdaMachine(const char* driver = HDA_INF, hardware::HdaModelOptions card = {},
                      host::MachineOptions options = {}) {
    auto machine = host::Machine::create(options);
    if (!machine) throw std::runtime_error(machine.error().to_string());
    machine_ = std::move(*machine);
    auto slot = machine_->plug([&](hardware::DeviceHost& host) -> Result<std::unique_ptr<hardware::PciFunction>> {
      auto made = std::make_unique<hardware::HdaModel>(host, card);
      card_ = made.get();
      card_->observers().add(*this);
      return made;
    });
    if (!slot) throw std::runtime_error(slot.error().to_string());
    slot_ = *slot;
    auto installed = machine_->install({.driver = driver, .slot = slot_});
    EXPECT_TRUE(installed) << installed.error().to_string();
  }
  ~HdaMachine() override {
    if (expects_clean_) {
      const auto removed = machine_->uninstall();
      EXPECT_TRUE(removed) << removed.error().to_string();
      EXPECT_TRUE(machine_->findings().empty()) << report_of(*machine_);
      EXPECT_FALSE(machine_->bug_check());
    }
    for (const auto& v : violations)
      ADD_FAILURE() << hardware::hda_rule_name(v.rule) << " at " << v.when.count() << " ns: " << v.sentence;
  }
  HdaMachine(const HdaMachine&) = delete;

  host::Machine* operator->() { return machine_.get(); }
  host::Machine& operator*() { return *machine_; }
  hardware::HdaModel& card() { return *card_; }
  // The driver is wrong on purpose: what is found is the test's business.
  void expect_faults() { expects_clean_ = false; }

  // On a simulated thread.
  void run(std::function<void()> body) {
    const auto ran = machine_->run(std::move(body));
    EXPECT_TRUE(ran) << ran.error().to_string();
  }
  static client::Endpoint endpoint(client::Direction direction, std::string_view name = {}) {
    const auto filters = client::list_filters();
    auto found = client::find_endpoint(client::endpoints_of(*filters), direction, name);
    if (!found) throw std::runtime_error(found.error().to_string());
    return *found;
  }
  std::vector<std::string> broken_rules() {
    std::vector<std::string> names;
    for (const verifier::Finding& finding : machine_->findings()) names.emplace_back(finding.rule().name);
    return names;
  }

  std::vector<hardware::HdaViolation> violations;

 private:
  void on_violation(const hardware::HdaViolation& violation) override { violations.push_back(violation); }

  hardware::HdaModel* card_ = nullptr;
  hardware::PciSlot* slot_ = nullptr;
  std::unique_ptr<host::Machine> machine_;
  bool expects_clean_ = true;
};

}  // namespace portside::testing_support
