// A driver that is nothing but its DriverEntry: it runs the case named in its key, and refuses to stay.
#include <ntddk.h>

#include "mistakes.h"

extern "C" DRIVER_INITIALIZE DriverEntry;
extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING registry_path) {
  static WCHAR text[64];
  UNICODE_STRING name = {0, sizeof(text), text};
  ULONG wrong = 0;
  RTL_QUERY_REGISTRY_TABLE table[] = {
      {nullptr, RTL_QUERY_REGISTRY_SUBKEY | RTL_QUERY_REGISTRY_REQUIRED, const_cast<PWSTR>(L"Parameters"), nullptr,
       REG_NONE, nullptr, 0},
      {nullptr, RTL_QUERY_REGISTRY_DIRECT, const_cast<PWSTR>(L"Case"), &name, REG_NONE, nullptr, 0},
      {nullptr, RTL_QUERY_REGISTRY_DIRECT, const_cast<PWSTR>(L"Wrong"), &wrong, REG_NONE, nullptr, 0},
      {}};
  WCHAR path[256];
  UNICODE_STRING terminated = {0, sizeof(path), path};
  RtlCopyUnicodeString(&terminated, registry_path);
  path[terminated.Length / sizeof(WCHAR)] = L'\0';
  const NTSTATUS status = RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, path, table, nullptr, nullptr);
  if (!NT_SUCCESS(status)) return status;
  volatile LONG is_wrong = static_cast<LONG>(wrong);
  for (ULONG i = 0; i < kCaseCount; ++i) {
    UNICODE_STRING of_case;
    RtlInitUnicodeString(&of_case, kCases[i].name);
    if (!RtlEqualUnicodeString(&of_case, &name, FALSE)) continue;
    kCases[i].run(is_wrong);
    return STATUS_NOT_SUPPORTED;  // what the test expects: the case was found, and has ended
  }
  return STATUS_OBJECT_NAME_NOT_FOUND;
}
