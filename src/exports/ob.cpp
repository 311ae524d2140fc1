// Objects, handles and event objects, over kernel/object.h.

#include <cstring>

#include "exports/api.h"
#include "kernel/dispatcher.h"
#include "kernel/driver_objects.h"
#include "kernel/event_object.h"
#include "kernel/kernel.h"

using namespace portside;
using namespace portside::exports;
namespace object_types = portside::kernel::object_types;

namespace {

kernel::ObjectDirectory& objects() { return services().objects(); }
kernel::Dispatcher& dispatcher() { return current<kernel::Kernel>().dispatcher(); }

LONG_PTR reference(const char* api, PVOID object) {
  ApiScope scope(api, kPassiveLevel, kDispatchLevel);
  return kernel::reference_for_driver(objects(), object, api);
}
LONG_PTR dereference(const char* api, PVOID object) {
  ApiScope scope(api, kPassiveLevel, kDispatchLevel);
  return kernel::dereference_for_driver(current<kernel::Kernel>(), objects(), object, api);
}

NTSTATUS close(const char* api, HANDLE handle) {
  return status_of(kernel::close_for_driver(current<kernel::Kernel>(), objects(), handle, api));
}

// Io Create...Event: the event of that name, made if need be; new ones are signalled.
PKEVENT named_event(const char* api, PUNICODE_STRING name, PHANDLE handle, bool notification) {
  ApiScope scope(api, kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kObject, api)) return nullptr;
  const std::u16string text = copy_of(name);
  auto opened = kernel::open_event(objects(), services().pool(), dispatcher(),
                                   {.notification = notification, .signalled = true, .name = text}, true,
                                   EVENT_ALL_ACCESS, kernel::HandleKind::kKernel, api);
  if (!opened) return nullptr;
  *handle = opened->handle;
  return opened->event;
}

NTSTATUS create_event(const char* api, PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                      EVENT_TYPE type, BOOLEAN state) {
  ApiScope scope(api, kPassiveLevel, kPassiveLevel);
  if (!handle || (type != NotificationEvent && type != SynchronizationEvent)) return STATUS_INVALID_PARAMETER;
  if (made_to_fail(FailureKind::kObject, api)) return STATUS_INSUFFICIENT_RESOURCES;
  const std::u16string name = attributes ? copy_of(attributes->ObjectName) : std::u16string();
  const ULONG flags = attributes ? attributes->Attributes : 0;
  auto opened =
      kernel::open_event(objects(), services().pool(), dispatcher(),
                         {.notification = type == NotificationEvent, .signalled = state != FALSE, .name = name},
                         flags & OBJ_OPENIF, access, handle_kind(flags, api), api);
  if (!opened) return opened.error().nt();
  *handle = opened->handle;
  return opened->created ? STATUS_SUCCESS : STATUS_OBJECT_NAME_EXISTS;
}

