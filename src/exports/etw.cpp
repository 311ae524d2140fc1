// Event tracing, ETW and WPP: what drivers write is collected in the machine's log, with the provider's GUID and the
// arguments' raw bytes. One session listens, or none does (KernelLog::set_tracing): it has every provider, level and keyword.

#include <fmt/format.h>

#include <cstring>

#include "exports/api.h"
#include "kernel/format.h"
#include "kernel/kernel.h"
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

using EnableCallback = VOID(NTAPI*)(const GUID* source, ULONG is_enabled, UCHAR level, ULONGLONG match_any,
                                    ULONGLONG match_all, PVOID filter, PVOID context);

std::string text_of(const GUID& guid) {
  return fmt::format("{{{:08x}-{:04x}-{:04x}-{:02x}{:02x}-{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}}}", guid.Data1,
                     guid.Data2, guid.Data3, guid.Data4[0], guid.Data4[1], guid.Data4[2], guid.Data4[3], guid.Data4[4],
                     guid.Data4[5], guid.Data4[6], guid.Data4[7]);
}

// The session, as a TRACEHANDLE: its number, every level, every flag. A provider of the old kind gets it in its callback.
constexpr ULONGLONG kSessionNumber = 1;
constexpr UCHAR kEveryLevel = 0xFF;
constexpr ULONG kEveryFlag = 0xFFFFFFFF;
constexpr ULONGLONG kSession = kSessionNumber | ULONGLONG{kEveryLevel} << 16 | ULONGLONG{kEveryFlag} << 32;

// WPP's callback (from memory: no page describes EtwRegisterClassicProvider): the enable context is the session's handle.
using ClassicCallback = VOID(NTAPI*)(const GUID* provider, UCHAR control_code, PVOID enable_context, PVOID context);
constexpr UCHAR kEnableProvider = 1;

// WNODE_HEADER (wmistr.h): what queries about a session name it by.
struct WnodeHeader {
  ULONG BufferSize, ProviderId;
  ULONGLONG HistoricalContext;
};

void append(kernel::EtwRecord& event, const void* bytes, size_t size) {
  const auto* from = static_cast<const uint8_t*>(bytes);
  event.data.insert(event.data.end(), from, from + size);
  event.sizes.push_back(static_cast<uint32_t>(size));
}

constexpr size_t kLongestEvent = 64 * 1024;  // EtwWrite: more than 64 KiB is STATUS_BUFFER_OVERFLOW's

