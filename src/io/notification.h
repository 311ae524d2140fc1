#pragma once
// Notifications: IoRegisterPlugPlayNotification. Interface arrival and removal are told from a work item at PASSIVE_LEVEL;
// with PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES the existing ones are told before the registration returns.

#include <wdm.h>

#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/result.h"
#include "base/stack.h"

namespace portside::io {

class Io;

class Notifications {
 public:
  explicit Notifications(Io& io) : io_(io) {}

  Result<void*> add(IO_NOTIFICATION_EVENT_CATEGORY category, ULONG flags, void* data, DRIVER_OBJECT* driver,
                    DRIVER_NOTIFICATION_CALLBACK_ROUTINE* callback, void* context);
  Result<> remove(void* entry);
  // What the driver left registered is told and removed.
  void driver_unloaded(DRIVER_OBJECT* driver);
  // Queues a work item for each of the category's registrations.
  void interface_changed(const GUID& category, std::u16string_view symbolic_link, bool arrived);

 private:
  struct Telling;
  struct Entry {
    IO_NOTIFICATION_EVENT_CATEGORY category;
    GUID interface_class{};
    DRIVER_OBJECT* driver;
    DRIVER_NOTIFICATION_CALLBACK_ROUTINE* callback;
    void* context;
    bool removed = false;
    StackTrace registered_at;
  };
  static NTSTATUS tell(const Entry& entry, const GUID& category, std::u16string_view symbolic_link, bool arrived);

  Io& io_;
  Mutex mutex_;
  std::list<std::shared_ptr<Entry>> entries_ GUARDED_BY(mutex_);
};

}  // namespace portside::io
