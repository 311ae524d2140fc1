#include "io/device_interface.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/io.h"
#include "io/text.h"
#include "kernel/services.h"
#include "kernel/unicode.h"

namespace portside::io {

namespace {

constexpr std::u16string_view kRoot = u"\\??\\";
constexpr std::u16string_view kDeviceClasses =
    u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\DeviceClasses\\";

// ROOT\MEDIA\0000 -> ROOT#MEDIA#0000
std::u16string with_hashes(std::u16string_view instance_path) {
  std::u16string out(instance_path);
  std::ranges::replace(out, u'\\', u'#');
  return out;
}

// What the symbolic link object is called: the link without its reference string.
std::u16string_view base_of(std::u16string_view link) {
  size_t end = link.find(u'\\', kRoot.size());
  return end == std::u16string_view::npos ? link : link.substr(0, end);
}

// \\?\ and \DosDevices\ are other ways to write \??\.
std::u16string normalised(std::u16string_view link) {
  for (std::u16string_view prefix : {u"\\\\?\\", u"\\\\.\\", u"\\DosDevices\\"})
    if (link.size() > prefix.size() && kernel::equal_ignoring_case(link.substr(0, prefix.size()), prefix))
      return std::u16string(kRoot) + std::u16string(link.substr(prefix.size()));
  return std::u16string(link);
}

}  // namespace

DeviceInterface* InterfaceTable::find_locked(std::u16string_view symbolic_link) {
  std::u16string link = normalised(symbolic_link);
  for (DeviceInterface& i : interfaces_)
    if (kernel::equal_ignoring_case(i.symbolic_link, link)) return &i;
  return nullptr;
}

Result<std::u16string> InterfaceTable::register_interface(DEVICE_OBJECT* pdo, const GUID& category,
                                                          std::u16string_view reference, bool* existed) {
  if (existed) *existed = false;
  DeviceNode* node = io_.pnp().find(pdo);
  if (!node) {
    io_.misuse(IoMisuse::kUnknownDevice, "IoRegisterDeviceInterface", pdo,
               "PhysicalDeviceObject is not the PDO of a device that plug and play enumerated");
    return fail(StatusCode::kInvalidDeviceRequest, "IoRegisterDeviceInterface: not a PDO");
  }
  // IoRegisterDeviceInterface, ReferenceString: "must not contain any path separator characters ("/" or "\")."
  if (reference.find_first_of(u"\\/") != std::u16string_view::npos) {
    io_.misuse(IoMisuse::kBadArgument, "IoRegisterDeviceInterface", pdo,
               "the reference string contains a path separator");
    return fail(StatusCode::kInvalidDeviceRequest,
                "IoRegisterDeviceInterface: a path separator in the reference string");
  }
  DeviceInterface i;
  i.category = category;
  i.reference = reference;
  i.pdo = pdo;
  i.symbolic_link = std::u16string(kRoot) + with_hashes(node->instance_path) + u"#" + text_of(category);
  if (!reference.empty()) i.symbolic_link += u"\\" + i.reference;
  if (i.symbolic_link.size() > UNICODE_STRING_MAX_CHARS - 1)
    return fail(StatusCode::kInvalidParameter, "IoRegisterDeviceInterface: the reference string is too long");
  {
    MutexLock lock(mutex_);
    if (DeviceInterface* known = find_locked(i.symbolic_link)) {
      if (existed) *existed = true;
      return known->symbolic_link;
    }
    interfaces_.push_back(i);
  }
  if (auto path = registry_path(i.symbolic_link)) {
    auto& registry = current<kernel::Services>().registry();
    (void)registry.create(nullptr, *path, false, true);
  }
  return i.symbolic_link;
}

void InterfaceTable::asked_for_by_driver(std::u16string_view symbolic_link) {
  MutexLock lock(mutex_);
  if (DeviceInterface* i = find_locked(symbolic_link)) i->asked_for_by_driver = true;
}

void InterfaceTable::key_opened_by_driver(std::u16string_view symbolic_link) {
  MutexLock lock(mutex_);
  if (DeviceInterface* i = find_locked(symbolic_link)) i->key_opened_by_driver = true;
}

Result<NTSTATUS> InterfaceTable::set_state(std::u16string_view symbolic_link, bool enable) {
  DeviceInterface changed;
  bool tell = false;
  bool first = true;  // of the interfaces that share a symbolic link object
  {
    MutexLock lock(mutex_);
    DeviceInterface* i = find_locked(symbolic_link);
    if (!i) return fail(StatusCode::kObjectNameNotFound, fmt::format("no device interface {}", narrow(symbolic_link)));
    // IoSetDeviceInterfaceState, Return value.
    if (enable && i->enabled) return STATUS_OBJECT_NAME_EXISTS;
    if (!enable && !i->enabled)
      return fail(StatusCode::kObjectNameNotFound, fmt::format("{} is disabled already", narrow(symbolic_link)));
    for (const DeviceInterface& other : interfaces_)
      if (&other != i && other.enabled &&
          kernel::equal_ignoring_case(base_of(other.symbolic_link), base_of(i->symbolic_link)))
        first = false;
    i->enabled = enable;
    changed = *i;
  }
  // IoSetDeviceInterfaceState, Remarks: arrivals are not told before IRP_MN_START_DEVICE has completed.
  DeviceNode* node = io_.pnp().find(changed.pdo);
  tell = enable ? node && node->state == PnpState::kStarted : changed.announced;
  {
    MutexLock lock(mutex_);
    if (DeviceInterface* i = find_locked(symbolic_link)) i->announced = enable && tell;
  }
  auto& objects = current<kernel::Services>().objects();
  if (first && enable) {
    auto device = io_.devices().find(changed.pdo);
    if (device) (void)objects.create_symbolic_link(base_of(changed.symbolic_link), device->name);
  } else if (first) {
    (void)objects.delete_symbolic_link(base_of(changed.symbolic_link));
  }
  io_.observers().notify(&IoObserver::on_interface, InterfaceEvent{changed.category, changed.symbolic_link, enable});
  if (tell) io_.notifications().interface_changed(changed.category, changed.symbolic_link, enable);
  return STATUS_SUCCESS;
}

std::vector<DeviceInterface> InterfaceTable::interfaces(const GUID& category, DEVICE_OBJECT* pdo, bool disabled_too) {
  std::vector<DeviceInterface> found;
  MutexLock lock(mutex_);
  for (const DeviceInterface& i : interfaces_)
    if (IsEqualGUID(i.category, category) && (!pdo || i.pdo == pdo) && (i.enabled || disabled_too)) found.push_back(i);
  return found;
}

std::vector<DeviceInterface> InterfaceTable::all() {
  MutexLock lock(mutex_);
  return {interfaces_.begin(), interfaces_.end()};
}

std::optional<DeviceInterface> InterfaceTable::find(std::u16string_view symbolic_link) {
  MutexLock lock(mutex_);
  DeviceInterface* i = find_locked(symbolic_link);
  return i ? std::optional(*i) : std::nullopt;
}

Result<std::u16string> InterfaceTable::alias(std::u16string_view symbolic_link, const GUID& category) {
  MutexLock lock(mutex_);
  DeviceInterface* i = find_locked(symbolic_link);
  if (!i) return fail(StatusCode::kInvalidHandle, fmt::format("no device interface {}", narrow(symbolic_link)));
  for (const DeviceInterface& other : interfaces_)
    if (other.pdo == i->pdo && IsEqualGUID(other.category, category) &&
        kernel::equal_ignoring_case(other.reference, i->reference))
      return other.symbolic_link;
  return fail(StatusCode::kObjectNameNotFound, "the interface has no alias of that category");
}

Result<std::u16string> InterfaceTable::registry_path(std::u16string_view symbolic_link) {
  MutexLock lock(mutex_);
  DeviceInterface* i = find_locked(symbolic_link);
  if (!i) return fail(StatusCode::kObjectNameNotFound, fmt::format("no device interface {}", narrow(symbolic_link)));
  std::u16string_view base = base_of(i->symbolic_link).substr(kRoot.size());
  return std::u16string(kDeviceClasses) + text_of(i->category) + u"\\##?#" + std::u16string(base) + u"\\#" +
         i->reference + u"\\Device Parameters";
}

void InterfaceTable::device_started(DEVICE_OBJECT* pdo) {
  std::vector<DeviceInterface> arrived;
  {
    MutexLock lock(mutex_);
    for (DeviceInterface& i : interfaces_) {
      if (i.pdo != pdo || !i.enabled || i.announced) continue;
      i.announced = true;
      arrived.push_back(i);
    }
  }
  for (const DeviceInterface& i : arrived) io_.notifications().interface_changed(i.category, i.symbolic_link, true);
}

void InterfaceTable::device_gone(DEVICE_OBJECT* pdo, bool forget) {
  std::vector<std::u16string> enabled;
  {
    MutexLock lock(mutex_);
    for (const DeviceInterface& i : interfaces_)
      if (i.pdo == pdo && i.enabled) enabled.push_back(i.symbolic_link);
  }
  for (const std::u16string& link : enabled) (void)set_state(link, false);
  if (!forget) return;
  MutexLock lock(mutex_);
  interfaces_.remove_if([&](const DeviceInterface& i) { return i.pdo == pdo; });
}

}  // namespace portside::io
