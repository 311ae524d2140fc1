#include "io/driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "io/io.h"
#include "io/text.h"
#include "kernel/dpc_queue.h"
#include "kernel/kernel.h"
#include "kernel/services.h"
#include "kernel/unicode.h"

namespace portside::io {

namespace {

constexpr uint32_t kDriverTag = 'virD';
constexpr std::u16string_view kServices = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\";

// What a dispatch table holds where the driver has put nothing.
NTSTATUS NTAPI invalid_device_request(PDEVICE_OBJECT, PIRP irp) {
  return complete_with(irp, STATUS_INVALID_DEVICE_REQUEST);
}

void* allocate(uint64_t bytes) {
  kernel::PoolRequest request;
  request.bytes = bytes;
  request.tag = kDriverTag;
  request.owner = kernel::PoolOwner::kRuntime;
  request.api = "IoCreateDriver";
  auto block = current<kernel::Services>().pool().allocate(request);
  return block ? *block : nullptr;
}

void release(void* block) {
  if (block) (void)current<kernel::Services>().pool().free(block, kDriverTag, "IoDeleteDriver");
}

}  // namespace

DriverTable::DriverTable(Io& io) : io_(io) {}
DriverTable::~DriverTable() = default;

Result<DriverRecord*> DriverTable::make(const DriverSpec& spec) {
  if (spec.name.empty() || spec.name.find_first_of("\\/") != std::string::npos)
    return fail(StatusCode::kObjectNameInvalid, fmt::format("no name for a driver: '{}'", spec.name));
  if (find_by_name(spec.name))
    return fail(StatusCode::kObjectNameCollision, fmt::format("the driver {} is loaded already", spec.name));

  auto* object = static_cast<DRIVER_OBJECT*>(allocate(sizeof(DRIVER_OBJECT)));
  auto* extension = static_cast<DRIVER_EXTENSION*>(allocate(sizeof(DRIVER_EXTENSION)));
  if (!object || !extension) {
    release(object);
    release(extension);
    return fail(StatusCode::kInsufficientResources, "no memory for a driver object");
  }
  DriverRecord* record = nullptr;
  {
    MutexLock lock(mutex_);
    record = &records_.emplace_back();
  }
  record->name = spec.name;
  record->service_name = kernel::from_utf8(spec.name);
  record->object_name = u"\\Driver\\" + record->service_name;
  record->registry_path = std::u16string(kServices) + record->service_name;
  record->hardware_database = u"\\REGISTRY\\MACHINE\\HARDWARE\\DESCRIPTION\\SYSTEM";
  record->hardware_database_string = unicode_over(record->hardware_database);
  record->object = object;
  record->extension = extension;

  object->Type = IO_TYPE_DRIVER;
  object->Size = sizeof(DRIVER_OBJECT);
  object->DriverExtension = extension;
  object->DriverStart = spec.image_start;
  object->DriverSize = spec.image_bytes;
  object->DriverSection = spec.section;
  object->DriverInit = spec.entry;
  object->DriverName = unicode_over(record->object_name);
  object->HardwareDatabase = &record->hardware_database_string;
  extension->DriverObject = object;
  extension->ServiceKeyName = unicode_over(record->service_name);
  std::ranges::fill(object->MajorFunction, &invalid_device_request);

  auto inserted = current<kernel::Services>().objects().insert({.type = &kernel::object_types::kDriver,
                                                                .body = object,
                                                                .name = record->object_name,
                                                                .on_delete = {},
                                                                .on_last_handle_closed = {}});
  if (!inserted) {
    destroy(*record);
    return fail(inserted.error());
  }
  return record;
}

void DriverTable::destroy(DriverRecord& record) {
  auto& objects = current<kernel::Services>().objects();
  if (objects.contains(record.object)) {
    objects.remove_name(record.object);
    (void)objects.dereference(record.object, "IoDeleteDriver");
  }
  release(record.object);
  release(record.extension);
  MutexLock lock(mutex_);
  records_.remove_if([&](const DriverRecord& r) { return &r == &record; });
}

Result<DRIVER_OBJECT*> DriverTable::create_plain(std::string name) {
  DriverSpec spec;
  spec.name = std::move(name);
  TRY_ASSIGN(DriverRecord * record, make(spec));
  return record->object;
}

Result<DRIVER_OBJECT*> DriverTable::create(const DriverSpec& spec) {
  if (!spec.entry) return fail(StatusCode::kDriverEntrypointNotFound, fmt::format("{} has no entry point", spec.name));
  TRY_ASSIGN(DriverRecord * record, make(spec));
  auto& registry = current<kernel::Services>().registry();
  if (auto key = registry.create(nullptr, record->registry_path, false, true); !key) {
    destroy(*record);
    return fail(key.error());
  }
  for (auto [value, number] : {std::pair{u"Type", 1u}, std::pair{u"Start", 3u}, std::pair{u"ErrorControl", 1u}})
    if (!registry.get_dword(record->registry_path, value))
      (void)registry.set_dword(record->registry_path, value, number);

  // DRIVER_INITIALIZE, RegistryPath: "The I/O manager frees the RegistryPath buffer after DriverEntry returns", so a driver
  // that kept the pointer is found out.
  const uint64_t path_bytes = record->registry_path.size() * sizeof(char16_t);
  auto* path = static_cast<UNICODE_STRING*>(allocate(sizeof(UNICODE_STRING)));
  auto* buffer = static_cast<char16_t*>(allocate(path_bytes + sizeof(char16_t)));
  if (!path || !buffer) {
    release(path);
    release(buffer);
    destroy(*record);
    return fail(StatusCode::kInsufficientResources, "no memory for the registry path");
  }
  std::memcpy(buffer, record->registry_path.c_str(), path_bytes + sizeof(char16_t));
  path->Length = static_cast<USHORT>(path_bytes);
  path->MaximumLength = static_cast<USHORT>(path_bytes + sizeof(char16_t));
  path->Buffer = reinterpret_cast<PWCH>(buffer);

  DRIVER_OBJECT* object = record->object;
  NTSTATUS status = spec.entry(object, path);
  release(buffer);
  release(path);
  io_.observers().notify(&IoObserver::on_driver_loaded, DriverEvent{object, record->name, status});
  if (!NT_SUCCESS(status)) {
    delete_left_devices(*record, "DriverEntry failed");
    io_.names().driver_unloaded(object, "DriverEntry failed", false);
    std::string sentence =
        fmt::format("DriverEntry of {} returned {}", spec.name, status_name(static_cast<uint32_t>(status)));
    destroy(*record);
    return fail(Status::from_nt(status, std::move(sentence)));
  }
  // The I/O manager clears the flag for devices made in DriverEntry (IoCreateDevice, Remarks); AddDevice's driver must.
  record->made_in_entry = io_.devices().of_driver(object);
  for (DEVICE_OBJECT* device : record->made_in_entry) device->Flags &= ~DO_DEVICE_INITIALIZING;
  io_.names().entry_returned();
  for (size_t i = 0; i < record->reinitialize.size(); ++i) {
    auto [routine, context] = record->reinitialize[i];
    routine(object, context, ++record->extension->Count);
  }
  return object;
}

void DriverTable::delete_left_devices(DriverRecord& record, std::string_view when,
                                      const std::vector<DEVICE_OBJECT*>& excused) {
  for (DEVICE_OBJECT* device : io_.devices().of_driver(record.object)) {
    auto known = io_.devices().find(device);
    if (std::ranges::find(excused, device) == excused.end())
      io_.misuse(IoMisuse::kDeviceLeftAtUnload, "DriverUnload", device,
                 fmt::format("{}, and the driver still owns the device object {}", when, fmt::ptr(device)),
                 {.made_at = known ? known->created : StackTrace{}});
    if (known && known->lower) (void)io_.devices().detach(known->lower);
    if (known && known->upper) (void)io_.devices().detach(device);
    if (known && !known->deleted) (void)io_.devices().remove(device);
  }
}

Result<> DriverTable::unload(DRIVER_OBJECT* driver) {
  DriverRecord* record = find(driver);
  if (!record) return fail(StatusCode::kInvalidParameter, "not a driver object");
  if (!driver->DriverUnload)
    return fail(StatusCode::kInvalidDeviceRequest,
                fmt::format("{} has no DriverUnload, so it cannot be unloaded", record->name));
  // A plug and play driver is unloaded when its last device is removed.
  for (DeviceNode* node : io_.pnp().nodes())
    if (node->function_driver == driver && node->state != PnpState::kRemoved && node->state != PnpState::kEnumerated)
      return fail(StatusCode::kDeviceBusy,
                  fmt::format("{} still drives {}", record->name, narrow(node->instance_path)));
  std::vector<DeviceRecord> kept;
  for (DEVICE_OBJECT* device : io_.devices().of_driver(driver))
    if (const auto known = io_.devices().find(device); known && !known->deleted && !known->left_attached)
      kept.push_back(*known);
  driver->DriverUnload(driver);
  // "Unload Routine Environment": a plug and play driver is unloaded if it has no more device objects after a removal. Here it is
  // all the same, for what else it leaves behind.
  if (driver->DriverExtension->AddDevice)
    for (const DeviceRecord& device : kept)
      if (const auto now = io_.devices().find(device.object); !now || now->deleted)
        io_.misuse(IoMisuse::kDeviceKeptToUnload, "DriverUnload", device.object,
                   fmt::format("it deletes the device object{}, and is not called by Windows while there is one",
                               device.name.empty() ? std::string() : " " + narrow(device.name)),
                   {.made_at = device.created});
  io_.notifications().driver_unloaded(driver);
  if (const auto start = reinterpret_cast<uint64_t>(driver->DriverStart)) {
    // KeCancelTimer, Remarks: the system flushes the DPCs before it takes a driver's global variables away.
    current<kernel::Kernel>().dpcs().flush();
    current<kernel::Kernel>().code_gone(start, start + driver->DriverSize);
  }
  // Without a device there was no removal at which it would have deleted what DriverEntry made, and for whose sake Windows keeps it.
  const bool waits_for_device = driver->DriverExtension->AddDevice && !record->drove_a_device;
  delete_left_devices(*record, "DriverUnload has returned",
                      waits_for_device ? record->made_in_entry : std::vector<DEVICE_OBJECT*>());
  io_.names().driver_unloaded(driver, "DriverUnload has returned", waits_for_device);
  io_.observers().notify(&IoObserver::on_driver_unloaded, DriverEvent{driver, record->name, STATUS_SUCCESS});
  destroy(*record);
  return {};
}

DriverRecord* DriverTable::find(const DRIVER_OBJECT* driver) {
  MutexLock lock(mutex_);
  for (DriverRecord& record : records_)
    if (record.object == driver) return &record;
  return nullptr;
}

DRIVER_OBJECT* DriverTable::find_by_name(std::string_view name) {
  std::u16string wide = kernel::from_utf8(name);
  MutexLock lock(mutex_);
  for (DriverRecord& record : records_)
    if (kernel::equal_ignoring_case(record.service_name, wide)) return record.object;
  return nullptr;
}

std::vector<DRIVER_OBJECT*> DriverTable::all() {
  std::vector<DRIVER_OBJECT*> found;
  MutexLock lock(mutex_);
  for (DriverRecord& record : records_) found.push_back(record.object);
  return found;
}

Result<void*> DriverTable::allocate_extension(DRIVER_OBJECT* driver, void* identity, uint32_t bytes) {
  DriverRecord* record = find(driver);
  if (!record) {
    io_.misuse(IoMisuse::kUnknownDriver, "IoAllocateDriverObjectExtension", driver, "not a driver object");
    return fail(StatusCode::kInvalidParameter, "not a driver object");
  }
  MutexLock lock(mutex_);
  for (const auto& e : record->client_extensions)
    if (e.identity == identity)
      return fail(StatusCode::kObjectNameCollision, "the driver has an extension of that identity already");
  auto& e = record->client_extensions.emplace_back();
  e.identity = identity;
  e.bytes = std::make_unique<std::byte[]>(bytes ? bytes : 1);
  return e.bytes.get();
}

void* DriverTable::find_extension(DRIVER_OBJECT* driver, void* identity) {
  DriverRecord* record = find(driver);
  if (!record) return nullptr;
  MutexLock lock(mutex_);
  for (const auto& e : record->client_extensions)
    if (e.identity == identity) return e.bytes.get();
  return nullptr;
}

}  // namespace portside::io
