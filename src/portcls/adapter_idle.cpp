// AdapterPower: the inactivity timer ("PortCls Registry Power Settings", "Audio Device Class Inactivity Timer
// Implementation"). ImmediateIdle is not read: it needs a power engine plug-in, and there is none here.

#include <cstring>

#include "io/io.h"
#include "kernel/services.h"
#include "portcls/adapter.h"
#include "portcls/pin_file.h"
#include "portcls/portcls.h"

namespace portside::portcls {
namespace {

// REG_BINARY or REG_DWORD, four bytes, the lowest first.
ULONG number_of(const kernel::Registry& registry, const kernel::RegistryKeyPtr& key, std::u16string_view name,
                ULONG otherwise) {
  const auto value = registry.value(key, name);
  if (!value || value->data.size() < sizeof(ULONG)) return otherwise;
  ULONG number;
  std::memcpy(&number, value->data.data(), sizeof number);
  return number;
}

}  // namespace

void AdapterPower::start_idle_detection(bool has_resources) {
  idle_ = {};
  has_resources_ = has_resources;
  io::DeviceNode* node = current<io::Io>().pnp().find(adapter_.physical_device());
  if (!node) return;
  auto& registry = current<kernel::Services>().registry();
  if (auto key = registry.open(nullptr, node->driver_registry_path + u"\\PowerSettings")) {
    idle_.given = true;
    idle_.conservation_seconds = number_of(registry, *key, u"ConservationIdleTime", 0);
    idle_.performance_seconds = number_of(registry, *key, u"PerformanceIdleTime", 0);
    // "0, 1, 2, or 3, corresponding to device power state D0, D1, D2, or D3".
    const ULONG state = number_of(registry, *key, u"IdlePowerState", 3);
    idle_.state = state <= 3 ? static_cast<DEVICE_POWER_STATE>(PowerDeviceD0 + state) : PowerDeviceD3;
  }
  register_idle();
}

void AdapterPower::register_idle() {
  const bool on = idle_management_ && adapter_.started();
  idle_counter_ = current<io::Io>().power().idle().register_device(adapter_.functional_device(),
                                                                   on ? idle_.conservation_seconds : 0,
                                                                   on ? idle_.performance_seconds : 0, idle_.state);
  busy_ = false;
  update_busy();
}

void AdapterPower::stop_idle_detection() {
  current<io::Io>().power().idle().forget(adapter_.functional_device());
  idle_counter_ = nullptr;
  busy_ = false;
}

void AdapterPower::set_idle_management(bool enabled) {
  if (idle_management_ == enabled) return;
  idle_management_ = enabled;
  register_idle();
}

void AdapterPower::update_busy() {
  if (!idle_counter_) return;
  bool runs = false;
  for (PinFile* pin : adapter_.pins()) runs = runs || (!pin->ended() && pin->stream().state() == KSSTATE_RUN);
  if (runs == busy_) return;
  busy_ = runs;
  io::IdleDetection& idle = current<io::Io>().power().idle();
  if (runs) idle.start_busy(idle_counter_);
  else idle.end_busy(idle_counter_);
}

}  // namespace portside::portcls
