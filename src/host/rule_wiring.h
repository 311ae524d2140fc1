#pragma once
// RuleWiring: the verifier of a machine, and which of the layers' observers each group of its rules hears. Everything that it
// has subscribed is unsubscribed with it.

#include <functional>
#include <memory>
#include <vector>

#include "base/observer.h"
#include "host/rule_groups.h"

namespace portside::io {
class Io;
}
namespace portside::kernel {
class Kernel;
class Services;
}  // namespace portside::kernel
namespace portside::loader {
class Loader;
}
namespace portside::memory {
class Memory;
}
namespace portside::portcls {
class PortCls;
}
namespace portside::sanitizer {
class Sanitizer;
}
namespace portside::verifier {
class LeftoverRules;
class LockOrderRules;
class Verifier;
}  // namespace portside::verifier

namespace portside::host {

struct MachineOptions;
class MachineHardware;
class MemoryBridge;

class RuleWiring {
 public:
  struct Layers {
    memory::Memory& memory;
    kernel::Kernel& kernel;
    kernel::Services& services;
    io::Io& io;
    portcls::PortCls& portcls;
    sanitizer::Sanitizer& sanitizer;
    loader::Loader& loader;
    MachineHardware& hardware;
  };
  RuleWiring(const Layers& layers, const MachineOptions& options);
  ~RuleWiring();
  RuleWiring(const RuleWiring&) = delete;
  RuleWiring& operator=(const RuleWiring&) = delete;

  verifier::Verifier& verifier() { return *verifier_; }
  // Null when not verifying, or without the group kLeftovers.
  verifier::LeftoverRules* leftovers() { return leftovers_; }
  // What of a driver's memory is pageable; null when not verifying.
  MemoryBridge* memory_bridge() { return memory_bridge_; }

 private:
  void wire_faults();
  void wire_kernel();
  void wire_races();
  void wire_streams();

  // Makes the rules and keeps them.
  template <class Rules, class... Args>
  Rules& make(Args&&... args);
  template <class Observer>
  void watch(ObserverList<Observer>& list, Observer& observer) {
    list.add(observer);
    undo_.push_back([&list, &observer] { list.remove(observer); });
  }
  bool wants(RuleGroup group) const;

  Layers layers_;
  const MachineOptions& options_;
  std::unique_ptr<verifier::Verifier> verifier_;
  std::vector<std::shared_ptr<void>> kept_;  // in order of making
  std::vector<std::function<void()>> undo_;
  verifier::LeftoverRules* leftovers_ = nullptr;
  verifier::LockOrderRules* lock_order_ = nullptr;
  MemoryBridge* memory_bridge_ = nullptr;
};

}  // namespace portside::host
