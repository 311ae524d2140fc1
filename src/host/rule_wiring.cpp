#include "host/rule_wiring.h"

#include <fmt/format.h>

#include "host/machine.h"
#include "host/machine_hardware.h"
#include "host/memory_bridge.h"
#include "io/io.h"
#include "kernel/kernel.h"
#include "kernel/machine_clock.h"
#include "kernel/services.h"
#include "loader/loader.h"
#include "memory/memory.h"
#include "portcls/portcls.h"
#include "sanitizer/sanitizer.h"
#include "verifier/buffer_rules.h"
#include "verifier/fault_rules.h"
#include "verifier/hardware_rules.h"
#include "verifier/io_rules.h"
#include "verifier/irql_rules.h"
#include "verifier/kernel_rules.h"
#include "verifier/leftover_rules.h"
#include "verifier/lock_order_rules.h"
#include "verifier/mdl_rules.h"
#include "verifier/notification_rules.h"
#include "verifier/packet_rules.h"
#include "verifier/page_rules.h"
#include "verifier/pool_rules.h"
#include "verifier/portcls_rules.h"
#include "verifier/position_rules.h"
#include "verifier/race_rules.h"
#include "verifier/sanitizer_rules.h"
#include "verifier/stream_book.h"
#include "verifier/stream_rules.h"
#include "verifier/time_rules.h"
#include "verifier/verifier.h"

namespace portside::host {

template <class Rules, class... Args>
Rules& RuleWiring::make(Args&&... args) {
  auto rules = std::make_shared<Rules>(std::forward<Args>(args)...);
  Rules& made = *rules;
  kept_.push_back(std::move(rules));
  return made;
}

bool RuleWiring::wants(RuleGroup group) const { return options_.rule_groups & static_cast<uint32_t>(group); }

RuleWiring::RuleWiring(const Layers& layers, const MachineOptions& options) : layers_(layers), options_(options) {
  verifier_ = std::make_unique<verifier::Verifier>([this] {
    verifier::Standing standing;
    standing.time = layers_.kernel.clock().now();
    if (layers_.kernel.on_simulated_thread()) {
      standing.thread = layers_.kernel.current_thread()->name();
      standing.irql = layers_.kernel.current_irql();
    }
    return standing;
  });
  wire_faults();
  if (!options_.verify) return;
  wire_kernel();
  wire_streams();
}

RuleWiring::~RuleWiring() {
  for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) (*undo)();
  while (!kept_.empty()) kept_.pop_back();
}

// What an instrumented driver was built to find, and what stops the machine, is told whether or not the rest is verified.
void RuleWiring::wire_faults() {
  const Layers& l = layers_;
  verifier::AddressKnowledge knowledge;
  knowledge.fault_address = [&l]() -> std::optional<uint64_t> {
    const kernel::FaultContext* fault = l.kernel.fault_hub().fatal_context();
    if (!fault || !fault->address_known) return std::nullopt;
    return fault->address;
  };
  knowledge.memory = [&l](uint64_t address) { return l.memory.describe(KernelAddress(address)); };
  knowledge.pool = [&l](uint64_t address) { return l.services.pool().describe(KernelAddress(address)); };
  knowledge.pageable = [&l](uint64_t address) -> std::optional<verifier::AddressKnowledge::Pageable> {
    const kernel::PageableRange* range = l.kernel.pageable().find(address);
    if (!range) return std::nullopt;
    return verifier::AddressKnowledge::Pageable{range->code, range->name};
  };
  knowledge.held_locks = [this](bool spin_locks) {
    return lock_order_ ? lock_order_->held_locks(spin_locks) : std::vector<verifier::LabelledStack>();
  };
  watch<sanitizer::SanitizerObserver>(l.sanitizer.observers(), make<verifier::SanitizerRules>(*verifier_, knowledge));
  if (options_.verify && wants(RuleGroup::kIo)) {
    // Heard before FaultRules: it may explain the bug check.
    auto& io = make<verifier::IoRules>(*verifier_);
    watch<io::IoObserver>(l.io.observers(), io);
    watch<kernel::BugCheckObserver>(l.kernel.bug_check_observers(), io);
  }
  auto& faults = make<verifier::FaultRules>(*verifier_, std::move(knowledge));
  watch<kernel::BugCheckObserver>(l.kernel.bug_check_observers(), faults);
  watch<kernel::PageableObserver>(l.kernel.pageable_observers(), faults);
}