// Calls `act` with the referenced event.
template <class Act>
NTSTATUS with_event(const char* api, HANDLE handle, Act act) {
  auto body = objects().reference_by_handle(handle, &object_types::kEvent, api);
  if (!body) return body.error().nt();
  act(static_cast<PKEVENT>(*body));
  (void)objects().dereference(*body, api);
  return STATUS_SUCCESS;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
                                         KPROCESSOR_MODE AccessMode, PVOID* Object,
                                         POBJECT_HANDLE_INFORMATION HandleInformation) {
  constexpr const char* kApi = "ObReferenceObjectByHandle";
  ApiScope scope(kApi, kPassiveLevel, kPassiveLevel);
  *Object = nullptr;
  // Its page names no want of resources: a handle that somebody has closed meanwhile.
  if (made_to_fail(FailureKind::kObject, kApi)) return STATUS_INVALID_HANDLE;
  const auto info = objects().find_handle(Handle);
  if (info) {
    // A kernel handle is not for a caller of user mode, whose access is also held against what was granted.
    if (AccessMode != KernelMode && info->kernel) return STATUS_INVALID_HANDLE;
    constexpr ACCESS_MASK kSpecific = 0x0000FFFF;
    if (AccessMode != KernelMode && !(info->access & (GENERIC_ALL | MAXIMUM_ALLOWED)) &&
        (DesiredAccess & kSpecific & ~info->access))
      return STATUS_ACCESS_DENIED;
  }
  auto body = objects().reference_by_handle(Handle, ObjectType, kApi);
  if (!body) return body.error().nt();
  if (HandleInformation) *HandleInformation = {0, info ? info->access : 0};
  *Object = *body;
  (void)objects().count_of_drivers(*body, 1);
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI ObReferenceObjectByHandleWithTag(HANDLE Handle, ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
                                                KPROCESSOR_MODE AccessMode, ULONG Tag, PVOID* Object,
                                                POBJECT_HANDLE_INFORMATION HandleInformation) {
  return ObReferenceObjectByHandle(Handle, DesiredAccess, ObjectType, AccessMode, Object, HandleInformation);
}
NTSTATUS NTAPI ObReferenceObjectByPointer(PVOID Object, ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
                                          KPROCESSOR_MODE AccessMode) {
  constexpr const char* kApi = "ObReferenceObjectByPointer";
  ApiScope scope(kApi, kPassiveLevel, kDispatchLevel);
  const auto info = objects().find(Object);
  if (info && !info->deleted && ObjectType && info->type != ObjectType) return STATUS_OBJECT_TYPE_MISMATCH;
  const Result<> referenced = objects().reference(Object, kApi);
  if (referenced) (void)objects().count_of_drivers(Object, 1);
  return status_of(referenced);
}
LONG_PTR NTAPI ObfReferenceObject(PVOID Object) { return reference("ObfReferenceObject", Object); }
LONG_PTR NTAPI ObfDereferenceObject(PVOID Object) { return dereference("ObfDereferenceObject", Object); }
VOID NTAPI ObDereferenceObjectDeferDelete(PVOID Object) { dereference("ObDereferenceObjectDeferDelete", Object); }
LONG_PTR NTAPI ObReferenceObjectWithTag(PVOID Object, ULONG Tag) {
  return reference("ObReferenceObjectWithTag", Object);
}
LONG_PTR NTAPI ObfReferenceObjectWithTag(PVOID Object, ULONG Tag) {
  return reference("ObfReferenceObjectWithTag", Object);
}
LONG_PTR NTAPI ObfDereferenceObjectWithTag(PVOID Object, ULONG Tag) {
  return dereference("ObfDereferenceObjectWithTag", Object);
}

NTSTATUS NTAPI ObOpenObjectByPointer(PVOID Object, ULONG HandleAttributes, PVOID PassedAccessState,
                                     ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                     PHANDLE Handle) {
  constexpr const char* kApi = "ObOpenObjectByPointer";
  ApiScope scope(kApi, kPassiveLevel, kApcLevel);
  if (made_to_fail(FailureKind::kObject, kApi)) return STATUS_INSUFFICIENT_RESOURCES;
  const auto info = objects().find(Object);
  if (info && !info->deleted && ObjectType && info->type != ObjectType) return STATUS_OBJECT_TYPE_MISMATCH;
  auto handle = objects().open_handle(Object, DesiredAccess, handle_kind(HandleAttributes, kApi), kApi);
  if (!handle) return handle.error().nt();
  *Handle = *handle;
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI ZwClose(HANDLE Handle) {
  ApiScope scope("ZwClose", kPassiveLevel, kPassiveLevel);
  return close("ZwClose", Handle);
}
NTSTATUS NTAPI ObCloseHandle(HANDLE Handle, KPROCESSOR_MODE PreviousMode) {
  ApiScope scope("ObCloseHandle", kPassiveLevel, kPassiveLevel);
  return close("ObCloseHandle", Handle);
}
NTSTATUS NTAPI ObQueryNameString(PVOID Object, POBJECT_NAME_INFORMATION ObjectNameInfo, ULONG Length,
                                 PULONG ReturnLength) {
  ApiScope scope("ObQueryNameString", kPassiveLevel, kPassiveLevel);
  const auto info = objects().find(Object);
  if (!info || info->deleted) return STATUS_INVALID_PARAMETER;
  const ULONG text = static_cast<ULONG>(info->name.size() * sizeof(WCHAR));
  // The structure, the name and its terminator (ObQueryNameString, ReturnLength); for a nameless object the structure.
  const ULONG needed = sizeof(OBJECT_NAME_INFORMATION) + (text ? text + sizeof(WCHAR) : 0);
  *ReturnLength = needed;
  if (Length < needed || !ObjectNameInfo) return STATUS_INFO_LENGTH_MISMATCH;
  auto* buffer = reinterpret_cast<PWCH>(ObjectNameInfo + 1);
  ObjectNameInfo->Name = {};
  if (!text) return STATUS_SUCCESS;
  std::memcpy(buffer, info->name.c_str(), text + sizeof(WCHAR));
  ObjectNameInfo->Name = {static_cast<USHORT>(text), static_cast<USHORT>(text + sizeof(WCHAR)), buffer};
  return STATUS_SUCCESS;
}
POBJECT_TYPE NTAPI ObGetObjectType(PVOID Object) {
  ApiScope scope("ObGetObjectType", kPassiveLevel, kDispatchLevel);
  const auto info = objects().find(Object);
  return info && !info->deleted ? info->type : nullptr;
}

PKEVENT NTAPI IoCreateNotificationEvent(PUNICODE_STRING EventName, PHANDLE EventHandle) {
  return named_event("IoCreateNotificationEvent", EventName, EventHandle, true);
}
PKEVENT NTAPI IoCreateSynchronizationEvent(PUNICODE_STRING EventName, PHANDLE EventHandle) {
  return named_event("IoCreateSynchronizationEvent", EventName, EventHandle, false);
}
NTSTATUS NTAPI ZwCreateEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                             EVENT_TYPE EventType, BOOLEAN InitialState) {
  return create_event("ZwCreateEvent", EventHandle, DesiredAccess, ObjectAttributes, EventType, InitialState);
}
NTSTATUS NTAPI ZwOpenEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes) {
  constexpr const char* kApi = "ZwOpenEvent";
  ApiScope scope(kApi, kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kObject, kApi)) return STATUS_INSUFFICIENT_RESOURCES;
  auto body = objects().reference_by_name(copy_of(ObjectAttributes->ObjectName), &object_types::kEvent);
  if (!body) return body.error().nt();
  auto handle = objects().open_handle(*body, DesiredAccess, handle_kind(ObjectAttributes->Attributes, kApi), kApi);
  (void)objects().dereference(*body, kApi);
  if (!handle) return handle.error().nt();
  *EventHandle = *handle;
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI ZwSetEvent(HANDLE EventHandle, PLONG PreviousState) {
  ApiScope scope("ZwSetEvent", kPassiveLevel, kPassiveLevel);
  LONG previous = 0;
  const NTSTATUS status = with_event("ZwSetEvent", EventHandle,
                                     [&](PKEVENT event) { previous = dispatcher().set_event(event, "ZwSetEvent"); });
  if (NT_SUCCESS(status) && PreviousState) *PreviousState = previous;
  return status;
}
NTSTATUS NTAPI ZwResetEvent(HANDLE EventHandle, PLONG PreviousState) {
  ApiScope scope("ZwResetEvent", kPassiveLevel, kPassiveLevel);
  LONG previous = 0;
  const NTSTATUS status =
      with_event("ZwResetEvent", EventHandle, [&](PKEVENT event) { previous = dispatcher().reset_event(event); });
  if (NT_SUCCESS(status) && PreviousState) *PreviousState = previous;
  return status;
}
NTSTATUS NTAPI ZwClearEvent(HANDLE EventHandle) {
  ApiScope scope("ZwClearEvent", kPassiveLevel, kPassiveLevel);
  return with_event("ZwClearEvent", EventHandle, [](PKEVENT event) { dispatcher().reset_event(event); });
}
NTSTATUS NTAPI ZwWaitForSingleObject(HANDLE Handle, BOOLEAN Alertable, PLARGE_INTEGER Timeout) {
  constexpr const char* kApi = "ZwWaitForSingleObject";
  ApiScope scope(kApi, kPassiveLevel, kPassiveLevel);
  std::optional<int64_t> timeout;
  if (Timeout) timeout = Timeout->QuadPart;
  auto body = objects().reference_by_handle(Handle, nullptr, kApi);
  if (!body) return body.error().nt();
  const auto info = objects().find(*body);
  const kernel::ObjectType* type = info ? info->type : nullptr;
  NTSTATUS status = STATUS_OBJECT_TYPE_MISMATCH;
  if (type == &object_types::kEvent || type == &object_types::kThread || type == &object_types::kMutant ||
      type == &object_types::kSemaphore || type == &object_types::kTimer) {
    kernel::WaitRequest request;
    void* const waited[] = {*body};
    request.objects = waited;
    request.alertable = Alertable;
    request.timeout_hns = timeout;
    request.api = kApi;
    status = dispatcher().wait(request);
  }
  (void)objects().dereference(*body, kApi);
  return status;
}
NTSTATUS NTAPI ZwMakeTemporaryObject(HANDLE Handle) {
  ApiScope scope("ZwMakeTemporaryObject", kPassiveLevel, kPassiveLevel);
  return status_of(objects().find_handle(Handle));  // every object here lives as long as it is referenced
}

}  // extern "C"

