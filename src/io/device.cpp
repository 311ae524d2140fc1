#include "io/device.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "io/io.h"
#include "io/text.h"
#include "kernel/services.h"
#include "kernel/unicode.h"

namespace portside::io {

namespace {

constexpr uint32_t kDeviceTag = 'iveD';
constexpr uint32_t kHiddenTag = 'xEvD';
// A device stack deeper than this cannot be counted in an IRP.
constexpr int kDeepestStack = 126;

void* allocate(uint64_t bytes, uint32_t tag) {
  kernel::PoolRequest request;
  request.bytes = bytes;
  request.tag = tag;
  request.owner = kernel::PoolOwner::kRuntime;
  request.api = "IoCreateDevice";
  auto block = current<kernel::Services>().pool().allocate(request);
  return block ? *block : nullptr;
}

}  // namespace

DeviceTable::DeviceTable(Io& io) : io_(io) {}
DeviceTable::~DeviceTable() = default;

DeviceRecord* DeviceTable::find_locked(const DEVICE_OBJECT* device) {
  auto it = records_.find(device);
  return it == records_.end() ? nullptr : &it->second;
}

std::unexpected<Status> DeviceTable::unknown(std::string_view function, const DEVICE_OBJECT* device) {
  auto info = current<kernel::Services>().objects().find(device);
  bool was_device = info && info->type == &kernel::object_types::kDevice;
  std::string sentence = was_device ? fmt::format("{} is a device object that is gone", fmt::ptr(device))
                                    : fmt::format("{} is no device object", fmt::ptr(device));
  io_.misuse(was_device ? IoMisuse::kDeletedDevice : IoMisuse::kUnknownDevice, function, device, sentence);
  return fail(StatusCode::kInvalidParameter, std::move(sentence));
}

Result<DEVICE_OBJECT*> DeviceTable::create(const DeviceSpec& spec) {
  if (!io_.drivers().find(spec.driver)) {
    io_.misuse(IoMisuse::kUnknownDriver, "IoCreateDevice", spec.driver, "not a driver object");
    return fail(StatusCode::kInvalidParameter, "IoCreateDevice: not a driver object");
  }
  // IoCreateDevice: Size of the object and its extension is a USHORT in DEVICE_OBJECT.
  if (spec.extension_bytes > UINT16_MAX - sizeof(DEVICE_OBJECT)) {
    io_.misuse(IoMisuse::kBadArgument, "IoCreateDevice", spec.driver,
               fmt::format("a device extension of {} bytes does not fit DEVICE_OBJECT.Size", spec.extension_bytes));
    return fail(StatusCode::kInsufficientResources, "device extension too large");
  }
  auto& objects = current<kernel::Services>().objects();
  auto* device = static_cast<DEVICE_OBJECT*>(allocate(sizeof(DEVICE_OBJECT) + spec.extension_bytes, kDeviceTag));
  if (!device) return fail(StatusCode::kInsufficientResources, "no memory for a device object");
  // Apart from the object, so that a driver that writes past its extension meets the pool's guard.
  auto* hidden = static_cast<DEVOBJ_EXTENSION*>(allocate(sizeof(DEVOBJ_EXTENSION), kHiddenTag));
  auto& pool = current<kernel::Services>().pool();
  if (!hidden) {
    (void)pool.free(device, kDeviceTag, "IoCreateDevice");
    return fail(StatusCode::kInsufficientResources, "no memory for a device object");
  }

  DeviceRecord record;
  record.object = device;
  record.driver = spec.driver;
  record.hidden = hidden;
  record.name = spec.name;
  if (io_.options().verify) record.created = capture_stack();
  if (spec.generate_name) {
    MutexLock lock(mutex_);
    record.name = u"\\Device\\" + hex8(next_name_++);
  }

  hidden->Type = IO_TYPE_DEVICE_OBJECT_EXTENSION;
  hidden->Size = 0;
  hidden->DeviceObject = device;
  device->Type = IO_TYPE_DEVICE;
  device->Size = static_cast<USHORT>(sizeof(DEVICE_OBJECT) + spec.extension_bytes);
  device->DriverObject = spec.driver;
  device->DeviceObjectExtension = hidden;
  device->DeviceExtension = spec.extension_bytes ? device + 1 : nullptr;
  device->DeviceType = spec.type;
  device->Characteristics = spec.characteristics;
  device->StackSize = 1;
  device->Flags = DO_DEVICE_INITIALIZING;
  if (spec.exclusive) device->Flags |= DO_EXCLUSIVE;
  device->Queue.ListEntry.Flink = device->Queue.ListEntry.Blink = &device->Queue.ListEntry;
  device->DeviceQueue.Type = 20;  // DeviceQueueObject
  device->DeviceQueue.Size = sizeof(KDEVICE_QUEUE);
  device->DeviceQueue.DeviceListHead.Flink = device->DeviceQueue.DeviceListHead.Blink =
      &device->DeviceQueue.DeviceListHead;
  device->DeviceLock.Header.Type = 1;  // SynchronizationEvent
  device->DeviceLock.Header.Size = sizeof(KEVENT) / sizeof(ULONG);
  device->DeviceLock.Header.SignalState = 1;
  device->DeviceLock.Header.WaitListHead.Flink = device->DeviceLock.Header.WaitListHead.Blink =
      &device->DeviceLock.Header.WaitListHead;

  std::u16string name = record.name;
  {
    MutexLock lock(mutex_);
    record.serial = next_serial_++;
    records_.insert_or_assign(device, std::move(record));
  }
  auto inserted = objects.insert({.type = &kernel::object_types::kDevice,
                                  .body = device,
                                  .name = name,
                                  .on_delete =
                                      [](void* body) {
                                        // The directory may outlive this layer.
                                        if (Io* io = Io::find())
                                          io->devices().on_freed(static_cast<DEVICE_OBJECT*>(body));
                                      },
                                  .on_last_handle_closed = {}});
  if (!inserted) {
    on_freed(device);
    return fail(inserted.error());
  }
  device->NextDevice = spec.driver->DeviceObject;
  spec.driver->DeviceObject = device;
  io_.observers().notify(&IoObserver::on_device_created, DeviceEvent{device, nullptr, spec.driver});
  return device;
}

void DeviceTable::on_freed(DEVICE_OBJECT* device) {
  void* hidden = nullptr;
  {
    MutexLock lock(mutex_);
    auto it = records_.find(device);
    if (it == records_.end()) return;
    hidden = it->second.hidden;
    records_.erase(it);
  }
  io_.power().forget(device);
  io_.timers().forget(device);
  auto& pool = current<kernel::Services>().pool();
  (void)pool.free(hidden, kHiddenTag, "IoDeleteDevice");
  (void)pool.free(device, kDeviceTag, "IoDeleteDevice");
}

Result<DEVICE_OBJECT*> DeviceTable::attach(DEVICE_OBJECT* source, DEVICE_OBJECT* target) {
  if (!is_live(source)) return unknown("IoAttachDeviceToDeviceStack", source);
  if (!is_live(target)) return unknown("IoAttachDeviceToDeviceStack", target);
  DEVICE_OBJECT* below = top(target);
  if (below == source || base(source) != source) {
    io_.misuse(IoMisuse::kBadArgument, "IoAttachDeviceToDeviceStack", source, "the source device is attached already");
    return fail(StatusCode::kInvalidParameter, "the source device is attached already");
  }
  // IoAttachDeviceToDeviceStack, Return value: NULL "if it could not attach the device object because, for example, the
  // target device was being unloaded".
  if ((below->Flags & DO_DEVICE_INITIALIZING) || find(below)->deleted)
    return fail(StatusCode::kNoSuchDevice, "the target's stack is still initialising, or going");
  if (below->StackSize >= kDeepestStack) return fail(StatusCode::kNoSuchDevice, "the target's stack is too deep");
  {
    MutexLock lock(mutex_);
    DeviceRecord* upper = find_locked(source);
    DeviceRecord* lower = find_locked(below);
    if (!upper || !lower) return fail(StatusCode::kNoSuchDevice, "a device went away");
    upper->lower = below;
    upper->was_attached = true;
    lower->upper = source;
  }
  below->AttachedDevice = source;
  source->StackSize = static_cast<CCHAR>(below->StackSize + 1);
  source->AlignmentRequirement = below->AlignmentRequirement;
  source->SectorSize = below->SectorSize;
  io_.observers().notify(&IoObserver::on_device_attached, DeviceEvent{source, below, driver_of(source)});
  return below;
}

Result<> DeviceTable::detach(DEVICE_OBJECT* target) {
  if (!is_live(target)) return unknown("IoDetachDevice", target);
  DEVICE_OBJECT* upper = nullptr;
  {
    MutexLock lock(mutex_);
    if (DeviceRecord* lower = find_locked(target)) {
      upper = std::exchange(lower->upper, nullptr);
      if (DeviceRecord* record = find_locked(upper)) record->lower = nullptr;
    }
  }
  if (!upper) {
    io_.misuse(IoMisuse::kBadArgument, "IoDetachDevice", target,
               "nothing is attached to this device (the argument is the lower device, not one's own)");
    return fail(StatusCode::kInvalidParameter, "nothing is attached to this device");
  }
  target->AttachedDevice = nullptr;
  io_.observers().notify(&IoObserver::on_device_detached, DeviceEvent{upper, target, driver_of(upper)});
  return {};
}

void DeviceTable::mark_left_attached(DEVICE_OBJECT* device) {
  MutexLock lock(mutex_);
  if (DeviceRecord* record = find_locked(device)) record->left_attached = true;
}

Result<> DeviceTable::remove(DEVICE_OBJECT* device) {
  auto record = find(device);
  if (!record) return unknown("IoDeleteDevice", device);
  if (record->deleted) {
    io_.misuse(IoMisuse::kDeletedDevice, "IoDeleteDevice", device, "the device object was deleted before");
    return fail(StatusCode::kInvalidParameter, "the device object was deleted before");
  }
  io_.remove_locks().device_goes(device, record->was_attached);
  io_.power_requests().device_goes(device);
  if (record->upper || record->lower) {
    // A device above is no mistake: while it is removed, the driver of a filter detaches after the one below has gone.
    if (record->lower)
      io_.misuse(IoMisuse::kDeviceStillAttached, "IoDeleteDevice", device,
                 "the device is still attached to the one below; IoDetachDevice comes first");
    // Taken apart, so that nobody follows a pointer to a freed object.
    if (record->lower) (void)detach(record->lower);
    if (record->upper) (void)detach(device);
  }
  // The driver's list is in driver memory: follow only what is known.
  if (DRIVER_OBJECT* driver = record->driver; io_.drivers().find(driver)) {
    DEVICE_OBJECT** link = &driver->DeviceObject;
    while (*link && *link != device && is_live(*link)) link = &(*link)->NextDevice;
    if (*link == device) *link = device->NextDevice;
  }
  bool free_now = false;
  {
    MutexLock lock(mutex_);
    DeviceRecord* r = find_locked(device);
    if (!r) return {};
    r->deleted = true;
    free_now = r->open_files == 0;
  }
  auto& objects = current<kernel::Services>().objects();
  objects.remove_name(device);
  io_.observers().notify(&IoObserver::on_device_deleted, DeviceEvent{device, record->lower, record->driver});
  // IoDeleteDevice, Remarks: while the reference count is not zero the system marks the object and frees it later.
  if (free_now) (void)objects.dereference(device, "IoDeleteDevice");
  return {};
}

DEVICE_OBJECT* DeviceTable::top(DEVICE_OBJECT* device) {
  MutexLock lock(mutex_);
  DeviceRecord* record = find_locked(device);
  while (record && record->upper) record = find_locked(record->upper);
  return record ? record->object : nullptr;
}

DEVICE_OBJECT* DeviceTable::lower(DEVICE_OBJECT* device) {
  MutexLock lock(mutex_);
  DeviceRecord* record = find_locked(device);
  return record ? record->lower : nullptr;
}

DEVICE_OBJECT* DeviceTable::base(DEVICE_OBJECT* device) {
  MutexLock lock(mutex_);
  DeviceRecord* record = find_locked(device);
  while (record && record->lower) record = find_locked(record->lower);
  return record ? record->object : nullptr;
}

std::vector<DEVICE_OBJECT*> DeviceTable::stack_of(DEVICE_OBJECT* device) {
  std::vector<DEVICE_OBJECT*> stack;
  DEVICE_OBJECT* at = base(device);
  MutexLock lock(mutex_);
  for (DeviceRecord* record = find_locked(at); record; record = find_locked(record->upper))
    stack.push_back(record->object);
  return stack;
}

void DeviceTable::add_open_file(DEVICE_OBJECT* device) {
  MutexLock lock(mutex_);
  if (DeviceRecord* record = find_locked(device)) device->ReferenceCount = static_cast<LONG>(++record->open_files);
}

void DeviceTable::remove_open_file(DEVICE_OBJECT* device) {
  bool free_now = false, last = false;
  {
    MutexLock lock(mutex_);
    DeviceRecord* record = find_locked(device);
    if (!record || record->open_files == 0) return;
    device->ReferenceCount = static_cast<LONG>(--record->open_files);
    last = record->open_files == 0;
    free_now = last && record->deleted;
  }
  if (free_now) (void)current<kernel::Services>().objects().dereference(device, "IoDeleteDevice");
  if (last) io_.pnp().last_file_closed(device);
}

std::optional<DeviceRecord> DeviceTable::find(const DEVICE_OBJECT* device) {
  MutexLock lock(mutex_);
  DeviceRecord* record = find_locked(device);
  return record ? std::optional(*record) : std::nullopt;
}

bool DeviceTable::is_live(const DEVICE_OBJECT* device) {
  MutexLock lock(mutex_);
  return find_locked(device) != nullptr;
}

DRIVER_OBJECT* DeviceTable::driver_of(const DEVICE_OBJECT* device) {
  MutexLock lock(mutex_);
  DeviceRecord* record = find_locked(device);
  return record ? record->driver : nullptr;
}

DEVICE_OBJECT* DeviceTable::find_by_path(std::u16string_view path, std::u16string& rest) {
  MutexLock lock(mutex_);
  const DeviceRecord* best = nullptr;
  for (const auto& [object, record] : records_) {
    const std::u16string& name = record.name;
    if (name.empty() || record.deleted || path.size() < name.size()) continue;
    if (!kernel::equal_ignoring_case(path.substr(0, name.size()), name)) continue;
    if (path.size() > name.size() && path[name.size()] != u'\\') continue;
    if (!best || name.size() > best->name.size()) best = &record;
  }
  if (!best) return nullptr;
  rest = path.substr(best->name.size());
  return best->object;
}

std::vector<DEVICE_OBJECT*> DeviceTable::of_driver(const DRIVER_OBJECT* driver) {
  std::vector<std::pair<uint64_t, DEVICE_OBJECT*>> found;
  {
    MutexLock lock(mutex_);
    for (const auto& [object, record] : records_)
      if (!driver || record.driver == driver) found.emplace_back(record.serial, record.object);
  }
  // Addresses differ from run to run; the order must not.
  std::ranges::sort(found);
  std::vector<DEVICE_OBJECT*> devices;
  for (const auto& [serial, object] : found) devices.push_back(object);
  return devices;
}

}  // namespace portside::io
