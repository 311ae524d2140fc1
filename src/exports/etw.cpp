// Event tracing: events are collected in the machine's log. No session listens, as on a Windows where nobody traces,
// unless the host turns tracing on (KernelLog::set_tracing).

#include <fmt/format.h>

#include <cstring>

#include "exports/api.h"
#include "kernel/format.h"
#include "kernel/unicode.h"

using namespace portside;
using namespace portside::exports;

namespace {

// EVENT_DESCRIPTOR and EVENT_DATA_DESCRIPTOR (evntprov).
struct EventDescriptor {
  USHORT Id;
  UCHAR Version, Channel, Level, Opcode;
  USHORT Task;
  ULONGLONG Keyword;
};
static_assert(sizeof(EventDescriptor) == 16);
struct EventDataDescriptor {
  ULONGLONG Ptr;
  ULONG Size;
  ULONG Reserved;
};
static_assert(sizeof(EventDataDescriptor) == 16);

using EnableCallback = VOID(NTAPI*)(const GUID* source, ULONG is_enabled, UCHAR level, ULONGLONG match_any, ULONGLONG match_all, PVOID filter,
                                    PVOID context);

std::string text_of(const GUID& guid) {
  return fmt::format("{{{:08x}-{:04x}-{:04x}-{:02x}{:02x}-{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}}}", guid.Data1, guid.Data2, guid.Data3, guid.Data4[0],
                     guid.Data4[1], guid.Data4[2], guid.Data4[3], guid.Data4[4], guid.Data4[5], guid.Data4[6], guid.Data4[7]);
}

constexpr size_t kLongestEvent = 64 * 1024;  // EtwWrite: more than 64 KiB is STATUS_BUFFER_OVERFLOW's

NTSTATUS write_event(const char* api, ULONGLONG handle, const EventDescriptor* descriptor, ULONG count, const EventDataDescriptor* data) {
  ApiScope scope(api);
  auto& log = services().log();
  const auto provider = log.provider(handle);
  if (!provider) return STATUS_INVALID_HANDLE;
  if (!descriptor || (count && !data)) return STATUS_INVALID_PARAMETER;
  kernel::EtwRecord event{.provider = *provider, .id = descriptor->Id, .level = descriptor->Level, .keywords = descriptor->Keyword};
  for (ULONG i = 0; i < count; ++i) {
    if (event.data.size() + data[i].Size > kLongestEvent) return STATUS_BUFFER_OVERFLOW;
    const auto* bytes = reinterpret_cast<const uint8_t*>(data[i].Ptr);
    event.data.insert(event.data.end(), bytes, bytes + data[i].Size);
  }
  log.trace(std::move(event));
  return STATUS_SUCCESS;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI EtwRegister(const GUID* ProviderId, EnableCallback Callback, PVOID CallbackContext, ULONGLONG* RegHandle) {
  ApiScope scope("EtwRegister", kPassiveLevel, kPassiveLevel);
  if (!ProviderId || !RegHandle) return STATUS_INVALID_PARAMETER;
  auto& log = services().log();
  *RegHandle = log.add_provider(text_of(*ProviderId));
  // A session that is on already enables the provider at once: every level and keyword.
  if (Callback && log.tracing()) Callback(ProviderId, 1, 0xFF, ~0ull, 0, nullptr, CallbackContext);
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI EtwUnregister(ULONGLONG RegHandle) {
  ApiScope scope("EtwUnregister", kPassiveLevel, kPassiveLevel);
  return services().log().remove_provider(RegHandle) ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}
NTSTATUS NTAPI EtwWrite(ULONGLONG RegHandle, const EventDescriptor* Descriptor, const GUID* ActivityId, ULONG UserDataCount,
                        const EventDataDescriptor* UserData) {
  return write_event("EtwWrite", RegHandle, Descriptor, UserDataCount, UserData);
}
NTSTATUS NTAPI EtwWriteEx(ULONGLONG RegHandle, const EventDescriptor* Descriptor, ULONGLONG Filter, ULONG Flags, const GUID* ActivityId,
                          const GUID* RelatedActivityId, ULONG UserDataCount, const EventDataDescriptor* UserData) {
  return write_event("EtwWriteEx", RegHandle, Descriptor, UserDataCount, UserData);
}
NTSTATUS NTAPI EtwWriteTransfer(ULONGLONG RegHandle, const EventDescriptor* Descriptor, const GUID* ActivityId, const GUID* RelatedActivityId,
                                ULONG UserDataCount, const EventDataDescriptor* UserData) {
  return write_event("EtwWriteTransfer", RegHandle, Descriptor, UserDataCount, UserData);
}
NTSTATUS NTAPI EtwWriteString(ULONGLONG RegHandle, UCHAR Level, ULONGLONG Keyword, const GUID* ActivityId, PCWSTR String) {
  ApiScope scope("EtwWriteString");
  auto& log = services().log();
  const auto provider = log.provider(RegHandle);
  if (!provider) return STATUS_INVALID_HANDLE;
  if (!String) return STATUS_INVALID_PARAMETER;
  log.trace({.provider = *provider, .level = Level, .keywords = Keyword, .text = kernel::to_utf8(String)});
  return STATUS_SUCCESS;
}
BOOLEAN NTAPI EtwEventEnabled(ULONGLONG RegHandle, const EventDescriptor* Descriptor) {
  ApiScope scope("EtwEventEnabled");
  return services().log().tracing() && services().log().provider(RegHandle).has_value();
}
BOOLEAN NTAPI EtwProviderEnabled(ULONGLONG RegHandle, UCHAR Level, ULONGLONG Keyword) {
  ApiScope scope("EtwProviderEnabled");
  return services().log().tracing() && services().log().provider(RegHandle).has_value();
}
NTSTATUS NTAPI EtwActivityIdControl(ULONG ControlCode, GUID* ActivityId) {
  ApiScope scope("EtwActivityIdControl");
  constexpr ULONG kGet = 1, kSet = 2, kCreate = 3, kGetSet = 4, kCreateSet = 5;  // EVENT_ACTIVITY_CTRL_...
  if (!ActivityId) return STATUS_INVALID_PARAMETER;
  switch (ControlCode) {
    case kGet: *ActivityId = {}; return STATUS_SUCCESS;
    case kSet: return STATUS_SUCCESS;
    case kCreate: case kCreateSet: {
      const uint64_t words[2] = {services().next_random(), services().next_random()};
      std::memcpy(ActivityId, words, sizeof *ActivityId);
      return STATUS_SUCCESS;
    }
    case kGetSet: *ActivityId = {}; return STATUS_SUCCESS;
    default: return STATUS_INVALID_PARAMETER;
  }
}
NTSTATUS NTAPI EtwSetInformation(ULONGLONG RegHandle, ULONG InformationClass, PVOID EventInformation, ULONG InformationLength) {
  ApiScope scope("EtwSetInformation", kPassiveLevel, kPassiveLevel);
  return services().log().provider(RegHandle) ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

// WPP (wmlum, "WPP Software Tracing"): providers of the old kind.
NTSTATUS NTAPI EtwRegisterClassicProvider(const GUID* ProviderGuid, ULONG Type, PVOID EnableCallback, PVOID CallbackContext, ULONGLONG* RegHandle) {
  ApiScope scope("EtwRegisterClassicProvider", kPassiveLevel, kPassiveLevel);
  if (!ProviderGuid || !RegHandle) return STATUS_INVALID_PARAMETER;
  *RegHandle = services().log().add_provider(text_of(*ProviderGuid));
  return STATUS_SUCCESS;
}
// MessageNumber is a USHORT, passed in a register like any integer; va_start wants a promoted type.
NTSTATUS CDECL WmiTraceMessage(ULONGLONG LoggerHandle, ULONG MessageFlags, const GUID* MessageGuid, ULONG MessageNumber, ...) {
  ApiScope scope("WmiTraceMessage");
  // Pairs of address and size, ended by a null address.
  kernel::EtwRecord event{.provider = MessageGuid ? text_of(*MessageGuid) : "", .id = static_cast<uint16_t>(MessageNumber)};
  __builtin_ms_va_list arguments;
  __builtin_ms_va_start(arguments, MessageNumber);
  kernel::FormatArguments values(arguments);
  while (const auto* bytes = reinterpret_cast<const uint8_t*>(values.next())) {
    const uint64_t size = values.next();
    if (event.data.size() + size > kLongestEvent) break;
    event.data.insert(event.data.end(), bytes, bytes + size);
  }
  __builtin_ms_va_end(arguments);
  services().log().trace(std::move(event));
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI WmiQueryTraceInformation(ULONG TraceInformationClass, PVOID TraceInformation, ULONG TraceInformationLength, PULONG RequiredLength,
                                        PVOID Buffer) {
  ApiScope scope("WmiQueryTraceInformation", kPassiveLevel, kDispatchLevel);
  return STATUS_NOT_SUPPORTED;
}

}  // extern "C"

namespace portside::exports {
namespace {
constexpr char kCollected[] = "collected in the machine's log; activities are not kept";
const Export kRows[] = {
    EXPORT_PARTIAL(NtosKrnl, EtwRegister, "a session is on from the start or never: the callback comes at once or not at all"),
    EXPORT(NtosKrnl, EtwUnregister),
    EXPORT_PARTIAL(NtosKrnl, EtwWrite, kCollected),
    EXPORT_PARTIAL(NtosKrnl, EtwWriteEx, kCollected),
    EXPORT_PARTIAL(NtosKrnl, EtwWriteTransfer, kCollected),
    EXPORT_PARTIAL(NtosKrnl, EtwWriteString, kCollected),
    EXPORT_PARTIAL(NtosKrnl, EtwEventEnabled, "all or nothing"),
    EXPORT_PARTIAL(NtosKrnl, EtwProviderEnabled, "all or nothing"),
    EXPORT_PARTIAL(NtosKrnl, EtwActivityIdControl, "no activity is kept for a thread"),
    EXPORT_PARTIAL(NtosKrnl, EtwSetInformation, "nothing reads it"),
    EXPORT_PARTIAL(NtosKrnl, EtwRegisterClassicProvider, "never enabled"),
    EXPORT_PARTIAL(NtosKrnl, WmiTraceMessage, "collected in the machine's log without its format"),
    EXPORT_STUB(NtosKrnl, WmiQueryTraceInformation, "STATUS_NOT_SUPPORTED: WPP then asks for nothing more"),
};
}  // namespace
const ExportSet kEtwExports{kRows};
}  // namespace portside::exports