namespace {
POBJECT_TYPE event_type = &object_types::kEvent;
POBJECT_TYPE semaphore_type = &object_types::kSemaphore;
POBJECT_TYPE file_type = &object_types::kFile;
POBJECT_TYPE thread_type = &object_types::kThread;
POBJECT_TYPE process_type = &object_types::kProcess;
POBJECT_TYPE key_type = &object_types::kKey;
POBJECT_TYPE device_type = &object_types::kDevice;
POBJECT_TYPE driver_type = &object_types::kDriver;
POBJECT_TYPE token_type = &object_types::kToken;
}  // namespace

// On the host these are pointers to what a driver's import slot points to.
extern "C" {
POBJECT_TYPE* ExEventObjectType = &event_type;
POBJECT_TYPE* ExSemaphoreObjectType = &semaphore_type;
POBJECT_TYPE* IoFileObjectType = &file_type;
POBJECT_TYPE* PsThreadType = &thread_type;
POBJECT_TYPE* PsProcessType = &process_type;
POBJECT_TYPE* SeTokenObjectType = &token_type;
}

namespace portside::exports {
namespace {
constexpr char kTags[] = "tags of references are not kept";
const Export kObRows[] = {
    EXPORT(NtosKrnl, ObReferenceObjectByHandle),
    EXPORT_PARTIAL(NtosKrnl, ObReferenceObjectByHandleWithTag, kTags),
    EXPORT(NtosKrnl, ObReferenceObjectByPointer),
    EXPORT(NtosKrnl, ObfReferenceObject),
    EXPORT(NtosKrnl, ObfDereferenceObject),
    EXPORT_AS(NtosKrnl, "ObDereferenceObject", ObfDereferenceObject),
    EXPORT_PARTIAL(NtosKrnl, ObDereferenceObjectDeferDelete, "the object is deleted at once"),
    EXPORT_PARTIAL(NtosKrnl, ObfReferenceObjectWithTag, kTags),
    EXPORT_PARTIAL(NtosKrnl, ObfDereferenceObjectWithTag, kTags),
    EXPORT_PARTIAL(NtosKrnl, ObOpenObjectByPointer, "no access is checked"),
    EXPORT(NtosKrnl, ZwClose),
    EXPORT(NtosKrnl, ObCloseHandle),
    EXPORT(NtosKrnl, ObQueryNameString),
    EXPORT(NtosKrnl, ObGetObjectType),
    EXPORT(NtosKrnl, IoCreateNotificationEvent),
    EXPORT(NtosKrnl, IoCreateSynchronizationEvent),
    EXPORT(NtosKrnl, ZwCreateEvent),
    EXPORT(NtosKrnl, ZwOpenEvent),
    EXPORT(NtosKrnl, ZwSetEvent),
    EXPORT(NtosKrnl, ZwResetEvent),
    EXPORT(NtosKrnl, ZwClearEvent),
    EXPORT_PARTIAL(NtosKrnl, ZwWaitForSingleObject, "files and processes cannot be waited for"),
    EXPORT_PARTIAL(NtosKrnl, ZwMakeTemporaryObject, "there are no permanent objects"),
    EXPORT_DATA(NtosKrnl, "ExEventObjectType", &event_type),
    EXPORT_DATA(NtosKrnl, "ExSemaphoreObjectType", &semaphore_type),
    EXPORT_DATA(NtosKrnl, "IoFileObjectType", &file_type),
    EXPORT_DATA(NtosKrnl, "PsThreadType", &thread_type),
    EXPORT_DATA(NtosKrnl, "PsProcessType", &process_type),
    EXPORT_DATA(NtosKrnl, "CmKeyObjectType", &key_type),
    EXPORT_DATA(NtosKrnl, "IoDeviceObjectType", &device_type),
    EXPORT_DATA(NtosKrnl, "IoDriverObjectType", &driver_type),
    EXPORT_DATA(NtosKrnl, "SeTokenObjectType", &token_type),
};
}  // namespace
const ExportSet kObExports{kObRows};
}  // namespace portside::exports
