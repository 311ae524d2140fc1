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
  kExtensionSizeIllegal,            // PcAddAdapterDevice
  kPowerManagementRegisteredTwice,  // PcRegisterAdapterPowerManagement
  kPowerManagementNotRegistered,    // PcUnregisterAdapterPowerManagement
  kPnpManagementRegisteredTwice,    // PcRegisterAdapterPnpManagement
  kPnpManagementNotRegistered,      // PcUnregisterAdapterPnpManagement
  kCapabilityWeakened,              // IAdapterPowerManagement::QueryDeviceCapabilities
  kPendingCompletedWithPending,     // PcCompletePendingPropertyRequest
  kTooManySubdevices,               // PcRegisterSubdevice beyond MaxObjects
  kSubdeviceNameTaken,              // PcRegisterSubdevice, a name twice
  kObjectMissing,           // PcRegisterAdapterPowerManagement, PcRegisterAdapterPnpManagement, IPort::Init: NULL
  kPortNotInitialised,      // PcRegisterSubdevice with a port whose Init has not succeeded
  kConnectionReversed,      // PcRegisterPhysicalConnection from a pin that takes data in, or to one that gives them out
  kConnectionsLeft,         // IUnregisterSubdevice::UnregisterSubdevice of one that is connected still
  kUnloadReplaced,          // PcInitializeAdapterDriver over a DriverUnload of the driver's own
  kPowerChangeUnseen,       // a device is powered down, and its driver has nobody who is told
  kDeviceDescriptionWrong,  // IMiniportWaveRT::GetDeviceDescription
  kForeignObject,           // an object that is not PortCls's where one is needed
  kDescriptorMalformed,     // the miniport's filter descriptor contradicts itself
  kDescriptorItemSize,      // a size in it is no multiple of eight
  kConnectionOutOfRange,    // a connection in it names a pin or node that there is not
  kPowerIrpRequested,       // PoRequestPowerIrp(IRP_MN_SET_POWER)
  kPropertyNotPending,      // PcCompletePendingPropertyRequest of a request that does not pend, or no more
  kPropertyValueTooLong,    // a property handler: success, and a ValueSize beyond the buffer
  kPropertyValueUnwritten,  // a property handler: success, and a ValueSize beyond what it wrote
  kPropertyOverflowWithoutSize,  // a property handler: STATUS_BUFFER_OVERFLOW, and no size
  kPropertySlow,                 // a property handler that takes long
  kIntersectionSizeQuery,        // DataRangeIntersection with no room
  kIntersectionTooLong,          // DataRangeIntersection: success, and a length beyond the buffer
  kIntersectionOutsideRange,     // DataRangeIntersection: a format that one of the ranges does not hold
  kIntersectionContradiction,    // DataRangeIntersection: a format whose fields do not agree
  kIntersectionSpeakers,         // DataRangeIntersection: a channel mask that does not name the channels' speakers
  kIntersectionEndsSearch,       // DataRangeIntersection: no intersection, and another error than STATUS_NO_MATCH
  kEventNotAdded,                // an event handler: success to an addition, and nothing added
  kEventUndeclared,              // IPortEvents::GenerateEventList: an event that nobody can have enabled
  kEngineNodeInconsistent,       // IMiniportAudioEngineNode, IMiniportStreamAudioEngineNode
  kStreamResourceInvalid,        // a stream resource that is none, or no more
  kReferenceMissing,             // a pointer handed out without a reference
  kReleasedTooOften,             // an object's count is below the references that the port holds
  kInterfaceNotGiven,            // QueryInterface: success, and NULL
  kUnknownInterfaceGiven,        // QueryInterface: success for an interface that nobody has
  kPointerAfterRefusal,          // QueryInterface: an error, and the pointer is not NULL
  kHeldInterfaceRefused,         // QueryInterface: an error for an interface that the caller holds
  kIdentityDiffers,              // QueryInterface: two IUnknowns of one object
};

struct MisuseEvent {
  Misuse kind = Misuse::kForeignObject;
  std::string function;
  std::string sentence;
  // Of the call; where a driver's method answered wrongly and has returned, one frame: where that method begins.
  StackTrace stack;
  bool returned = false;
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

// What a driver holds of PortCls, or has left with it, when it should not any more.
enum class LeftKind : uint8_t { kPort, kPageInterface, kStreamResource, kPendingProperty, kDrmContent };
struct LeakedObject {
  std::string what;  // "port of subdevice Wave"
  uint32_t references = 0;
  LeftKind kind = LeftKind::kPort;
  StackTrace made_at;  // by whom; empty when unknown
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
  // A driver may still let go of ports and page interfaces after its device's removal: on_left_behind tells of those.
  virtual void on_device_removed(PDEVICE_OBJECT, const std::vector<LeakedObject>&) {}
  virtual void on_left_behind(const LeakedObject&) {}  // by a driver that is unloaded
};

}  // namespace portside::portcls
