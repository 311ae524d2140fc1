#include "case.h"

namespace {
WCHAR case_buffer[64];
UNICODE_STRING case_name = {0, sizeof(case_buffer), case_buffer};
ULONG wrong = 0;
}  // namespace

NTSTATUS read_case(PUNICODE_STRING registry_path) {
  RTL_QUERY_REGISTRY_TABLE table[] = {
      {nullptr, RTL_QUERY_REGISTRY_SUBKEY | RTL_QUERY_REGISTRY_REQUIRED, const_cast<PWSTR>(L"Parameters"), nullptr,
       REG_NONE, nullptr, 0},
      {nullptr, RTL_QUERY_REGISTRY_DIRECT, const_cast<PWSTR>(L"Case"), &case_name, REG_NONE, nullptr, 0},
      {nullptr, RTL_QUERY_REGISTRY_DIRECT, const_cast<PWSTR>(L"Wrong"), &wrong, REG_NONE, nullptr, 0},
      {}};
  WCHAR path[256];
  UNICODE_STRING terminated = {0, sizeof(path), path};
  RtlCopyUnicodeString(&terminated, registry_path);
  path[terminated.Length / sizeof(WCHAR)] = L'\0';
  return RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, path, table, nullptr, nullptr);
}

// Asked at DISPATCH_LEVEL too, where no string function may be called.
bool case_is(const WCHAR* name) {
  const ULONG length = case_name.Length / sizeof(WCHAR);
  for (ULONG i = 0; i < length; ++i)
    if (name[i] != case_buffer[i]) return false;
  return name[length] == L'\0';
}

bool case_is_wrong(const WCHAR* name) { return wrong && case_is(name); }
