// Callback objects (wdm: ExCreateCallback, "Callback Objects"): named notifications between drivers, and the system's own.

#include <algorithm>
#include <memory>
#include <vector>

#include "exports/api.h"
#include "kernel/kernel.h"

using namespace portside;
using namespace portside::exports;

struct _CALLBACK_OBJECT {
  struct Registration {
    PCALLBACK_OBJECT object;
    PCALLBACK_FUNCTION function;
    PVOID context;
    int running = 0;
    bool removed = false;
  };
  bool many = false;
  Mutex mutex;
  std::vector<std::unique_ptr<Registration>> registrations;
};

namespace {

using Registration = _CALLBACK_OBJECT::Registration;

}  // namespace

extern "C" {

NTSTATUS NTAPI ExCreateCallback(PCALLBACK_OBJECT* CallbackObject, POBJECT_ATTRIBUTES ObjectAttributes, BOOLEAN Create,
                                BOOLEAN AllowMultipleCallbacks) {
  constexpr const char* kApi = "ExCreateCallback";
  ApiScope scope(kApi, kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kObject, kApi)) return STATUS_INSUFFICIENT_RESOURCES;
  const std::u16string name = ObjectAttributes ? copy_of(ObjectAttributes->ObjectName) : std::u16string();
  auto& objects = services().objects();
  if (!name.empty()) {
    if (auto known = objects.reference_by_name(name, &kernel::object_types::kCallback)) {
      *CallbackObject = static_cast<PCALLBACK_OBJECT>(*known);
      return STATUS_SUCCESS;
    } else if (!Create || !(known.error() == StatusCode::kObjectNameNotFound)) {
      return known.error().nt();
    }
  } else if (!Create) {
    return STATUS_UNSUCCESSFUL;
  }
  auto object = std::make_unique<_CALLBACK_OBJECT>();
  object->many = AllowMultipleCallbacks;
  auto inserted = objects.insert(
      {.type = &kernel::object_types::kCallback, .body = object.get(), .name = name, .on_delete = [](void* body) {
         delete static_cast<_CALLBACK_OBJECT*>(body);
       }});
  if (!inserted) return inserted.error().nt();
  *CallbackObject = object.release();
  return STATUS_SUCCESS;
}
PVOID NTAPI ExRegisterCallback(PCALLBACK_OBJECT CallbackObject, PCALLBACK_FUNCTION CallbackFunction,
                               PVOID CallbackContext) {
  constexpr const char* kApi = "ExRegisterCallback";
  ApiScope scope(kApi, kPassiveLevel, kApcLevel);
  if (made_to_fail(FailureKind::kObject, kApi)) return nullptr;
  if (!CallbackFunction || !services().objects().reference(CallbackObject, kApi)) return nullptr;
  current<kernel::Kernel>().gives(CallbackObject);
  auto made = std::make_unique<Registration>(Registration{CallbackObject, CallbackFunction, CallbackContext});
  Registration* registration = made.get();
  bool refused = false;
  {
    MutexLock lock(CallbackObject->mutex);
    // Remarks: NULL when the object does not allow several and has one.
    refused = !CallbackObject->many && !CallbackObject->registrations.empty();
    if (!refused) CallbackObject->registrations.push_back(std::move(made));
  }
  if (!refused) return registration;
  (void)services().objects().dereference(CallbackObject, kApi);
  return nullptr;
}
VOID NTAPI ExUnregisterCallback(PVOID CallbackRegistration) {
  constexpr const char* kApi = "ExUnregisterCallback";
  ApiScope scope(kApi, kPassiveLevel, kApcLevel);
  if (!CallbackRegistration) return;
  auto* registration = static_cast<Registration*>(CallbackRegistration);
  PCALLBACK_OBJECT object = registration->object;
  {
    MutexLock lock(object->mutex);
    registration->removed = true;
  }
  // The routine is not running any more once this has returned.
  current<kernel::Kernel>().yield_until(
      [&] {
        MutexLock lock(object->mutex);
        return registration->running == 0;
      },
      kApi);
  current<kernel::Kernel>().takes(kernel::end_of(object));
  {
    MutexLock lock(object->mutex);
    std::erase_if(object->registrations, [&](const auto& r) { return r.get() == registration; });
  }
  (void)services().objects().dereference(object, kApi);
}
VOID NTAPI ExNotifyCallback(PVOID CallbackObject, PVOID Argument1, PVOID Argument2) {
  ApiScope scope("ExNotifyCallback", kPassiveLevel, kDispatchLevel);
  auto* object = static_cast<PCALLBACK_OBJECT>(CallbackObject);
  std::vector<Registration*> called;
  {
    MutexLock lock(object->mutex);
    for (auto& registration : object->registrations) {
      if (registration->removed) continue;
      ++registration->running;
      called.push_back(registration.get());
    }
  }
  current<kernel::Kernel>().takes(object);
  // In the order of registration.
  for (Registration* registration : called) {
    registration->function(registration->context, Argument1, Argument2);
    current<kernel::Kernel>().gives(kernel::end_of(object));
    MutexLock lock(object->mutex);
    --registration->running;
  }
}

}  // extern "C"

namespace portside::exports {
namespace {
constexpr char kNobody[] =
    "the system's own callback objects (\\Callback\\PowerState, ...) are made by the first who asks, and never "
    "notified";
const Export kExCallbackRows[] = {
    EXPORT_PARTIAL(NtosKrnl, ExCreateCallback, kNobody),
    EXPORT(NtosKrnl, ExRegisterCallback),
    EXPORT(NtosKrnl, ExUnregisterCallback),
    EXPORT(NtosKrnl, ExNotifyCallback),
};
}  // namespace
const ExportSet kExCallbackExports{kExCallbackRows};
}  // namespace portside::exports
