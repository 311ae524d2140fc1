// TraceLogging from C, where the types of fields are named.
#include <ntddk.h>

#include <TraceLoggingProvider.h>

TRACELOGGING_DECLARE_PROVIDER(g_provider);

void trace_from_c(PCSTR text, PUNICODE_STRING path) {
  GUID guid = {0};
  int numbers[2] = {1, 2};
  if (text[0])
    TraceLoggingWrite(g_provider, "InC", TraceLoggingLevel(2), TraceLoggingString(text),
                      TraceLoggingUnicodeString(path, "Path"));
  else TraceLoggingWrite(g_provider, "Empty");
  TraceLoggingWrite(g_provider, "OthersInC", TraceLoggingGuid(guid), TraceLoggingInt32FixedArray(numbers, 2),
                    TraceLoggingBoolean(TRUE), TraceLoggingEventTag(0x1000000), TraceLoggingStruct(1, "Struct", "", 1),
                    TraceLoggingWideString(path->Buffer));
}
