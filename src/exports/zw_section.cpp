// Section objects and their views, over kernel/section.h.

#include "exports/api.h"
#include "kernel/section.h"
#include "memory/memory.h"

using namespace portside;
using namespace portside::exports;
namespace object_types = portside::kernel::object_types;
using kernel::SectionObject;
using kernel::SectionViews;

namespace {

constexpr uint64_t kGranularity = 0x10000;  // "rounded down to the next allocation-granularity size boundary"

SectionViews& views() { return services().state<SectionViews>(); }

bool is_protection(ULONG protection) {
  const ULONG access = protection & 0xFF;
  return access && !(access & (access - 1)) && access != PAGE_NOACCESS;
}

NTSTATUS map_view(const std::shared_ptr<kernel::Section>& section, uint64_t offset, PVOID* base, PSIZE_T bytes) {
  auto view = views().map(section, offset, *bytes);
  if (!view) return view.error().nt();
  *base = view->base.pointer();
  *bytes = view->bytes;
  return STATUS_SUCCESS;
}

// The one process there is: by its pseudo handle, or by a handle of its own.
NTSTATUS check_process(HANDLE process, const char* api) {
  auto body = services().objects().reference_by_handle(process, &object_types::kProcess, api);
  if (!body) return body.error().nt();
  (void)services().objects().dereference(*body, api);
  return STATUS_SUCCESS;
}

POBJECT_TYPE section_type = &object_types::kSection;

}  // namespace

POBJECT_TYPE* MmSectionObjectType = &section_type;

