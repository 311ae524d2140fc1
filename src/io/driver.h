#pragma once
// DriverTable: the driver objects of a machine. Loading a driver here means calling a DriverEntry; images are the loader's.

#include <wdm.h>

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

namespace portside::io {

class Io;

struct DriverSpec {
  std::string name;  // service name: \Registry\Machine\System\CurrentControlSet\Services\NAME
  DRIVER_INITIALIZE* entry = nullptr;
  void* image_start = nullptr;  // DRIVER_OBJECT.DriverStart, DriverSize, DriverSection
  uint32_t image_bytes = 0;
  void* section = nullptr;
};

// What we know of a driver object beside what the driver can see.
struct DriverRecord {
  std::string name;
  std::u16string object_name;  // \Driver\NAME
  std::u16string registry_path;
  std::u16string service_name;
  DRIVER_OBJECT* object = nullptr;
  DRIVER_EXTENSION* extension = nullptr;
  std::u16string hardware_database;
  UNICODE_STRING hardware_database_string{};
  struct ClientExtension {
    void* identity;
    std::unique_ptr<std::byte[]> bytes;
  };
  std::vector<ClientExtension> client_extensions;  // IoAllocateDriverObjectExtension
  std::vector<std::pair<PDRIVER_REINITIALIZE, void*>> reinitialize;
  bool drove_a_device = false;                // its AddDevice has succeeded once
  std::vector<DEVICE_OBJECT*> made_in_entry;  // devices of DriverEntry's
};

class DriverTable {
 public:
  explicit DriverTable(Io& io);
  ~DriverTable();

  // Makes the driver object and its service key and calls DriverEntry on the calling simulated thread. On a failure status of
  // DriverEntry the object is gone again and the status is the result's.
  Result<DRIVER_OBJECT*> create(const DriverSpec& spec);
  // A driver object of our own, without an entry: the caller fills its dispatch table.
  Result<DRIVER_OBJECT*> create_plain(std::string name);
  // Calls DriverUnload. STATUS_INVALID_DEVICE_REQUEST when the driver has none (Windows then keeps it for ever) and
  // STATUS_DEVICE_BUSY while a device of its has not been removed.
  Result<> unload(DRIVER_OBJECT* driver);

  // Null for a pointer that is no driver object.
  DriverRecord* find(const DRIVER_OBJECT* driver);
  DRIVER_OBJECT* find_by_name(std::string_view name);
  std::vector<DRIVER_OBJECT*> all();

  // IoAllocateDriverObjectExtension: STATUS_OBJECT_NAME_COLLISION when the identity has one.
  Result<void*> allocate_extension(DRIVER_OBJECT* driver, void* identity, uint32_t bytes);
  void* find_extension(DRIVER_OBJECT* driver, void* identity);

 private:
  Result<DriverRecord*> make(const DriverSpec& spec);
  void destroy(DriverRecord& record);
  void delete_left_devices(DriverRecord& record, std::string_view when,
                           const std::vector<DEVICE_OBJECT*>& excused = {});

  Io& io_;
  Mutex mutex_;
  std::list<DriverRecord> records_ GUARDED_BY(mutex_);
};

}  // namespace portside::io
