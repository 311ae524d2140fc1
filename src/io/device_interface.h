#pragma once
// InterfaceTable: device interfaces by category, and the names by which clients open them.

#include <wdm.h>

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

namespace portside::io {

class Io;

struct DeviceInterface {
  GUID category{};
  std::u16string symbolic_link;  // \??\ROOT#MEDIA#0000#{6994ad04-...}\name
  std::u16string reference;      // name
  DEVICE_OBJECT* pdo = nullptr;
  bool enabled = false;
  // A driver has asked for it itself, to enable it at its time; or has opened its key, for the settings there.
  bool asked_for_by_driver = false, key_opened_by_driver = false;
  bool announced = false;  // its arrival was told: not before the device has started
};

class InterfaceTable {
 public:
  explicit InterfaceTable(Io& io) : io_(io) {}

  // IoRegisterDeviceInterface: the same link for the same triple, and then `existed` is set. `pdo` must be a device that plug
  // and play enumerated, else STATUS_INVALID_DEVICE_REQUEST.
  Result<std::u16string> register_interface(DEVICE_OBJECT* pdo, const GUID& category, std::u16string_view reference,
                                            bool* existed = nullptr);
  // IoSetDeviceInterfaceState. STATUS_OBJECT_NAME_EXISTS (a success) when enabled already, as Windows answers;
  // STATUS_OBJECT_NAME_NOT_FOUND for an unknown link or a disabled one that is disabled again.
  Result<NTSTATUS> set_state(std::u16string_view symbolic_link, bool enable);
  // Enabled interfaces of a category, in order of registration; all of them with `disabled_too`; of one device with `pdo`.
  std::vector<DeviceInterface> interfaces(const GUID& category, DEVICE_OBJECT* pdo = nullptr,
                                          bool disabled_too = false);
  std::vector<DeviceInterface> all();
  std::optional<DeviceInterface> find(std::u16string_view symbolic_link);
  // IoGetDeviceInterfaceAlias: the interface of another category with the same device and reference string.
  Result<std::u16string> alias(std::u16string_view symbolic_link, const GUID& category);

  // HKLM\...\DeviceClasses\{category}\##?#ROOT#MEDIA#0000#{category}\#name\Device Parameters
  Result<std::u16string> registry_path(std::u16string_view symbolic_link);

  void asked_for_by_driver(std::u16string_view symbolic_link);
  void key_opened_by_driver(std::u16string_view symbolic_link);
  // The device has started: arrivals that were held back are told.
  void device_started(DEVICE_OBJECT* pdo);
  // The device is gone: its interfaces are disabled and, with `forget`, no longer registered.
  void device_gone(DEVICE_OBJECT* pdo, bool forget);

 private:
  DeviceInterface* find_locked(std::u16string_view symbolic_link) REQUIRES(mutex_);

  Io& io_;
  Mutex mutex_;
  std::list<DeviceInterface> interfaces_ GUARDED_BY(mutex_);
};

}  // namespace portside::io