extern "C" {

NTSTATUS NTAPI ZwCreateSection(PHANDLE SectionHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                               PLARGE_INTEGER MaximumSize, ULONG SectionPageProtection, ULONG AllocationAttributes,
                               HANDLE FileHandle) {
  ApiScope scope("ZwCreateSection", kPassiveLevel, kPassiveLevel);
  if (!SectionHandle) return STATUS_INVALID_PARAMETER_1;
  if (FileHandle) return STATUS_NOT_IMPLEMENTED;
  // "If FileHandle is NULL, MaximumSize must be non-NULL."
  if (!MaximumSize || MaximumSize->QuadPart <= 0) return STATUS_INVALID_PARAMETER_4;
  if (!is_protection(SectionPageProtection)) return STATUS_INVALID_PAGE_PROTECTION;
  if (AllocationAttributes & SEC_IMAGE || !(AllocationAttributes & (SEC_COMMIT | SEC_RESERVE)))
    return STATUS_INVALID_PARAMETER_6;
  if (made_to_fail(FailureKind::kPages, "ZwCreateSection")) return STATUS_INSUFFICIENT_RESOURCES;
  const std::u16string name = ObjectAttributes ? copy_of(ObjectAttributes->ObjectName) : std::u16string();
  const ULONG flags = ObjectAttributes ? ObjectAttributes->Attributes : 0;
  auto opened = kernel::open_section(services().objects(), current<memory::Memory>(), name,
                                     static_cast<uint64_t>(MaximumSize->QuadPart), flags & OBJ_OPENIF, DesiredAccess,
                                     handle_kind(flags, "ZwCreateSection"), "ZwCreateSection");
  if (!opened) return opened.error().nt();
  *SectionHandle = opened->handle;
  return opened->created ? STATUS_SUCCESS : STATUS_OBJECT_NAME_EXISTS;
}

NTSTATUS NTAPI ZwOpenSection(PHANDLE SectionHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes) {
  ApiScope scope("ZwOpenSection", kPassiveLevel, kPassiveLevel);
  if (!SectionHandle || !ObjectAttributes || !ObjectAttributes->ObjectName) return STATUS_INVALID_PARAMETER;
  auto body = services().objects().reference_by_name(copy_of(ObjectAttributes->ObjectName), &object_types::kSection);
  if (!body) return body.error().nt();
  auto handle = services().objects().open_handle(
      *body, DesiredAccess, handle_kind(ObjectAttributes->Attributes, "ZwOpenSection"), "ZwOpenSection");
  (void)services().objects().dereference(*body, "ZwOpenSection");
  if (!handle) return handle.error().nt();
  *SectionHandle = *handle;
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI ZwMapViewOfSection(HANDLE SectionHandle, HANDLE ProcessHandle, PVOID* BaseAddress, ULONG_PTR ZeroBits,
                                  SIZE_T CommitSize, PLARGE_INTEGER SectionOffset, PSIZE_T ViewSize,
                                  SECTION_INHERIT InheritDisposition, ULONG AllocationType, ULONG Win32Protect) {
  constexpr char kApi[] = "ZwMapViewOfSection";
  ApiScope scope(kApi, kPassiveLevel, kPassiveLevel);
  if (!BaseAddress || !ViewSize) return STATUS_INVALID_PARAMETER;
  if (!is_protection(Win32Protect)) return STATUS_INVALID_PAGE_PROTECTION;
  // "The value of this parameter must be less than 21."
  if (ZeroBits >= 21) return STATUS_INVALID_PARAMETER_4;
  if (InheritDisposition != ViewShare && InheritDisposition != ViewUnmap) return STATUS_INVALID_PARAMETER_8;
  if (AllocationType & ~ULONG{MEM_LARGE_PAGES | MEM_RESERVE | MEM_TOP_DOWN}) return STATUS_INVALID_PARAMETER_9;
  if (*BaseAddress) return STATUS_CONFLICTING_ADDRESSES;
  if (const NTSTATUS status = check_process(ProcessHandle, kApi); !NT_SUCCESS(status)) return status;
  auto body = services().objects().reference_by_handle(SectionHandle, &object_types::kSection, kApi);
  if (!body) return body.error().nt();
  kernel::ObjectReference reference(services().objects(), *body);
  if (made_to_fail(FailureKind::kMap, kApi)) return STATUS_INSUFFICIENT_RESOURCES;
  const uint64_t offset = SectionOffset ? static_cast<uint64_t>(SectionOffset->QuadPart) & ~(kGranularity - 1) : 0;
  const NTSTATUS status = map_view(static_cast<SectionObject*>(*body)->section, offset, BaseAddress, ViewSize);
  if (NT_SUCCESS(status) && SectionOffset) SectionOffset->QuadPart = static_cast<LONGLONG>(offset);
  return status;
}

NTSTATUS NTAPI ZwUnmapViewOfSection(HANDLE ProcessHandle, PVOID BaseAddress) {
  ApiScope scope("ZwUnmapViewOfSection", kPassiveLevel, kPassiveLevel);
  if (const NTSTATUS status = check_process(ProcessHandle, "ZwUnmapViewOfSection"); !NT_SUCCESS(status)) return status;
  return status_of(views().unmap(KernelAddress(BaseAddress)));
}

// "A view in system space": every view is in it.
NTSTATUS NTAPI MmMapViewInSystemSpace(PVOID Section, PVOID* MappedBase, PSIZE_T ViewSize) {
  constexpr char kApi[] = "MmMapViewInSystemSpace";
  ApiScope scope(kApi, kPassiveLevel, kApcLevel);
  const auto object = services().objects().find(Section);
  if (!object || object->deleted || object->type != &object_types::kSection) return STATUS_INVALID_PARAMETER_1;
  if (made_to_fail(FailureKind::kMap, kApi)) return STATUS_INSUFFICIENT_RESOURCES;
  return map_view(static_cast<SectionObject*>(Section)->section, 0, MappedBase, ViewSize);
}
NTSTATUS NTAPI MmUnmapViewInSystemSpace(PVOID MappedBase) {
  ApiScope scope("MmUnmapViewInSystemSpace", kPassiveLevel, kApcLevel);
  return status_of(views().unmap(KernelAddress(MappedBase)));
}

}  // extern "C"

namespace portside::exports {
namespace {
constexpr char kPagingFile[] =
    "sections of the paging file alone, not of files or images; no user-mode process opens them";
constexpr char kOneView[] =
    "one address space; a view is writable whatever its protection, and is not mapped at an address asked for";
const Export kZwSectionRows[] = {
    EXPORT_PARTIAL(NtosKrnl, ZwCreateSection, kPagingFile),        EXPORT_PARTIAL(NtosKrnl, ZwOpenSection, kPagingFile),
    EXPORT_PARTIAL(NtosKrnl, ZwMapViewOfSection, kOneView),        EXPORT(NtosKrnl, ZwUnmapViewOfSection),
    EXPORT_PARTIAL(NtosKrnl, MmMapViewInSystemSpace, kPagingFile), EXPORT(NtosKrnl, MmUnmapViewInSystemSpace),
    EXPORT_DATA(NtosKrnl, "MmSectionObjectType", &section_type),
};
}  // namespace
const ExportSet kZwSectionExports{kZwSectionRows};
}  // namespace portside::exports