void RuleWiring::wire_kernel() {
  const Layers& l = layers_;
  if (wants(RuleGroup::kPages)) {
    auto& pages = make<verifier::PageRules>(*verifier_);
    watch<portcls::StreamObserver>(l.portcls.stream_observers(), pages);
    watch<memory::MemoryObserver>(l.memory.observers(), pages);
  }
  if (wants(RuleGroup::kIrql))
    watch<kernel::ApiObserver>(l.kernel.api_observers(), make<verifier::IrqlRules>(*verifier_));
  if (wants(RuleGroup::kPool))
    watch<kernel::PoolObserver>(l.services.pool().observers(), make<verifier::PoolRules>(*verifier_));
  if (wants(RuleGroup::kKernel)) {
    watch<kernel::MisuseObserver>(l.kernel.misuse_observers(), make<verifier::KernelRules>(*verifier_));
    watch<memory::MemoryObserver>(l.memory.observers(), make<verifier::MdlRules>(*verifier_));
  }
  if (wants(RuleGroup::kLeftovers)) {
    leftovers_ = &make<verifier::LeftoverRules>(*verifier_);
    watch<kernel::LiveObjectObserver>(l.kernel.live_object_observers(), *leftovers_);
  }
  if (wants(RuleGroup::kLockOrder)) {
    auto& order = make<verifier::LockOrderRules>(*verifier_, [&l](uint64_t address) {
      return l.memory.in_arena(KernelAddress(address)) || l.loader.images().find(address);
    });
    lock_order_ = &order;
    watch<kernel::LockObserver>(l.kernel.lock_observers(), order);
    watch<kernel::PoolObserver>(l.services.pool().observers(), order);
    watch<kernel::LiveObjectObserver>(l.kernel.live_object_observers(), order);
  }
  // Host threads would have to wait for each other at each access.
  if (wants(RuleGroup::kRaces) && !options_.realtime) wire_races();
  if (wants(RuleGroup::kHardware))
    watch<hardware::HardwareObserver>(l.hardware.bus().observers(), make<verifier::HardwareRules>(*verifier_));
  if (wants(RuleGroup::kTime))
    watch<kernel::TimeObserver>(l.kernel.time_observers(), make<verifier::TimeRules>(*verifier_));
  // Virtual time runs on one host thread, whose IRQL is the one that counts.
  const bool protect = options_.protect_pageable && !options_.realtime && wants(RuleGroup::kPageable);
  memory_bridge_ = &make<MemoryBridge>(l.kernel, protect);
  watch<kernel::PoolObserver>(l.services.pool().observers(), *memory_bridge_);
  watch<memory::MemoryObserver>(l.memory.observers(), *memory_bridge_);
}

void RuleWiring::wire_races() {
  const Layers& l = layers_;
  verifier::DriverMemory memory;
  memory.is_drivers = [&l](uint64_t address) {
    return l.memory.in_arena(KernelAddress(address)) || l.loader.images().find(address);
  };
  memory.name = [&l](uint64_t address) {
    const auto* image = l.loader.images().find(address);
    return image ? fmt::format("{}+0x{:x}", image->name(), address - image->base())
                 : l.kernel.describe_address(address);
  };
  memory.function_of = [&l](uint64_t address) {
    const auto* image = l.loader.images().find(address);
    const auto* function = image ? image->find_function(address) : nullptr;
    return function ? reinterpret_cast<uint64_t>(function) : address;
  };
  auto& races = make<verifier::RaceRules>(*verifier_, std::move(memory));
  watch<sanitizer::AccessObserver>(l.sanitizer.access_observers(), races);
  watch<kernel::LockObserver>(l.kernel.lock_observers(), races);
  watch<kernel::OrderObserver>(l.kernel.order_observers(), races);
  watch<kernel::PoolObserver>(l.services.pool().observers(), races);
  watch<kernel::LiveObjectObserver>(l.kernel.live_object_observers(), races);
}

void RuleWiring::wire_streams() {
  const Layers& l = layers_;
  if (wants(RuleGroup::kPortCls))
    watch<portcls::PortClsObserver>(l.portcls.observers(), make<verifier::PortClsRules>(*verifier_));
  if (!wants(RuleGroup::kStreams)) return;
  ObserverList<portcls::StreamObserver>& streams = l.portcls.stream_observers();
  auto& book = make<verifier::StreamBook>();
  watch<portcls::StreamObserver>(streams, book);  // before those that ask it
  // Real time is measured and not judged: a busy host would be told as the driver.
  const bool virtual_time = !options_.realtime;
  const bool pace = virtual_time || !options_.ram;  // whose RAM it is, plays the devices
  // A schedule may let a processor stand still in the midst of a DPC, and work items may be held back: what comes late then is
  // not the driver's.
  const bool punctual = virtual_time && !options_.schedule.at_accesses && options_.work_item_delay == Nanoseconds(0);
  watch<portcls::StreamObserver>(
      streams, make<verifier::StreamRules>(*verifier_, book, punctual ? options_.set_state_limit : Nanoseconds::max()));
  watch<portcls::StreamObserver>(streams, make<verifier::BufferRules>(*verifier_, book));
  watch<portcls::StreamObserver>(streams, make<verifier::PositionRules>(*verifier_, book, pace));
  watch<portcls::StreamObserver>(streams, make<verifier::PacketRules>(*verifier_, book, punctual, pace));
  auto& notifications = make<verifier::NotificationRules>(*verifier_, book, virtual_time, punctual);
  watch<portcls::StreamObserver>(streams, notifications);
  watch<kernel::EventObserver>(l.kernel.event_observers(), notifications);
}

}  // namespace portside::host
