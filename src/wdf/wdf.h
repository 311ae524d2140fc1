#pragma once
// Wdf: the framework of one machine: its bindings to drivers and their objects.

#include <wdf.h>

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/machine_context.h"
#include "base/mutex.h"
#include "base/result.h"
#include "wdf/object.h"
#include "wdf/objects.h"

namespace portside::wdf {

inline constexpr uint32_t kWdfViolation = 0x10D;  // bug check WDF_VIOLATION

// One driver's tie to the framework: its globals and its own copy of the function table (a driver may replace a slot).
class Binding {
 public:
  WDF_DRIVER_GLOBALS* globals = nullptr;
  DRIVER_OBJECT* wdm_driver = nullptr;
  std::u16string registry_path;
  std::vector<WDFFUNC> functions;
  DriverObject* driver = nullptr;
  uint32_t minor = 0;
};

class Wdf {
 public:
  static constexpr LayerSlot kSlot = LayerSlot::kWdf;

  static Result<std::unique_ptr<Wdf>> create();
  ~Wdf();

  // WdfVersionBind. STATUS_NOT_SUPPORTED for another library or major version; STATUS_INFO_LENGTH_MISMATCH.
  Result<WDF_COMPONENT_GLOBALS> bind(DRIVER_OBJECT* driver, std::u16string_view registry_path, WDF_BIND_INFO* info);
  // WdfVersionUnbind: deletes every object that the driver left, and the table.
  Result<> unbind(WDF_BIND_INFO* info, WDF_COMPONENT_GLOBALS globals);

  ObjectTable& objects() { return objects_; }
  Binding* find(const WDF_DRIVER_GLOBALS* globals);
  DeviceObject* device_of(const DEVICE_OBJECT* fdo);

  // The object behind a handle of type T. "A bug check occurs if the driver supplies an invalid object handle."
  template <class T>
  T& get(const void* handle, const char* function) {
    return static_cast<T&>(checked(handle, T::kType, function));
  }
  // Of any type.
  Object& any(const void* handle, const char* function);
  Binding& binding(const WDF_DRIVER_GLOBALS* globals, const char* function);
  [[noreturn]] void violation(const char* function, const void* object, std::string sentence);

 private:
  Object& checked(const void* handle, ObjectType type, const char* function);

  ObjectTable objects_;
  Mutex mutex_;
  std::list<Binding> bindings_ GUARDED_BY(mutex_);
};

}  // namespace portside::wdf
