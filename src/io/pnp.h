#pragma once
// PlugAndPlay: the devices of the machine. The PDO belongs to a driver object of our own (\Driver\PnpManager, or \Driver\pci); a function driver
// is put on it by AddDevice, and started, stopped and removed by IRP_MJ_PNP in the order that Windows keeps.

#include <wdm.h>

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "io/interrupts.h"
#include "io/observer.h"
#include "io/root_bus.h"
#include "io/thread_lock.h"

namespace portside::io {

class Io;

struct RootDeviceSpec {
  std::u16string enumerator_path = u"ROOT\\MEDIA";  // the instance number is added: ROOT\MEDIA\0000
  std::vector<std::u16string> hardware_ids;
  std::vector<std::u16string> compatible_ids;
  std::u16string description = u"Portside device";
  std::u16string friendly_name;
  std::u16string manufacturer;
  GUID class_guid = {0x4d36e96c, 0xe325, 0x11ce, {0xbf, 0xc1, 0x08, 0x00, 0x2b, 0xe1, 0x03, 0x18}};  // MEDIA
  std::u16string class_name = u"MEDIA";
  std::vector<std::byte> raw_resources;  // a CM_RESOURCE_LIST, or empty
  std::vector<std::byte> translated_resources;
  BusAccess* bus = nullptr;  // of a device on a bus with configuration space; null: root-enumerated
};

struct DeviceNode {
  RootDeviceSpec spec;
  std::u16string instance_path;           // ROOT\MEDIA\0000
  std::u16string instance_registry_path;  // \Registry\Machine\System\CurrentControlSet\Enum\ROOT\MEDIA\0000
  std::u16string driver_registry_path;    // \Registry\Machine\System\CurrentControlSet\Control\Class\{...}\0000
  DEVICE_OBJECT* pdo = nullptr;
  DRIVER_OBJECT* function_driver = nullptr;
  PnpState state = PnpState::kEnumerated;
  PnpState before_remove = PnpState::kStarted;  // where a removal that is cancelled leads back to
  std::vector<std::byte> raw_resources;         // assigned: what the function driver left of the spec's
  std::vector<std::byte> translated_resources;
  DEVICE_CAPABILITIES capabilities{};
  uint32_t device_state = 0;  // PNP_DEVICE_*
  DEVICE_POWER_STATE device_power = PowerDeviceD0;
};

class PlugAndPlay {
 public:
  explicit PlugAndPlay(Io& io);
  ~PlugAndPlay();

  // A new PDO and its keys under Enum and Class.
  Result<DeviceNode*> add_root_device(const RootDeviceSpec& spec);
  // AddDevice of `driver`, then filter resources, START_DEVICE, capabilities, device state, bus relations.
  Result<> start(DeviceNode& node, DRIVER_OBJECT* driver);
  // QUERY_STOP_DEVICE: the driver may refuse, then it is told CANCEL_STOP_DEVICE and goes on. cancel_stop ends a stop that
  // is pending. stop() is both steps, or the second of them; start_again() ends it (a rebalance). A driver that refuses to
  // start again is surprise-removed.
  Result<> query_stop(DeviceNode& node);
  Result<> cancel_stop(DeviceNode& node);
  Result<> stop(DeviceNode& node);
  Result<> start_again(DeviceNode& node);
  // QUERY_REMOVE_DEVICE: refused by the driver, or while files are open (STATUS_DEVICE_BUSY): then CANCEL_REMOVE_DEVICE.
  // remove() is the query and REMOVE_DEVICE, or the second of them. Nobody can open the device meanwhile.
  Result<> query_remove(DeviceNode& node);
  Result<> cancel_remove(DeviceNode& node);
  Result<> remove(DeviceNode& node);
  // SURPRISE_REMOVAL, then REMOVE_DEVICE as soon as no file is open: at once, or at the last close.
  Result<> surprise_remove(DeviceNode& node);

  // Any other IRP_MJ_PNP through the top of the stack. `location` needs MinorFunction and Parameters.
  NTSTATUS send(DeviceNode& node, const IO_STACK_LOCATION& location, NTSTATUS initial, ULONG_PTR* information);

  // The node whose PDO this is, or null. `find_by_stack` takes any device of the stack.
  DeviceNode* find(const DEVICE_OBJECT* pdo);
  DeviceNode* find_by_stack(DEVICE_OBJECT* device);
  DeviceNode* find_by_instance(std::u16string_view instance_path);
  std::vector<DeviceNode*> nodes();
  DRIVER_OBJECT* bus_driver() const { return bus_.driver(); }

  // Held by each of these operations: one at a time, as the PnP manager's engine does them.
  ThreadLock& lock() { return lock_; }

  // Called by the file layer when the last file on a device is gone.
  void last_file_closed(DEVICE_OBJECT* pdo);
  // IoInvalidateDeviceState: asks the stack for its state again, from a work item.
  void invalidate_state(DEVICE_OBJECT* pdo);
  // IoInvalidateDeviceRelations: asks the stack for these relations again, from a work item.
  void invalidate_relations(DEVICE_OBJECT* pdo, DEVICE_RELATION_TYPE type);

 private:
  Result<> start_stack(DeviceNode& node);
  Result<> filter_resources(DeviceNode& node);
  Result<> finish_remove(DeviceNode& node);
  void set_state(DeviceNode& node, PnpState state);
  NTSTATUS send_simple(DeviceNode& node, uint8_t minor);
  void must_succeed(DeviceNode& node, uint8_t minor, std::string_view name);
  void query_state(DeviceNode& node);
  void query_relations(DeviceNode& node, DEVICE_RELATION_TYPE type);
  bool has_open_files(DeviceNode& node);
  void report_left_requests(const std::vector<DEVICE_OBJECT*>& stack);

  Io& io_;
  RootBus bus_;
  ThreadLock lock_{"the plug and play manager's lock"};
  Mutex mutex_;
  std::list<DeviceNode> nodes_ GUARDED_BY(mutex_);
};

}  // namespace portside::io