NTSTATUS write_event(const char* api, ULONGLONG handle, const EventDescriptor* descriptor, const GUID* activity,
                     ULONG count, const EventDataDescriptor* data) {
  ApiScope scope(api);
  auto& log = services().log();
  const auto provider = log.provider(handle);
  if (!provider) return STATUS_INVALID_HANDLE;
  if (!descriptor || (count && !data)) return STATUS_INVALID_PARAMETER;
  kernel::EtwRecord event{.provider = *provider,
                          .id = descriptor->Id,
                          .version = descriptor->Version,
                          .channel = descriptor->Channel,
                          .level = descriptor->Level,
                          .opcode = descriptor->Opcode,
                          .task = descriptor->Task,
                          .keywords = descriptor->Keyword};
  if (activity) event.activity = text_of(*activity);
  for (ULONG i = 0; i < count; ++i) {
    if (event.data.size() + data[i].Size > kLongestEvent) return STATUS_BUFFER_OVERFLOW;
    append(event, reinterpret_cast<const void*>(data[i].Ptr), data[i].Size);
  }
  log.trace(std::move(event));
  return STATUS_SUCCESS;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI EtwRegister(const GUID* ProviderId, EnableCallback Callback, PVOID CallbackContext,
                           ULONGLONG* RegHandle) {
  ApiScope scope("EtwRegister", kPassiveLevel, kPassiveLevel);
  if (!ProviderId || !RegHandle) return STATUS_INVALID_PARAMETER;
  if (made_to_fail(FailureKind::kObject, "EtwRegister")) return STATUS_NO_MEMORY;
  auto& log = services().log();
  *RegHandle = log.add_provider(text_of(*ProviderId));
  current<kernel::Kernel>().live_objects().add(kernel::LiveKind::kEtwProvider, reinterpret_cast<void*>(*RegHandle), 0);
  // A session that is on already enables the provider at once: every level and keyword.
  if (Callback && log.tracing()) Callback(ProviderId, 1, 0xFF, ~0ull, 0, nullptr, CallbackContext);
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI EtwUnregister(ULONGLONG RegHandle) {
  ApiScope scope("EtwUnregister", kPassiveLevel, kPassiveLevel);
  current<kernel::Kernel>().live_objects().remove(reinterpret_cast<void*>(RegHandle));
  return services().log().remove_provider(RegHandle) ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}
NTSTATUS NTAPI EtwWrite(ULONGLONG RegHandle, const EventDescriptor* Descriptor, const GUID* ActivityId,
                        ULONG UserDataCount, const EventDataDescriptor* UserData) {
  return write_event("EtwWrite", RegHandle, Descriptor, ActivityId, UserDataCount, UserData);
}
NTSTATUS NTAPI EtwWriteEx(ULONGLONG RegHandle, const EventDescriptor* Descriptor, ULONGLONG Filter, ULONG Flags,
                          const GUID* ActivityId, const GUID* RelatedActivityId, ULONG UserDataCount,
                          const EventDataDescriptor* UserData) {
  return write_event("EtwWriteEx", RegHandle, Descriptor, ActivityId, UserDataCount, UserData);
}
NTSTATUS NTAPI EtwWriteTransfer(ULONGLONG RegHandle, const EventDescriptor* Descriptor, const GUID* ActivityId,
                                const GUID* RelatedActivityId, ULONG UserDataCount,
                                const EventDataDescriptor* UserData) {
  return write_event("EtwWriteTransfer", RegHandle, Descriptor, ActivityId, UserDataCount, UserData);
}
NTSTATUS NTAPI EtwWriteString(ULONGLONG RegHandle, UCHAR Level, ULONGLONG Keyword, const GUID* ActivityId,
                              PCWSTR String) {
  ApiScope scope("EtwWriteString");
  auto& log = services().log();
  const auto provider = log.provider(RegHandle);
  if (!provider) return STATUS_INVALID_HANDLE;
  if (!String) return STATUS_INVALID_PARAMETER;
  kernel::EtwRecord event{.provider = *provider, .level = Level, .keywords = Keyword, .text = kernel::to_utf8(String)};
  if (ActivityId) event.activity = text_of(*ActivityId);
  log.trace(std::move(event));
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
    case kCreate:
    case kCreateSet: {
      const uint64_t words[2] = {services().next_random(), services().next_random()};
      std::memcpy(ActivityId, words, sizeof *ActivityId);
      return STATUS_SUCCESS;
    }
    case kGetSet: *ActivityId = {}; return STATUS_SUCCESS;
    default: return STATUS_INVALID_PARAMETER;
  }
}
NTSTATUS NTAPI EtwSetInformation(ULONGLONG RegHandle, ULONG InformationClass, PVOID EventInformation,
                                 ULONG InformationLength) {
  ApiScope scope("EtwSetInformation", kPassiveLevel, kPassiveLevel);
  return services().log().provider(RegHandle) ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

// WPP ("WPP Software Tracing"): providers of the old kind, and messages whose text stays in the driver's PDB.
NTSTATUS NTAPI EtwRegisterClassicProvider(const GUID* ProviderGuid, ULONG Type, ClassicCallback Callback,
                                          PVOID CallbackContext, ULONGLONG* RegHandle) {
  ApiScope scope("EtwRegisterClassicProvider", kPassiveLevel, kPassiveLevel);
  if (!ProviderGuid || !Callback || !RegHandle) return STATUS_INVALID_PARAMETER;
  if (made_to_fail(FailureKind::kObject, "EtwRegisterClassicProvider")) return STATUS_NO_MEMORY;
  auto& log = services().log();
  *RegHandle = log.add_provider(text_of(*ProviderGuid));
  ULONGLONG session = kSession;
  if (log.tracing()) Callback(ProviderGuid, kEnableProvider, &session, CallbackContext);
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI WmiTraceMessageVa(ULONGLONG LoggerHandle, ULONG MessageFlags, const GUID* MessageGuid,
                                 USHORT MessageNumber, __builtin_ms_va_list MessageArgList) {
  ApiScope scope("WmiTraceMessageVa");
  if (!services().log().tracing() || (LoggerHandle & 0xFFFF) != kSessionNumber) return STATUS_INVALID_HANDLE;
  // Pairs of address and size, ended by a null address.
  kernel::EtwRecord event{.source = kernel::EtwSource::kMessage,
                          .provider = MessageGuid ? text_of(*MessageGuid) : "",
                          .id = MessageNumber,
                          .level = kEveryLevel};
  kernel::FormatArguments values(MessageArgList);
  while (const auto* bytes = reinterpret_cast<const uint8_t*>(values.next())) {
    const uint64_t size = values.next();
    if (event.data.size() + size > kLongestEvent) return STATUS_BUFFER_OVERFLOW;
    append(event, bytes, size);
  }
  services().log().trace(std::move(event));
  return STATUS_SUCCESS;
}
// MessageNumber is a USHORT, passed in a register like any integer; va_start wants a promoted type.
NTSTATUS CDECL WmiTraceMessage(ULONGLONG LoggerHandle, ULONG MessageFlags, const GUID* MessageGuid, ULONG MessageNumber,
                               ...) {
  __builtin_ms_va_list arguments;
  __builtin_ms_va_start(arguments, MessageNumber);
  const NTSTATUS status =
      WmiTraceMessageVa(LoggerHandle, MessageFlags, MessageGuid, static_cast<USHORT>(MessageNumber), arguments);
  __builtin_ms_va_end(arguments);
  return status;
}

// The table of the page: what each class wants in Buffer and writes to TraceInformation.
NTSTATUS NTAPI WmiQueryTraceInformation(ULONG TraceInformationClass, PVOID TraceInformation,
                                        ULONG TraceInformationLength, PULONG RequiredLength, PVOID Buffer) {
  ApiScope scope("WmiQueryTraceInformation", kPassiveLevel, kDispatchLevel);
  const bool on = services().log().tracing();
  const auto give = [&](const auto& value, bool exact) -> NTSTATUS {
    if (RequiredLength) *RequiredLength = sizeof value;
    if (exact ? TraceInformationLength != sizeof value : TraceInformationLength < sizeof value)
      return STATUS_INFO_LENGTH_MISMATCH;
    if (!TraceInformation) return STATUS_INVALID_PARAMETER_MIX;
    std::memcpy(TraceInformation, &value, sizeof value);
    return STATUS_SUCCESS;
  };
  switch (TraceInformationClass) {
    case TraceIdClass:
    case TraceEnableFlagsClass:
    case TraceEnableLevelClass: {
      if (!Buffer) return STATUS_INVALID_PARAMETER_MIX;
      if (!on || (static_cast<WnodeHeader*>(Buffer)->HistoricalContext & 0xFFFF) != kSessionNumber)
        return STATUS_INVALID_HANDLE;
      if (TraceInformationClass == TraceIdClass) return give(static_cast<ULONG>(kSessionNumber), true);
      return give(TraceInformationClass == TraceEnableFlagsClass ? kEveryFlag : ULONG{kEveryLevel}, false);
    }
    case TraceHandleClass: {
      if (!Buffer) return STATUS_INVALID_PARAMETER_MIX;
      ULONG number = 0;
      std::memcpy(&number, Buffer, sizeof number);
      if (!on || number != kSessionNumber) return STATUS_INVALID_HANDLE;  // 0 is the kernel logger, which is off
      return give(kSession, true);
    }
    case GlobalLoggerHandleClass:
    case EventLoggerHandleClass: return STATUS_NOT_FOUND;
    case AllLoggerHandlesClass:
      if (on) return give(kSession, false);
      if (RequiredLength) *RequiredLength = 0;
      return STATUS_SUCCESS;
    case TraceHandleByNameClass:
      if (!Buffer) return STATUS_INVALID_PARAMETER_MIX;
      if (!on || copy_of(static_cast<PCUNICODE_STRING>(Buffer)) != u"Portside") return STATUS_INVALID_PARAMETER;
      return give(kSession, true);
    default: return STATUS_INVALID_INFO_CLASS;
  }
}

}  // extern "C"

namespace portside::exports {
namespace {
constexpr char kCollected[] = "collected in the machine's log; related activities are not kept";
const Export kEtwRows[] = {
    EXPORT_PARTIAL(NtosKrnl, EtwRegister,
                   "a session is on from the start or never: the callback comes at once or not at all"),
    EXPORT(NtosKrnl, EtwUnregister),
    EXPORT_PARTIAL(NtosKrnl, EtwWrite, kCollected),
    EXPORT_PARTIAL(NtosKrnl, EtwWriteEx, kCollected),
    EXPORT_PARTIAL(NtosKrnl, EtwWriteTransfer, kCollected),
    EXPORT_PARTIAL(NtosKrnl, EtwWriteString, kCollected),
    EXPORT_PARTIAL(NtosKrnl, EtwEventEnabled, "all or nothing"),
    EXPORT_PARTIAL(NtosKrnl, EtwProviderEnabled, "all or nothing"),
    EXPORT_PARTIAL(NtosKrnl, EtwActivityIdControl, "no activity is kept for a thread"),
    EXPORT_PARTIAL(NtosKrnl, EtwSetInformation, "nothing reads it"),
    EXPORT_PARTIAL(NtosKrnl, EtwRegisterClassicProvider,
                   "a session is on from the start or never; the callback's form is from memory"),
    EXPORT_PARTIAL(NtosKrnl, WmiTraceMessage,
                   "collected in the machine's log as raw arguments: the text is in the driver's PDB"),
    EXPORT_PARTIAL(NtosKrnl, WmiTraceMessageVa,
                   "collected in the machine's log as raw arguments: the text is in the driver's PDB"),
    EXPORT_PARTIAL(NtosKrnl, WmiQueryTraceInformation,
                   "one session, named Portside, while tracing is on; its counters are not offered"),
};
}  // namespace
const ExportSet kEtwExports{kEtwRows};
}  // namespace portside::exports
