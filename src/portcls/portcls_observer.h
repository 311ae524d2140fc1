#pragma once
// PortClsObserver: what can be seen happening to adapters and subdevices, and the mistakes in calling PortCls that
// Driver Verifier has rules for (0x71006, 0x71007, 0x71008).

#include <wdm.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/stack.h"
#include "base/status.h"
#include "portcls/refused_class.h"

namespace portside::portcls {

struct SubdeviceEvent {
  PDEVICE_OBJECT device = nullptr;
  std::string name;
  bool wave_rt = false;  // else Topology
};

struct PhysicalConnectionEvent {
  std::string from;  // a subdevice's name, or an external symbolic link
  uint32_t from_pin = 0;
  std::string to;
  uint32_t to_pin = 0;
};

// A call that the documentation forbids, by the function's own name: PcAddAdapterDevice with an illegal
// DeviceExtensionSize, a second PcRegisterAdapterPowerManagement, PcCompletePendingPropertyRequest(STATUS_PENDING) ...
enum class Misuse : uint8_t {
  kExtensionSizeIllegal,             // PcAddAdapterDevice
  kPowerManagementRegisteredTwice,   // PcRegisterAdapterPowerManagement
  kPowerManagementNotRegistered,     // PcUnregisterAdapterPowerManagement
  kPnpManagementRegisteredTwice,     // PcRegisterAdapterPnpManagement
  kPnpManagementNotRegistered,       // PcUnregisterAdapterPnpManagement
  kCapabilityWeakened,               // IAdapterPowerManagement::QueryDeviceCapabilities
  kPendingCompletedWithPending,      // PcCompletePendingPropertyRequest
  kTooManySubdevices,                // PcRegisterSubdevice beyond MaxObjects
  kSubdeviceNameTaken,               // PcRegisterSubdevice, a name twice
  kForeignObject,                    // an object that is not PortCls's where one is needed
  kDescriptorMalformed,              // the miniport's filter descriptor contradicts itself
};

struct MisuseEvent {
  Misuse kind = Misuse::kForeignObject;
  std::string function;
  std::string sentence;
  StackTrace stack;
};

// IPortClsEtwHelper::MiniportWriteEtwEvent.
struct MiniportEvent {
  std::string subdevice;
  int type = 0;  // EPcMiniportEngineEvent
  std::array<uint64_t, 4> data{};
};

// IPortClsNotifications::SendNotification: a KSAUDIOMODULE_NOTIFICATION and what follows it.
struct AudioModuleNotification {
  std::string subdevice;
  std::vector<std::byte> payload;
};

// An object of PortCls that outlived the device it belonged to.
struct LeakedObject {
  std::string what;  // "port of subdevice Wave"
  uint32_t references = 0;
};

class PortClsObserver {
 public:
  virtual ~PortClsObserver() = default;
  virtual void on_subdevice_registered(const SubdeviceEvent&) {}
  virtual void on_subdevice_unregistered(const SubdeviceEvent&) {}
  virtual void on_physical_connection(const PhysicalConnectionEvent&, bool removed) {}
  virtual void on_power_state(PDEVICE_OBJECT, DEVICE_POWER_STATE from, DEVICE_POWER_STATE to) {}
  virtual void on_miniport_event(const MiniportEvent&) {}
  virtual void on_audio_module_notification(const AudioModuleNotification&) {}
  virtual void on_class_refused(const RefusedClass&) {}
  virtual void on_misuse(const MisuseEvent&) {}
  virtual void on_device_removed(PDEVICE_OBJECT, const std::vector<LeakedObject>&) {}
};

}  // namespace portside::portcls
