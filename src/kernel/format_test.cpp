#include "kernel/format.h"

#include <gtest/gtest.h>

namespace portside::kernel {
namespace {

// What a driver's variadic call looks like.
[[gnu::ms_abi]] std::string narrow(const char* format, ...) {
  __builtin_ms_va_list arguments;
  __builtin_ms_va_start(arguments, format);
  std::string text = format_narrow(format, FormatArguments(arguments), NarrowText::kUtf8);
  __builtin_ms_va_end(arguments);
  return text;
}
[[gnu::ms_abi]] std::u16string wide(const char16_t* format, ...) {
  __builtin_ms_va_list arguments;
  __builtin_ms_va_start(arguments, format);
  std::u16string text = format_wide(format, FormatArguments(arguments));
  __builtin_ms_va_end(arguments);
  return text;
}

struct Counted {
  uint16_t length, maximum;
  const void* buffer;
};

TEST(Format, IntegersAreOf32BitsUnlessSaid) {
  EXPECT_EQ(narrow("%d %i %u", -1, 42, -1), "-1 42 4294967295");
  EXPECT_EQ(narrow("%ld %lu", -5, 5), "-5 5") << "long has 32 bits";
  EXPECT_EQ(narrow("%I64d %lld %I64x", -1LL, 1LL << 40, 0xFFFFFFFFFFFFFFFFULL), "-1 1099511627776 ffffffffffffffff");
  EXPECT_EQ(narrow("%I32u %Iu %zu", 7, 1ULL << 33, 1ULL << 34), "7 8589934592 17179869184");
  EXPECT_EQ(narrow("%hd %hu %hhu", 0x18000, 0x18000, 0x1FF), "-32768 32768 255");
  EXPECT_EQ(narrow("%x %X %#x %#X %o %#o", 0xbeef, 0xbeef, 0xbeef, 0xbeef, 8, 8), "beef BEEF 0xbeef 0XBEEF 10 010");
}

TEST(Format, WidthPrecisionAndFlags) {
  EXPECT_EQ(narrow("[%5d][%-5d][%05d][%+d][% d]", 42, 42, 42, 42, 42), "[   42][42   ][00042][+42][ 42]");
  EXPECT_EQ(narrow("[%*d][%-*d][%.*d]", 4, 1, 4, 1, 3, 1), "[   1][1   ][001]");
  EXPECT_EQ(narrow("[%08x][%#010x][%.0d]", 0xAB, 0xAB, 0), "[000000ab][0x000000ab][]");
  EXPECT_EQ(narrow("[%-05d]", -3), "[-3   ]");
  EXPECT_EQ(narrow("%%100 %c%c", 'a', 'b'), "%100 ab");
}

TEST(Format, PointersHaveSixteenDigits) {
  EXPECT_EQ(narrow("%p", reinterpret_cast<void*>(0x1234ABCD)), "000000001234ABCD");
}

TEST(Format, StringsOfEitherWidth) {
  EXPECT_EQ(narrow("%s|%S|%ws|%ls|%hs", "a", u"b", u"c", u"d", "e"), "a|b|c|d|e");
  EXPECT_EQ(wide(u"%s|%S|%ws|%ls|%hs", u"a", "b", u"c", u"d", "e"), u"a|b|c|d|e");
  EXPECT_EQ(narrow("[%6s][%-6s][%.2s][%.2ws]", "abc", "abc", "abc", u"xyz"), "[   abc][abc   ][ab][xy]");
  EXPECT_EQ(narrow("%s %ws %wZ", nullptr, nullptr, nullptr), "(null) (null) (null)");
  EXPECT_EQ(narrow("%ws", u"Größe 🎵"), "Größe 🎵");
  EXPECT_EQ(wide(u"%c%C%hc", u'ä', 'b', 'c'), u"äbc");
}

TEST(Format, CountedStringsNeedNoTerminator) {
  const Counted unicode{6, 6, u"abcdef"};
  const Counted ansi{2, 2, "xyz"};
  EXPECT_EQ(narrow("%wZ|%Z|%8wZ|%.1wZ", &unicode, &ansi, &unicode, &unicode), "abc|xy|     abc|a");
  EXPECT_EQ(wide(u"%wZ|%Z", &unicode, &ansi), u"abc|xy");
}

TEST(Format, StringsAtOddAddressesAreRead) {
  alignas(2) char bytes[] = {'?', 'h', 0, 'i', 0, 0, 0};
  EXPECT_EQ(narrow("%ws", bytes + 1), "hi");
}

TEST(Format, Floats) {
  EXPECT_EQ(narrow("%f %.2f %8.3f %g %e", 1.5, 2.345, 3.14159, 0.5, 1234.5),
            "1.500000 2.35 "
            "   3.142 0.5 1.234500e+03");
  EXPECT_EQ(wide(u"%d %.1f %s", 1, 2.5, u"x"), u"1 2.5 x") << "arguments of all kinds take one slot each";
}

TEST(Format, ManyArgumentsComeFromTheStack) {
  EXPECT_EQ(narrow("%d%d%d%d%d%d%d%d%s", 1, 2, 3, 4, 5, 6, 7, 8, "9"), "123456789");
}

TEST(Format, BrokenFormatsPrintWhatTheyCan) {
  EXPECT_EQ(narrow("abc%"), "abc");
  EXPECT_EQ(narrow("abc%5"), "abc");
  EXPECT_EQ(narrow("%y", 1), "y");
  EXPECT_EQ(narrow(nullptr), "");
  int untouched = 5;
  EXPECT_EQ(narrow("a%nb", &untouched), "ab");
  EXPECT_EQ(untouched, 5) << "%n writes nothing";
  EXPECT_EQ(narrow("%99999999999999999999d", 1).size(), 65'535u) << "a silly width does not overflow";
  EXPECT_EQ(narrow("%*d", INT32_MIN, 1).size(), 65'535u);
}

}  // namespace
}  // namespace portside::kernel
