#include "case.h"

namespace {
WCHAR case_buffer[64];
UNICODE_STRING case_name = {0, sizeof(case_buffer), case_buffer};
ULONG wrong = 0;
}  // namespace

NTSTATUS read_case(PUNICODE_STRING registry_path) {
  RTL_QUERY_REGISTRY_TABLE table[] = {
      {nullptr, RTL_QUERY_REGISTRY_SUBKEY | RTL_QUERY_REGISTRY_REQUIRED, const_cast<PWSTR>(L"Parameters"), nullptr, REG_NONE, nullptr, 0},
      {nullptr, RTL_QUERY_REGISTRY_DIRECT, const_cast<PWSTR>(L"Case"), &case_name, REG_NONE, nullptr, 0},
      {nullptr, RTL_QUERY_REGISTRY_DIRECT, const_cast<PWSTR>(L"Wrong"), &wrong, REG_NONE, nullptr, 0},
      {}};
  WCHAR path[256];
  UNICODE_STRING terminated = {0, sizeof(path), path};
  RtlCopyUnicodeString(&terminated, registry_path);
  path[terminated.Length / sizeof(WCHAR)] = L'\0';
  return RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, path, table, nullptr, nullptr);
}

bool case_is(const WCHAR* name) {
  UNICODE_STRING text;
  RtlInitUnicodeString(&text, name);
  return RtlEqualUnicodeString(&text, &case_name, FALSE);
}

bool case_is_wrong(const WCHAR* name) { return wrong && case_is(name); }
