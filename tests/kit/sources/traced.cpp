// Around the driver of `portside new` (its DriverEntry is WireDriverEntry here): a TraceLogging provider, which an image named
// left.sys leaves registered.
#include <ntddk.h>

#include <TraceLoggingProvider.h>
#include <winmeta.h>

extern "C" {  // as the page asks where C shares the handle
TRACELOGGING_DECLARE_PROVIDER(g_provider);
}
TRACELOGGING_DEFINE_PROVIDER(g_provider, "Portside.Kit",
                             (0xb3864c38, 0x4273, 0x58c5, 0x54, 0x5b, 0x8b, 0x36, 0x08, 0x34, 0x34, 0x71),
                             TraceLoggingOptionGroup(0x3970f9cf, 0x2c0c, 0x4f11, 0xb1, 0xcc, 0xe3, 0xa1, 0xe9, 0x95,
                                                     0x88, 0x33));

#undef DriverEntry
extern "C" NTSTATUS WireDriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path);
extern "C" void trace_from_c(PCSTR text, PUNICODE_STRING path);
extern "C" NTSTATUS name_of_connection(PUNICODE_STRING path, ULONG low, ULONG high);

namespace {

PDRIVER_UNLOAD portcls_unload;
bool leaves_provider;
int evaluated;

enum Mode { kLoopback = 7 };

void OnUnload(PDRIVER_OBJECT driver) {
  TraceLoggingWrite(g_provider, "Unload", TraceLoggingLevel(WINEVENT_LEVEL_INFO), TraceLoggingValue(evaluated));
  if (!leaves_provider) TraceLoggingUnregister(g_provider);
  portcls_unload(driver);
}

// Each kind of field that the kit has by deduction, and a few others.
void trace_fields(PDRIVER_OBJECT driver) {
  const GUID activity = {0x01234567, 0x89ab, 0xcdef, {0, 1, 2, 3, 4, 5, 6, 7}};
  char buffer[] = "text";
  PCSTR nothing = nullptr;
  const USHORT numbers[] = {1, 2, 3};
  TraceLoggingWriteActivity(
      g_provider, "Fields", &activity, nullptr, TraceLoggingLevel(WINEVENT_LEVEL_ERROR), TraceLoggingKeyword(0x1),
      TraceLoggingKeyword(0x4), TraceLoggingOpcode(WINEVENT_OPCODE_START), TraceLoggingEventTag(0x1000000),
      TraceLoggingDescription("not in the event"), TraceLoggingValue(buffer), TraceLoggingValue(nothing, "Null"),
      TraceLoggingValue(L"w", "Wide"), TraceLoggingValue(true, "True"),
      TraceLoggingValue(kLoopback, "Mode", "described", 0x2), TraceLoggingValue(activity, "Guid"),
      TraceLoggingNTStatus(STATUS_PENDING, "Status"), TraceLoggingStruct(2, "Pair"), TraceLoggingUInt8(1, "A"),
      TraceLoggingHexUInt32(0xABCD, "B"), TraceLoggingUInt16Array(numbers, 3, "Counted"),
      TraceLoggingUInt16FixedArray(numbers, 2, "Fixed"), TraceLoggingBinary(numbers, 2, "Bytes"),
      TraceLoggingCountedWideString(L"xyz", 2, "Two"));
  // Values that a driver writes and this test does not look at.
  FILETIME time = {};
  TraceLoggingWrite(g_provider, "Others", TraceLoggingPointer(driver), TraceLoggingFileTime(time),
                    TraceLoggingBool(driver != nullptr), TraceLoggingHResult(0), TraceLoggingInt64(-1),
                    TraceLoggingString(buffer), TraceLoggingValue(1.5), TraceLoggingValue(driver));
}

}  // namespace

extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  leaves_provider = path->Length > 8 && path->Buffer[path->Length / 2 - 4] == 'l';
  TraceLoggingWrite(g_provider, "Early", TraceLoggingValue(++evaluated));  // nobody is registered: not even evaluated
  TraceLoggingRegister(g_provider);
  if (TraceLoggingProviderEnabled(g_provider, WINEVENT_LEVEL_ERROR, 0)) trace_fields(driver);
  DECLARE_UNICODE_STRING_SIZE(connection, 64);
  name_of_connection(&connection, 0x89ABCDEF, 0x01234567);
  trace_from_c("from C", &connection);
  NTSTATUS status = WireDriverEntry(driver, path);
  if (!NT_SUCCESS(status)) {
    TraceLoggingUnregister(g_provider);
    return status;
  }
  portcls_unload = driver->DriverUnload;
  driver->DriverUnload = OnUnload;
  return status;
}
