#pragma once
// The framework's objects, one struct a type.

#include <wdf.h>

#include <string>
#include <vector>

#include "kernel/registry.h"
#include "wdf/object.h"

namespace portside::wdf {

struct GeneralObject final : Object {
  GeneralObject() : Object(ObjectType::kGeneral) {}
  static constexpr ObjectType kType = ObjectType::kGeneral;
};

struct DriverObject final : Object {
  DriverObject() : Object(ObjectType::kDriver) {}
  static constexpr ObjectType kType = ObjectType::kDriver;
  DRIVER_OBJECT* wdm = nullptr;
  std::u16string registry_path;
  WDF_DRIVER_CONFIG config{};
};

struct DeviceObject final : Object {
  DeviceObject() : Object(ObjectType::kDevice) {}
  static constexpr ObjectType kType = ObjectType::kDevice;
  DEVICE_OBJECT* fdo = nullptr;
  DEVICE_OBJECT* attached = nullptr;
  DEVICE_OBJECT* pdo = nullptr;
};

struct MemoryObject final : Object {
  MemoryObject() : Object(ObjectType::kMemory) {}
  ~MemoryObject() override;
  static constexpr ObjectType kType = ObjectType::kMemory;
  void* buffer = nullptr;
  uint64_t bytes = 0;
  uint32_t tag = 0;
  bool owned = false;  // taken from the pool; else the driver's own (WdfMemoryCreatePreallocated)
};

struct StringObject final : Object {
  StringObject() : Object(ObjectType::kString) {}
  static constexpr ObjectType kType = ObjectType::kString;
  std::u16string text;
};

struct CollectionObject final : Object {
  CollectionObject() : Object(ObjectType::kCollection) {}
  static constexpr ObjectType kType = ObjectType::kCollection;
  void stop() override;        // gives back its items' references
  std::vector<Object*> items;  // referenced
};

struct SpinLockObject final : Object {
  SpinLockObject() : Object(ObjectType::kSpinLock) {}
  static constexpr ObjectType kType = ObjectType::kSpinLock;
  uint64_t word = 0;
  KIRQL old_irql = 0;
};

struct WaitLockObject final : Object {
  WaitLockObject() : Object(ObjectType::kWaitLock) {}
  static constexpr ObjectType kType = ObjectType::kWaitLock;
  KEVENT available{};  // a synchronization event: signalled when nobody holds the lock
};

struct TimerObject final : Object {
  TimerObject() : Object(ObjectType::kTimer) {}
  static constexpr ObjectType kType = ObjectType::kTimer;
  void stop() override;
  KTIMER timer{};
  KDPC dpc{};
  WDF_TIMER_CONFIG config{};
  bool passive = false;  // WdfExecutionLevelPassive: called from a worker thread
};

struct WorkItemObject final : Object {
  WorkItemObject() : Object(ObjectType::kWorkItem) {}
  static constexpr ObjectType kType = ObjectType::kWorkItem;
  void stop() override;
  void enqueue();
  void flush();
  WDF_WORKITEM_CONFIG config{};
  bool queued = false;
  int running = 0;
  KEVENT idle{};  // signalled while neither queued nor running
};

struct KeyObject final : Object {
  KeyObject() : Object(ObjectType::kKey) {}
  static constexpr ObjectType kType = ObjectType::kKey;
  kernel::RegistryKeyPtr key;
};

struct IoTargetObject final : Object {
  IoTargetObject() : Object(ObjectType::kIoTarget) {}
  static constexpr ObjectType kType = ObjectType::kIoTarget;
  void stop() override;
  void close();
  DEVICE_OBJECT* device = nullptr;  // where requests go
  FILE_OBJECT* file = nullptr;      // when opened by name
  void* handle = nullptr;
  bool open = false;
};

}  // namespace portside::wdf
