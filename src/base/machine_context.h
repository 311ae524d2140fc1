#pragma once
// MachineContext: the current-machine pointer, the only global mutable state. A driver calls free functions
// (PcNewPort, KeSetEvent); each finds its layer's state here.

#include <array>
#include <cassert>
#include <cstddef>

namespace portside {

class StackSource;

enum class LayerSlot : size_t {
  kMemory,
  kKernel,
  kServices,
  kIo,
  kKs,
  kPortCls,
  kWdf,
  kExports,
  kLoader,
  kHardware,
  kCount
};

class MachineContext {
 public:
  // The machine that this host thread runs, or null: a host thread that calls in without one is an error.
  static MachineContext* current();
  static MachineContext* set_current(MachineContext* machine);  // returns the previous one

  // T names its slot: static constexpr LayerSlot kSlot.
  template <class T>
  void install(T* layer) {
    slots_[static_cast<size_t>(T::kSlot)] = layer;
  }
  template <class T>
  T* find() const {
    return static_cast<T*>(slots_[static_cast<size_t>(T::kSlot)]);
  }
  template <class T>
  T& get() const {
    T* layer = find<T>();
    assert(layer && "layer is not installed in the current machine");
    return *layer;
  }

  StackSource* stack_source() const { return stack_source_; }
  void set_stack_source(StackSource* source) { stack_source_ = source; }

 private:
  std::array<void*, static_cast<size_t>(LayerSlot::kCount)> slots_{};
  StackSource* stack_source_ = nullptr;
};

// The current machine's T. Aborts with a sentence when the calling host thread runs no machine.
[[noreturn]] void abort_without_machine();
template <class T>
T& current() {
  MachineContext* machine = MachineContext::current();
  if (!machine) abort_without_machine();
  return machine->get<T>();
}

// Makes a machine current for a scope.
class CurrentMachineScope {
 public:
  explicit CurrentMachineScope(MachineContext& machine) : previous_(MachineContext::set_current(&machine)) {}
  ~CurrentMachineScope() { MachineContext::set_current(previous_); }
  CurrentMachineScope(const CurrentMachineScope&) = delete;
  CurrentMachineScope& operator=(const CurrentMachineScope&) = delete;

 private:
  MachineContext* previous_;
};

}  // namespace portside
