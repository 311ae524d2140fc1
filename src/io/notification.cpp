#include "io/notification.h"

#include <algorithm>

#include "io/io.h"
#include "io/text.h"
#include "kernel/kernel.h"
#include "kernel/work_queue.h"

namespace portside::io {

namespace {
// GUID_DEVICE_INTERFACE_ARRIVAL and GUID_DEVICE_INTERFACE_REMOVAL differ in one digit.
constexpr GUID change_guid(bool arrived) {
  return {arrived ? 0xcb3a4004u : 0xcb3a4005u, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
}
}  // namespace

struct Notifications::Telling {
  std::shared_ptr<Entry> entry;
  GUID category;
  std::u16string symbolic_link;
  bool arrived;
};

Result<void*> Notifications::add(IO_NOTIFICATION_EVENT_CATEGORY category, ULONG flags, void* data,
                                 DRIVER_OBJECT* driver, DRIVER_NOTIFICATION_CALLBACK_ROUTINE* callback, void* context) {
  if (!callback || !io_.drivers().find(driver))
    return fail(StatusCode::kInvalidParameter, "no callback, or no driver object");
  auto entry = std::make_shared<Entry>();
  entry->category = category;
  entry->driver = driver;
  entry->callback = callback;
  entry->context = context;
  if (io_.options().verify) entry->registered_at = capture_stack();
  if (category == EventCategoryDeviceInterfaceChange) {
    if (!data) return fail(StatusCode::kInvalidParameter, "no interface class");
    entry->interface_class = *static_cast<const GUID*>(data);
  }
  {
    MutexLock lock(mutex_);
    entries_.push_back(entry);
  }
  if (category == EventCategoryDeviceInterfaceChange &&
      (flags & PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES))
    for (const DeviceInterface& i : io_.interfaces().interfaces(entry->interface_class))
      (void)tell(*entry, i.category, i.symbolic_link, true);
  return static_cast<void*>(entry.get());
}

Result<> Notifications::remove(void* cookie) {
  MutexLock lock(mutex_);
  auto it = std::ranges::find_if(entries_, [&](const auto& e) { return e.get() == cookie; });
  if (it == entries_.end()) return fail(StatusCode::kInvalidParameter, "not a notification entry");
  (*it)->removed = true;
  entries_.erase(it);
  return {};
}

void Notifications::driver_unloaded(DRIVER_OBJECT* driver) {
  std::vector<std::shared_ptr<Entry>> left;
  {
    MutexLock lock(mutex_);
    for (const auto& e : entries_)
      if (e->driver == driver) left.push_back(e);
    std::erase_if(entries_, [&](const auto& e) { return e->driver == driver; });
  }
  for (const auto& entry : left) {
    entry->removed = true;
    io_.misuse(IoMisuse::kNotificationLeft, "DriverUnload", entry.get(),
               "DriverUnload has returned, and a plug and play notification of the driver's is still registered",
               {.made_at = entry->registered_at});
  }
}

void Notifications::interface_changed(const GUID& category, std::u16string_view symbolic_link, bool arrived) {
  std::vector<std::shared_ptr<Entry>> told;
  {
    MutexLock lock(mutex_);
    for (const auto& e : entries_)
      if (e->category == EventCategoryDeviceInterfaceChange && IsEqualGUID(e->interface_class, category))
        told.push_back(e);
  }
  for (auto& entry : told) {
    auto run = [](void* context) {
      std::unique_ptr<Telling> telling(static_cast<Telling*>(context));
      if (!telling->entry->removed)
        (void)tell(*telling->entry, telling->category, telling->symbolic_link, telling->arrived);
    };
    auto* telling = new Telling{std::move(entry), category, std::u16string(symbolic_link), arrived};
    current<kernel::Kernel>().work_queue().queue(
        {.routine = run, .context = telling, .item = nullptr, .api = "IoRegisterPlugPlayNotification"});
  }
}

NTSTATUS Notifications::tell(const Entry& entry, const GUID& category, std::u16string_view symbolic_link,
                             bool arrived) {
  std::u16string link(symbolic_link);
  UNICODE_STRING name = unicode_over(link);
  DEVICE_INTERFACE_CHANGE_NOTIFICATION notification{};
  notification.Version = 1;
  notification.Size = sizeof notification;
  notification.Event = change_guid(arrived);
  notification.InterfaceClassGuid = category;
  notification.SymbolicLinkName = &name;
  return entry.callback(&notification, entry.context);
}

}  // namespace portside::io
