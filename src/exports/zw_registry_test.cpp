#include <cstring>

#include "exports/export_fixture.h"

namespace portside::exports {
namespace {

constexpr std::u16string_view kCable = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\Cable";

struct ZwRegistryTest : ExportFixture {
  // With values: Text (REG_SZ), Number (REG_DWORD), Blob (12 bytes), Many (REG_MULTI_SZ), Path (REG_EXPAND_SZ).
  void make_cable() {
    auto& registry = services_->registry();
    ASSERT_TRUE(registry.set_string(kCable, u"Text", u"value"));
    ASSERT_TRUE(registry.set_dword(kCable, u"Number", 48000));
    auto key = registry.open(nullptr, kCable).value();
    ASSERT_TRUE(registry.set_value(key, u"Blob", REG_BINARY, std::as_bytes(std::span("0123456789a", 12))));
    constexpr std::u16string_view kMany(u"one\0two\0\0", 9);
    ASSERT_TRUE(registry.set_value(key, u"Many", REG_MULTI_SZ, std::as_bytes(std::span(kMany))));
    constexpr std::u16string_view kPath(u"%SystemRoot%\\x\0", 15);
    ASSERT_TRUE(registry.set_value(key, u"Path", REG_EXPAND_SZ, std::as_bytes(std::span(kPath))));
  }
  HANDLE open(std::u16string_view path) {
    UNICODE_STRING name = unicode(path);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    HANDLE handle = nullptr;
    EXPECT_EQ(ZwOpenKey(&handle, KEY_READ, &attributes), STATUS_SUCCESS);
    return handle;
  }
};

TEST_F(ZwRegistryTest, KeysAreMadeOpenedAndDeleted) {
  run([&] {
    UNICODE_STRING name = unicode(kCable);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE, nullptr, nullptr);
    HANDLE key = nullptr, child = nullptr;
    EXPECT_EQ(ZwOpenKey(&key, KEY_READ, &attributes), STATUS_OBJECT_NAME_NOT_FOUND);
    ULONG disposition = 0;
    EXPECT_EQ(ZwCreateKey(&key, KEY_ALL_ACCESS, &attributes, 0, nullptr, REG_OPTION_NON_VOLATILE, &disposition),
              STATUS_SUCCESS);
    EXPECT_EQ(disposition, static_cast<ULONG>(REG_CREATED_NEW_KEY));
    UNICODE_STRING below = unicode(u"Parameters");
    InitializeObjectAttributes(&attributes, &below, OBJ_KERNEL_HANDLE, key, nullptr);
    EXPECT_EQ(ZwCreateKey(&child, KEY_ALL_ACCESS, &attributes, 0, nullptr, 0, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(ZwDeleteKey(key), STATUS_CANNOT_DELETE);
    EXPECT_EQ(ZwDeleteKey(child), STATUS_SUCCESS);
    UNICODE_STRING value = unicode(u"x");
    EXPECT_EQ(ZwSetValueKey(child, &value, 0, REG_NONE, nullptr, 0), STATUS_KEY_DELETED);
    EXPECT_EQ(ZwClose(child), STATUS_SUCCESS);
    EXPECT_EQ(ZwClose(key), STATUS_SUCCESS);
    EXPECT_EQ(ZwDeleteKey(key), STATUS_INVALID_HANDLE);
  });
  EXPECT_TRUE(services_->objects().live_handles().empty());
}

TEST_F(ZwRegistryTest, ValuesComeByTheRulesOfLength) {
  make_cable();
  run([&] {
    HANDLE key = open(kCable);
    UNICODE_STRING name = unicode(u"TEXT");
    alignas(8) UCHAR buffer[100];
    ULONG needed = 0;
    constexpr ULONG kFixed = FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data);
    EXPECT_EQ(ZwQueryValueKey(key, &name, KeyValuePartialInformation, nullptr, 0, &needed), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(needed, kFixed + 12);
    std::memset(buffer, 0xEE, sizeof buffer);
    EXPECT_EQ(ZwQueryValueKey(key, &name, KeyValuePartialInformation, buffer, kFixed + 4, &needed),
              STATUS_BUFFER_OVERFLOW);
    auto* partial = reinterpret_cast<PKEY_VALUE_PARTIAL_INFORMATION>(buffer);
    EXPECT_EQ(partial->Type, static_cast<ULONG>(REG_SZ));
    EXPECT_EQ(partial->DataLength, 12u);
    EXPECT_EQ(buffer[kFixed + 3], 0);
    EXPECT_EQ(buffer[kFixed + 4], 0xEE) << "no byte more than there is room for";
    EXPECT_EQ(ZwQueryValueKey(key, &name, KeyValuePartialInformation, buffer, sizeof buffer, &needed), STATUS_SUCCESS);
    EXPECT_EQ(std::u16string(reinterpret_cast<PWSTR>(partial->Data)), u"value");

    EXPECT_EQ(ZwQueryValueKey(key, &name, KeyValueFullInformation, buffer, sizeof buffer, &needed), STATUS_SUCCESS);
    auto* full = reinterpret_cast<PKEY_VALUE_FULL_INFORMATION>(buffer);
    EXPECT_EQ(std::u16string(full->Name, full->NameLength / 2), u"Text") << "the name as it was set";
    EXPECT_EQ(full->DataOffset % 4, 0u);
    EXPECT_EQ(needed, full->DataOffset + full->DataLength);
    EXPECT_EQ(std::memcmp(buffer + full->DataOffset, u"value", 12), 0);
    EXPECT_EQ(ZwQueryValueKey(key, &name, static_cast<KEY_VALUE_INFORMATION_CLASS>(99), buffer, sizeof buffer, &needed),
              STATUS_INVALID_PARAMETER);
    name = unicode(u"Nothing");
    EXPECT_EQ(ZwQueryValueKey(key, &name, KeyValueBasicInformation, buffer, sizeof buffer, &needed),
              STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(ZwClose(key), STATUS_SUCCESS);
  });
}

TEST_F(ZwRegistryTest, Enumerations) {
  make_cable();
  for (auto name : {u"\\B", u"\\a"})
    ASSERT_TRUE(services_->registry().set_dword(std::u16string(kCable) + name, u"v", 1));
  run([&] {
    HANDLE key = open(kCable);
    alignas(8) UCHAR buffer[200];
    ULONG needed = 0;
    std::u16string names;
    ULONG index = 0;
    for (; ZwEnumerateValueKey(key, index, KeyValueBasicInformation, buffer, sizeof buffer, &needed) == STATUS_SUCCESS;
         ++index) {
      auto* basic = reinterpret_cast<PKEY_VALUE_BASIC_INFORMATION>(buffer);
      names += std::u16string(basic->Name, basic->NameLength / 2) + u" ";
    }
    EXPECT_EQ(names, u"Text Number Blob Many Path ");
    EXPECT_EQ(ZwEnumerateValueKey(key, index, KeyValueBasicInformation, buffer, sizeof buffer, &needed),
              STATUS_NO_MORE_ENTRIES);
    EXPECT_EQ(ZwEnumerateKey(key, 0, KeyBasicInformation, buffer, sizeof buffer, &needed), STATUS_SUCCESS);
    auto* basic = reinterpret_cast<PKEY_BASIC_INFORMATION>(buffer);
    EXPECT_EQ(std::u16string(basic->Name, basic->NameLength / 2), u"a");
    EXPECT_EQ(needed, FIELD_OFFSET(KEY_BASIC_INFORMATION, Name) + 2u);
    EXPECT_EQ(ZwEnumerateKey(key, 2, KeyBasicInformation, buffer, sizeof buffer, &needed), STATUS_NO_MORE_ENTRIES);
    EXPECT_EQ(ZwQueryKey(key, KeyFullInformation, buffer, sizeof buffer, &needed), STATUS_SUCCESS);
    auto* full = reinterpret_cast<PKEY_FULL_INFORMATION>(buffer);
    EXPECT_EQ(full->SubKeys, 2u);
    EXPECT_EQ(full->Values, 5u);
    EXPECT_EQ(full->MaxValueNameLen, 12u);
    EXPECT_EQ(ZwQueryKey(key, KeyNameInformation, buffer, sizeof buffer, &needed), STATUS_SUCCESS);
    auto* name = reinterpret_cast<PKEY_NAME_INFORMATION>(buffer);
    EXPECT_EQ(std::u16string(name->Name, name->NameLength / 2), kCable);
    EXPECT_EQ(ZwClose(key), STATUS_SUCCESS);
  });
}

RTL_QUERY_REGISTRY_TABLE direct(PCWSTR name, PVOID to, ULONG type, ULONG extra_flags = 0) {
  RTL_QUERY_REGISTRY_TABLE entry{};
  entry.Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK | extra_flags;
  entry.Name = const_cast<PWSTR>(name);
  entry.EntryContext = to;
  entry.DefaultType = type << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT;
  return entry;
}
NTSTATUS query(const std::vector<RTL_QUERY_REGISTRY_TABLE>& entries, PVOID context = nullptr) {
  std::vector<RTL_QUERY_REGISTRY_TABLE> table = entries;
  table.emplace_back();
  return RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, u"Cable", table.data(), context, nullptr);
}

TEST_F(ZwRegistryTest, DirectQueriesStoreByType) {
  make_cable();
  run([&] {
    ULONG number = 0;
    UNICODE_STRING allocated{};
    WCHAR buffer[8];
    UNICODE_STRING fixed{0, sizeof buffer, buffer};
    EXPECT_EQ(query({direct(u"Number", &number, REG_DWORD), direct(u"Text", &allocated, REG_SZ),
                     direct(u"text", &fixed, REG_SZ)}),
              STATUS_SUCCESS);
    EXPECT_EQ(number, 48000u);
    EXPECT_EQ(text_of(allocated), u"value");
    EXPECT_EQ(allocated.MaximumLength, 12);
    EXPECT_EQ(text_of(fixed), u"value");
    RtlFreeUnicodeString(&allocated);
    UNICODE_STRING small{0, 6, buffer};
    EXPECT_EQ(query({direct(u"Text", &small, REG_SZ)}), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(query({direct(u"Text", &number, REG_DWORD)}), STATUS_OBJECT_TYPE_MISMATCH);
    EXPECT_EQ(query({direct(u"Path", &allocated, REG_EXPAND_SZ, RTL_QUERY_REGISTRY_NOEXPAND)}), STATUS_SUCCESS);
    EXPECT_EQ(text_of(allocated), u"%SystemRoot%\\x");
    RtlFreeUnicodeString(&allocated);
    EXPECT_EQ(query({direct(u"Path", &allocated, REG_EXPAND_SZ)}), STATUS_SUCCESS);
    EXPECT_EQ(text_of(allocated), u"C:\\Windows\\x");
    RtlFreeUnicodeString(&allocated);
  });
  EXPECT_TRUE(pool_mistakes.seen.empty());
  EXPECT_EQ(services_->pool().report_leaks(), 0u);
}

TEST_F(ZwRegistryTest, DirectQueriesOfLongBinaryValues) {
  make_cable();
  run([&] {
    struct {
      LONG bytes;
      ULONG type;
      char data[12];
    } room{20, 0, {}};
    EXPECT_EQ(query({direct(u"Blob", &room, REG_BINARY)}), STATUS_SUCCESS);
    EXPECT_EQ(room.bytes, 12);
    EXPECT_EQ(room.type, static_cast<ULONG>(REG_BINARY));
    EXPECT_STREQ(room.data, "0123456789a");
    room.bytes = 19;
    EXPECT_EQ(query({direct(u"Blob", &room, REG_BINARY)}), STATUS_BUFFER_TOO_SMALL);
    room.bytes = -12;
    EXPECT_EQ(query({direct(u"Blob", &room, REG_BINARY)}), STATUS_SUCCESS);
    EXPECT_EQ(std::memcmp(&room, "0123456789a", 12), 0) << "negative: the data alone";
    room.bytes = -11;
    EXPECT_EQ(query({direct(u"Blob", &room, REG_BINARY)}), STATUS_BUFFER_TOO_SMALL);
  });
}

TEST_F(ZwRegistryTest, MissingValuesDefaultOrFail) {
  make_cable();
  run([&] {
    ULONG number = 1, fallback = 44100;
    EXPECT_EQ(query({direct(u"Nothing", &number, REG_DWORD)}), STATUS_SUCCESS) << "no default: skipped";
    EXPECT_EQ(number, 1u);
    auto entry = direct(u"Nothing", &number, REG_DWORD);
    entry.DefaultType |= REG_DWORD;
    entry.DefaultData = &fallback;
    entry.DefaultLength = sizeof fallback;
    EXPECT_EQ(query({entry}), STATUS_SUCCESS);
    EXPECT_EQ(number, 44100u);
    EXPECT_EQ(query({direct(u"Nothing", &number, REG_DWORD, RTL_QUERY_REGISTRY_REQUIRED)}),
              STATUS_OBJECT_NAME_NOT_FOUND);
    UNICODE_STRING text{};
    auto named = direct(u"Nothing", &text, REG_SZ);
    named.DefaultType |= REG_SZ;
    named.DefaultData = const_cast<PWSTR>(u"default");
    EXPECT_EQ(query({named}), STATUS_SUCCESS);
    EXPECT_EQ(text_of(text), u"default") << "its length is computed";
    RtlFreeUnicodeString(&text);
    RTL_QUERY_REGISTRY_TABLE end{};
    EXPECT_EQ(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, u"Nobody", &end, nullptr, nullptr),
              STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES | RTL_REGISTRY_OPTIONAL, u"Nobody", &end, nullptr, nullptr),
              STATUS_SUCCESS);
    auto wrong = direct(u"Number", &number, REG_DWORD);
    wrong.Name = nullptr;
    wrong.QueryRoutine = reinterpret_cast<PRTL_QUERY_REGISTRY_ROUTINE>(uint64_t{1});
    EXPECT_EQ(query({wrong}), STATUS_INVALID_PARAMETER) << "DIRECT has a name and no routine";
  });
}

NTSTATUS NTAPI collect(PWSTR name, ULONG type, PVOID data, ULONG bytes, PVOID context, PVOID entry) {
  auto& text = *static_cast<std::u16string*>(context);
  text += name ? name : u"-";
  text += u":" + std::u16string(1, static_cast<char16_t>(u'0' + type));
  if (type == REG_SZ) text += u"=" + std::u16string(static_cast<PWSTR>(data));
  text += u" ";
  return entry ? STATUS_ACCESS_DENIED : bytes == 12 && type == REG_BINARY ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS;
}

TEST_F(ZwRegistryTest, RoutinesAreCalledForEachValueAndString) {
  make_cable();
  ASSERT_TRUE(services_->registry().set_string(std::u16string(kCable) + u"\\Sub", u"Inner", u"deep"));
  run([&] {
    std::u16string seen;
    RTL_QUERY_REGISTRY_TABLE all{};
    all.QueryRoutine = collect;
    EXPECT_EQ(query({all}, &seen), STATUS_SUCCESS) << "STATUS_BUFFER_TOO_SMALL from a routine is ignored";
    EXPECT_EQ(seen, u"Text:1=value Number:4 Blob:3 Many:1=one Many:1=two Path:1=C:\\Windows\\x ");

    seen.clear();
    RTL_QUERY_REGISTRY_TABLE sub{}, top{}, none{};
    sub.QueryRoutine = collect;
    sub.Flags = RTL_QUERY_REGISTRY_SUBKEY;
    sub.Name = const_cast<PWSTR>(u"Sub");
    top.QueryRoutine = collect;
    top.Flags = RTL_QUERY_REGISTRY_TOPKEY;
    top.Name = const_cast<PWSTR>(u"Text");
    none.QueryRoutine = collect;
    none.Flags = RTL_QUERY_REGISTRY_NOVALUE;
    EXPECT_EQ(query({sub, top, none}, &seen), STATUS_SUCCESS);
    EXPECT_EQ(seen, u"Inner:1=deep Text:1=value -:0 ");

    all.EntryContext = &seen;
    EXPECT_EQ(query({all}, &seen), STATUS_ACCESS_DENIED) << "a routine's error ends the query";
    all.EntryContext = nullptr;
    all.Name = const_cast<PWSTR>(u"Text");
    all.Flags = RTL_QUERY_REGISTRY_DELETE;
    EXPECT_EQ(query({all}, &seen), STATUS_SUCCESS);
    all.Flags = RTL_QUERY_REGISTRY_REQUIRED;
    EXPECT_EQ(query({all}, &seen), STATUS_OBJECT_NAME_NOT_FOUND) << "it was deleted";
  });
}

TEST_F(ZwRegistryTest, WritingMakesTheKey) {
  run([&] {
    ULONG number = 5;
    EXPECT_EQ(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, const_cast<PWSTR>(u"New")), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, u"New", u"V", REG_DWORD, &number, sizeof number),
              STATUS_SUCCESS);
    EXPECT_EQ(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, const_cast<PWSTR>(u"New")), STATUS_SUCCESS);
    EXPECT_EQ(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, u"New", u"v"), STATUS_SUCCESS);
    EXPECT_EQ(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, u"New", u"v"), STATUS_OBJECT_NAME_NOT_FOUND);
    HANDLE key = open(u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\New");
    EXPECT_EQ(
        RtlWriteRegistryValue(RTL_REGISTRY_HANDLE, static_cast<PCWSTR>(key), u"V", REG_DWORD, &number, sizeof number),
        STATUS_SUCCESS);
    EXPECT_EQ(ZwClose(key), STATUS_SUCCESS);
    EXPECT_EQ(RtlCheckRegistryKey(77, const_cast<PWSTR>(u"New")), STATUS_INVALID_PARAMETER);
  });
}

TEST_F(ZwRegistryTest, ADirectReadOfAUsersHiveWithoutTypeCheckStopsTheSystem) {
  ASSERT_TRUE(services_->registry().set_dword(u"\\Registry\\User\\.Default\\Cable", u"Number", 1));
  machine.run_to_bug_check(kernel::kKernelSecurityCheckFailure, [] {
    ULONG number = 0;
    RTL_QUERY_REGISTRY_TABLE table[2] = {direct(u"Number", &number, REG_DWORD), {}};
    table[0].Flags &= ~RTL_QUERY_REGISTRY_TYPECHECK;
    (void)RtlQueryRegistryValues(RTL_REGISTRY_USER, u"Cable", table, nullptr, nullptr);
  });
}

}  // namespace
}  // namespace portside::exports
