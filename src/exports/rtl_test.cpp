#include <gmock/gmock.h>

#include <cstring>

#include "exports/export_fixture.h"

namespace portside::exports {
namespace {

struct RtlTest : ExportFixture {};

TEST_F(RtlTest, InitCountsBytesAndItsTerminator) {
  run([] {
    UNICODE_STRING string;
    RtlInitUnicodeString(&string, u"abc");
    EXPECT_EQ(string.Length, 6);
    EXPECT_EQ(string.MaximumLength, 8);
    RtlInitUnicodeString(&string, nullptr);
    EXPECT_EQ(string.Length, 0);
    EXPECT_EQ(string.MaximumLength, 0);
    EXPECT_EQ(string.Buffer, nullptr);
    ANSI_STRING ansi;
    RtlInitAnsiString(&ansi, "abcd");
    EXPECT_EQ(ansi.Length, 4);
    EXPECT_EQ(ansi.MaximumLength, 5);
  });
}

TEST_F(RtlTest, CopiesAndAppendsWithinTheMaximum) {
  run([] {
    WCHAR buffer[6] = u"?????";
    UNICODE_STRING to{0, sizeof buffer, buffer};
    UNICODE_STRING from = unicode(u"abc");
    RtlCopyUnicodeString(&to, &from);
    EXPECT_EQ(text_of(to), u"abc");
    EXPECT_EQ(buffer[3], 0) << "a terminator where there is room";
    EXPECT_EQ(RtlAppendUnicodeToString(&to, u"de"), STATUS_SUCCESS);
    EXPECT_EQ(text_of(to), u"abcde");
    EXPECT_EQ(RtlAppendUnicodeToString(&to, u"fg"), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(text_of(to), u"abcde") << "nothing is appended";
    EXPECT_EQ(RtlAppendUnicodeToString(&to, u"f"), STATUS_SUCCESS) << "all of the maximum, no terminator";
    EXPECT_EQ(RtlAppendUnicodeStringToString(&to, &from), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(RtlAppendUnicodeToString(&to, nullptr), STATUS_SUCCESS);
    UNICODE_STRING longer = unicode(u"0123456789");
    RtlCopyUnicodeString(&to, &longer);
    EXPECT_EQ(text_of(to), u"012345") << "a copy is cut";
    RtlCopyUnicodeString(&to, nullptr);
    EXPECT_EQ(to.Length, 0);
  });
}

TEST_F(RtlTest, Comparisons) {
  run([] {
    UNICODE_STRING a = unicode(u"Speakers"), b = unicode(u"sPEAKERS"), prefix = unicode(u"speak");
    EXPECT_TRUE(RtlEqualUnicodeString(&a, &b, TRUE));
    EXPECT_FALSE(RtlEqualUnicodeString(&a, &b, FALSE));
    EXPECT_LT(RtlCompareUnicodeString(&a, &b, FALSE), 0);
    EXPECT_EQ(RtlCompareUnicodeString(&a, &b, TRUE), 0);
    EXPECT_GT(RtlCompareUnicodeString(&a, &prefix, TRUE), 0);
    EXPECT_TRUE(RtlPrefixUnicodeString(&prefix, &a, TRUE));
    EXPECT_FALSE(RtlPrefixUnicodeString(&a, &prefix, TRUE));
    EXPECT_EQ(RtlUpcaseUnicodeChar(u'ä'), u'Ä');
    ULONG one = 0, two = 1;
    EXPECT_EQ(RtlHashUnicodeString(&a, TRUE, HASH_STRING_ALGORITHM_DEFAULT, &one), STATUS_SUCCESS);
    EXPECT_EQ(RtlHashUnicodeString(&b, TRUE, HASH_STRING_ALGORITHM_X65599, &two), STATUS_SUCCESS);
    EXPECT_EQ(one, two);
    EXPECT_EQ(RtlHashUnicodeString(&b, TRUE, 7, &two), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(RtlCompareMemory("abcd", "abXd", 4), 2u);
  });
}

TEST_F(RtlTest, ConversionsAllocateOrFit) {
  run([&] {
    UNICODE_STRING wide{};
    ANSI_STRING ansi;
    RtlInitAnsiString(&ansi, "caf\xE9");
    EXPECT_EQ(RtlAnsiStringToUnicodeString(&wide, &ansi, TRUE), STATUS_SUCCESS);
    EXPECT_EQ(text_of(wide), u"café");
    EXPECT_EQ(wide.MaximumLength, 10);
    ANSI_STRING back{};
    EXPECT_EQ(RtlUnicodeStringToAnsiString(&back, &wide, TRUE), STATUS_SUCCESS);
    EXPECT_STREQ(back.Buffer, "caf\xE9");
    char small[4];
    ANSI_STRING fixed{0, sizeof small, small};
    EXPECT_EQ(RtlUnicodeStringToAnsiString(&fixed, &wide, FALSE), STATUS_BUFFER_OVERFLOW)
        << "the terminator needs room too";
    UNICODE_STRING upper{};
    EXPECT_EQ(RtlUpcaseUnicodeString(&upper, &wide, TRUE), STATUS_SUCCESS);
    EXPECT_EQ(text_of(upper), u"CAFÉ");
    RtlFreeUnicodeString(&upper);
    RtlFreeUnicodeString(&wide);
    RtlFreeAnsiString(&back);
    EXPECT_EQ(wide.Buffer, nullptr);
    RtlFreeUnicodeString(&wide);
  });
  EXPECT_TRUE(pool_mistakes.seen.empty());
  EXPECT_EQ(services_->pool().report_leaks(), 0u);
}

TEST_F(RtlTest, Guids) {
  run([&] {
    const GUID guid{0x146F1A80, 0x4791, 0x11D0, {0xA5, 0xD6, 0x28, 0xDB, 0x04, 0xC1, 0x00, 0x00}};
    UNICODE_STRING text{};
    EXPECT_EQ(RtlStringFromGUID(guid, &text), STATUS_SUCCESS);
    EXPECT_EQ(text_of(text), u"{146F1A80-4791-11D0-A5D6-28DB04C10000}");
    GUID back{};
    EXPECT_EQ(RtlGUIDFromString(&text, &back), STATUS_SUCCESS);
    EXPECT_EQ(std::memcmp(&guid, &back, sizeof guid), 0);
    RtlFreeUnicodeString(&text);
    UNICODE_STRING bad = unicode(u"{146F1A80-4791-11D0-A5D6-28DB04C1000G}");
    EXPECT_EQ(RtlGUIDFromString(&bad, &back), STATUS_INVALID_PARAMETER);
  });
}

TEST_F(RtlTest, NumbersAndStrings) {
  run([] {
    WCHAR buffer[12];
    UNICODE_STRING text{0, sizeof buffer, buffer};
    EXPECT_EQ(RtlIntegerToUnicodeString(4294967295u, 10, &text), STATUS_SUCCESS);
    EXPECT_EQ(text_of(text), u"4294967295");
    EXPECT_EQ(RtlIntegerToUnicodeString(0xBEEF, 16, &text), STATUS_SUCCESS);
    EXPECT_EQ(text_of(text), u"BEEF");
    EXPECT_EQ(RtlIntegerToUnicodeString(5, 7, &text), STATUS_INVALID_PARAMETER);
    UNICODE_STRING tiny{0, 4, buffer};
    EXPECT_EQ(RtlIntegerToUnicodeString(123, 10, &tiny), STATUS_BUFFER_OVERFLOW);
    ULONG value = 0;
    UNICODE_STRING hex = unicode(u"  0x1Fz");
    EXPECT_EQ(RtlUnicodeStringToInteger(&hex, 0, &value), STATUS_SUCCESS);
    EXPECT_EQ(value, 0x1Fu);
    EXPECT_EQ(RtlCharToInteger("-12", 10, &value), STATUS_SUCCESS);
    EXPECT_EQ(static_cast<LONG>(value), -12);
  });
}

TEST_F(RtlTest, BitMaps) {
  run([] {
    ULONG words[2] = {0, ~0u};
    RTL_BITMAP map;
    RtlInitializeBitMap(&map, words, 40);
    EXPECT_EQ(RtlNumberOfSetBits(&map), 8u) << "bits beyond the map do not count";
    RtlClearAllBits(&map);
    RtlSetBits(&map, 3, 4);
    EXPECT_TRUE(RtlAreBitsSet(&map, 3, 4));
    EXPECT_FALSE(RtlAreBitsSet(&map, 3, 5));
    EXPECT_TRUE(RtlAreBitsClear(&map, 7, 33));
    EXPECT_FALSE(RtlAreBitsClear(&map, 7, 34)) << "beyond the end";
    EXPECT_EQ(RtlFindClearBitsAndSet(&map, 4, 0), 7u);
    EXPECT_EQ(RtlFindClearBits(&map, 3, 39), 0u) << "the search starts again at the beginning";
    EXPECT_EQ(RtlFindClearBits(&map, 40, 0), 0xFFFFFFFFu);
    EXPECT_TRUE(RtlTestBit(&map, 10));
    RtlClearBit(&map, 10);
    EXPECT_FALSE(RtlTestBit(&map, 10));
  });
}

TEST_F(RtlTest, Times) {
  run([] {
    LARGE_INTEGER time;
    time.QuadPart = 133'485'408'000'000'000;  // 2024-01-01, a Monday
    time.QuadPart += 10'000LL * (((13 * 60 + 14) * 60 + 15) * 1000 + 16);
    TIME_FIELDS fields;
    RtlTimeToTimeFields(&time, &fields);
    EXPECT_EQ(fields.Year, 2024);
    EXPECT_EQ(fields.Month, 1);
    EXPECT_EQ(fields.Day, 1);
    EXPECT_EQ(fields.Weekday, 1);
    EXPECT_EQ(fields.Hour, 13);
    EXPECT_EQ(fields.Minute, 14);
    EXPECT_EQ(fields.Second, 15);
    EXPECT_EQ(fields.Milliseconds, 16);
    LARGE_INTEGER back;
    EXPECT_TRUE(RtlTimeFieldsToTime(&fields, &back));
    EXPECT_EQ(back.QuadPart, time.QuadPart);
    time.QuadPart = 0;
    RtlTimeToTimeFields(&time, &fields);
    EXPECT_EQ(fields.Year, 1601);
    fields.Month = 2;
    fields.Day = 30;
    EXPECT_FALSE(RtlTimeFieldsToTime(&fields, &back));
  });
}

TEST_F(RtlTest, Versions) {
  run([] {
    RTL_OSVERSIONINFOEXW info{};
    info.dwOSVersionInfoSize = sizeof info;
    EXPECT_EQ(RtlGetVersion(reinterpret_cast<PRTL_OSVERSIONINFOW>(&info)), STATUS_SUCCESS);
    EXPECT_EQ(info.dwMajorVersion, 10u);
    EXPECT_EQ(info.wProductType, 1);
    constexpr ULONG kMajor = 2, kMinor = 1;
    constexpr UCHAR kGreaterEqual = 3;
    ULONGLONG mask = VerSetConditionMask(VerSetConditionMask(0, kMajor, kGreaterEqual), kMinor, kGreaterEqual);
    RTL_OSVERSIONINFOEXW wanted{};
    wanted.dwMajorVersion = 6;
    wanted.dwMinorVersion = 3;
    EXPECT_EQ(RtlVerifyVersionInfo(&wanted, kMajor | kMinor, mask), STATUS_SUCCESS) << "10.0 is later than 6.3";
    wanted.dwMajorVersion = 11;
    EXPECT_EQ(RtlVerifyVersionInfo(&wanted, kMajor | kMinor, mask), STATUS_REVISION_MISMATCH);
    EXPECT_TRUE(RtlIsNtDdiVersionAvailable(0x06000000));
    EXPECT_FALSE(RtlIsNtDdiVersionAvailable(0x0B000000));
  });
}

TEST_F(RtlTest, UuidsDifferAndRepeatWithTheSeed) {
  GUID first{}, second{};
  run([&] {
    EXPECT_EQ(ExUuidCreate(&first), STATUS_SUCCESS);
    EXPECT_EQ(ExUuidCreate(&second), STATUS_SUCCESS);
  });
  EXPECT_NE(std::memcmp(&first, &second, sizeof first), 0);
  EXPECT_EQ(first.Data3 >> 12, 4);
  EXPECT_EQ(first.Data4[0] & 0xC0, 0x80);
  auto again = kernel::Services::create(*memory_, {}).value();
  uint64_t word = again->next_random();
  EXPECT_EQ(std::memcmp(&word, &first, 6), 0);
}

TEST_F(RtlTest, DebugOutputGoesToTheLog) {
  run([&] {
    UNICODE_STRING name = unicode(u"Größe");
    DbgPrint("stream %d: %wZ at %p\n", 3, &name, reinterpret_cast<PVOID>(uint64_t{0x1000}));
    DbgPrintEx(DPFLTR_IHVAUDIO_ID, DPFLTR_ERROR_LEVEL, "%s", std::string(2000, 'x').c_str());
    KIRQL old = 0;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    DbgPrint("%d", 1);
    EXPECT_TRUE(calls.at_wrong_irql.empty());
    DbgPrint("%ws", u"wide text at DISPATCH_LEVEL");
    KeLowerIrql(old);
  });
  const auto lines = services_->log().lines();
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0].text, "stream 3: Größe at 0000000000001000\n");
  EXPECT_EQ(lines[0].component, static_cast<uint32_t>(DPFLTR_DEFAULT_ID));
  EXPECT_EQ(lines[1].component, static_cast<uint32_t>(DPFLTR_IHVAUDIO_ID));
  EXPECT_EQ(lines[1].text.size(), 512u);
  EXPECT_THAT(calls.at_wrong_irql, ::testing::ElementsAre("DbgPrint"));
}

TEST_F(RtlTest, AFailedAssertionEndsTheMachine) {
  const auto& record = machine.run_to_bug_check(kernel::kKmodeExceptionNotHandled, [] {
    RtlAssert(const_cast<char*>("a == b"), const_cast<char*>("cable.cpp"), 42, nullptr);
  });
  EXPECT_THAT(record.sentence, ::testing::HasSubstr("cable.cpp, line 42"));
}

extern "C" {
NTSTATUS NTAPI EtwRegister(const GUID*, PVOID, PVOID, ULONGLONG*);
NTSTATUS NTAPI EtwUnregister(ULONGLONG);
NTSTATUS NTAPI EtwWriteString(ULONGLONG, UCHAR, ULONGLONG, const GUID*, PCWSTR);
NTSTATUS NTAPI EtwWrite(ULONGLONG, const void*, const GUID*, ULONG, const void*);
}

TEST_F(RtlTest, TracesAreCollected) {
  run([] {
    const GUID provider{1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}};
    ULONGLONG handle = 0;
    EXPECT_EQ(EtwRegister(&provider, nullptr, nullptr, &handle), STATUS_SUCCESS);
    EXPECT_EQ(EtwWriteString(handle, 4, 1, nullptr, u"started"), STATUS_SUCCESS);
    struct {
      USHORT id;
      UCHAR version, channel, level, opcode;
      USHORT task;
      ULONGLONG keyword;
    } descriptor{7, 0, 0, 2, 0, 0, 9};
    struct {
      const void* at;
      ULONG bytes, reserved;
    } data[] = {{"ab", 2, 0}, {"c", 1, 0}};
    EXPECT_EQ(EtwWrite(handle, &descriptor, nullptr, 2, data), STATUS_SUCCESS);
    EXPECT_EQ(EtwUnregister(handle), STATUS_SUCCESS);
    EXPECT_EQ(EtwUnregister(handle), STATUS_INVALID_HANDLE);
    EXPECT_EQ(EtwWriteString(handle, 4, 1, nullptr, u"late"), STATUS_INVALID_HANDLE);
  });
  const auto events = services_->log().events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].text, "started");
  EXPECT_EQ(events[0].provider, "{00000001-0002-0003-0405-060708090a0b}");
  EXPECT_EQ(events[1].id, 7);
  EXPECT_EQ(events[1].data, (std::vector<uint8_t>{'a', 'b', 'c'}));
}

}  // namespace
}  // namespace portside::exports
