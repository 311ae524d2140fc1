// The C runtime is called here as a driver calls it: through the table, by the Windows convention.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "exports/export_table.h"

namespace portside::exports {
namespace {

template <class Signature>
struct Driver;
template <class R, class... A>
struct Driver<R(A...)> {
  using Pointer = R(__attribute__((ms_abi)) *)(A...);
};
template <class R, class... A>
struct Driver<R(A..., ...)> {
  using Pointer = R(__attribute__((ms_abi)) *)(A..., ...);
};
template <class Signature>
auto crt(const char* name) {
  const Export* row = find_export("ntoskrnl.exe", name);
  EXPECT_NE(row, nullptr) << name;
  return reinterpret_cast<typename Driver<Signature>::Pointer>(row->address);
}

TEST(Crt, Memory) {
  char a[8] = "abcdef";
  EXPECT_EQ(crt<void*(void*, const void*, size_t)>("memmove")(a + 1, a, 5), a + 1);
  EXPECT_STREQ(a, "aabcde");
  crt<void*(void*, int, size_t)>("memset")(a, 'x', 3);
  EXPECT_STREQ(a, "xxxcde");
  const auto memcmp = crt<int(const void*, const void*, size_t)>("memcmp");
  EXPECT_LT(memcmp("a\x01", "a\xFF", 2), 0);
  EXPECT_EQ(memcmp("a", "b", 0), 0);
  const auto memcpy_s = crt<int(void*, size_t, const void*, size_t)>("memcpy_s");
  EXPECT_EQ(memcpy_s(a, 2, "12345", 5), 34);
  EXPECT_EQ(a[0], 0);
}

TEST(Crt, Comparisons) {
  const auto strcmp = crt<int(const char*, const char*)>("strcmp");
  EXPECT_LT(strcmp("a", "b"), 0);
  EXPECT_LT(strcmp("a", "\xE9"), 0) << "characters compare unsigned";
  EXPECT_EQ(crt<int(const char*, const char*, size_t)>("strncmp")("abX", "abY", 2), 0);
  EXPECT_EQ(crt<int(const char*, const char*)>("_stricmp")("HeLLo", "hEllO"), 0);
  EXPECT_EQ(crt<int(const char16_t*, const char16_t*)>("wcscmp")(u"Wave", u"Wave"), 0);
  EXPECT_GT(crt<int(const char16_t*, const char16_t*)>("wcscmp")(u"Wave", u"Wav"), 0);
  EXPECT_EQ(crt<int(const char16_t*, const char16_t*)>("_wcsicmp")(u"GRÖSSE", u"größse"),
            crt<int(const char16_t*, const char16_t*)>("_wcsicmp")(u"grösse", u"größse"));
  EXPECT_EQ(crt<int(const char16_t*, const char16_t*, size_t)>("_wcsnicmp")(u"SPEAKERx", u"speakery", 7), 0);
}

TEST(Crt, CopiesThatAreChecked) {
  char16_t to[4] = u"zzz";
  const auto wcscpy_s = crt<int(char16_t*, size_t, const char16_t*)>("wcscpy_s");
  EXPECT_EQ(wcscpy_s(to, 4, u"abc"), 0);
  EXPECT_EQ(std::u16string(to), u"abc");
  EXPECT_EQ(wcscpy_s(to, 4, u"abcd"), 34);
  EXPECT_EQ(to[0], 0) << "an empty string, not a cut one";
  EXPECT_EQ(wcscpy_s(nullptr, 4, u"a"), 22);
  char buffer[6] = "ab";
  const auto strncat_s = crt<int(char*, size_t, const char*, size_t)>("strncat_s");
  EXPECT_EQ(strncat_s(buffer, 6, "cdefg", 2), 0);
  EXPECT_STREQ(buffer, "abcd");
  EXPECT_EQ(strncat_s(buffer, 6, "efg", ~size_t{0}), 80) << "_TRUNCATE";
  EXPECT_STREQ(buffer, "abcde");
  char padded[6] = "xxxxx";
  crt<char*(char*, const char*, size_t)>("strncpy")(padded, "a", 4);
  EXPECT_EQ(std::memcmp(padded, "a\0\0\0x", 6), 0);
}

TEST(Crt, Searches) {
  const char* text = "one,two,three";
  EXPECT_EQ(crt<char*(const char*, int)>("strchr")(text, ','), text + 3);
  EXPECT_EQ(crt<char*(const char*, int)>("strrchr")(text, ','), text + 7);
  EXPECT_EQ(crt<char*(const char*, int)>("strchr")(text, 0), text + 13);
  EXPECT_EQ(crt<char*(const char*, const char*)>("strstr")(text, "two"), text + 4);
  EXPECT_EQ(crt<char*(const char*, const char*)>("strstr")(text, ""), text);
  EXPECT_EQ(crt<char*(const char*, const char*)>("strstr")(text, "threex"), nullptr);
  const char16_t* wide = u"\\Device\\Cable";
  EXPECT_EQ(crt<char16_t*(const char16_t*, char16_t)>("wcsrchr")(wide, u'\\'), wide + 7);
  EXPECT_EQ(crt<char16_t*(const char16_t*, const char16_t*)>("wcsstr")(wide, u"Cab"), wide + 8);
  char tokens[] = ",,a,b";
  char* context = nullptr;
  const auto strtok_s = crt<char*(char*, const char*, char**)>("strtok_s");
  EXPECT_STREQ(strtok_s(tokens, ",", &context), "a");
  EXPECT_STREQ(strtok_s(nullptr, ",", &context), "b");
  EXPECT_EQ(strtok_s(nullptr, ",", &context), nullptr);
}

TEST(Crt, BoundedPrinting) {
  const auto snprintf = crt<int(char*, size_t, const char*, ...)>("_snprintf");
  char to[6] = "zzzzz";
  EXPECT_EQ(snprintf(to, 5, "%d", 1234), 4);
  EXPECT_STREQ(to, "1234");
  EXPECT_EQ(snprintf(to, 4, "%s", "abcd"), 4);
  EXPECT_EQ(to[4], 0) << "the old byte: no terminator was written";
  EXPECT_EQ(snprintf(to, 3, "%s", "wxyz"), -1);
  EXPECT_EQ(std::memcmp(to, "wxyd", 4), 0);
  EXPECT_EQ(snprintf(nullptr, 0, "%d", 123456), 6);

  const auto swprintf_s = crt<int(char16_t*, size_t, const char16_t*, ...)>("swprintf_s");
  char16_t wide[8];
  EXPECT_EQ(swprintf_s(wide, 8, u"%s%02d", u"Pin", 7), 5);
  EXPECT_EQ(std::u16string(wide), u"Pin07");
  EXPECT_EQ(swprintf_s(wide, 8, u"%s", u"Speakers"), -1);
  EXPECT_EQ(wide[0], 0);

  const auto snprintf_s = crt<int(char*, size_t, size_t, const char*, ...)>("_snprintf_s");
  EXPECT_EQ(snprintf_s(to, 6, ~size_t{0}, "%s", "abcdefgh"), -1);
  EXPECT_STREQ(to, "abcde");
  EXPECT_EQ(snprintf_s(to, 6, 2, "%s", "xyz"), -1);
  EXPECT_STREQ(to, "xy");
}

TEST(Crt, VariadicListsArePassedOn) {
  const auto vsnwprintf = crt<int(char16_t*, size_t, const char16_t*, __builtin_ms_va_list)>("_vsnwprintf");
  const uint64_t slots[] = {7, reinterpret_cast<uint64_t>("ansi")};
  char16_t to[16];
  EXPECT_EQ(vsnwprintf(to, 16, u"%u %S", const_cast<char*>(reinterpret_cast<const char*>(slots))), 6);
  EXPECT_EQ(std::u16string(to), u"7 ansi");
}

TEST(Crt, Numbers) {
  EXPECT_EQ(crt<int(const char*)>("atoi")("  -42x"), -42);
  const auto strtoul = crt<uint32_t(const char*, char**, int)>("strtoul");
  char* end = nullptr;
  const char* text = "0xFFz";
  EXPECT_EQ(strtoul(text, &end, 0), 255u);
  EXPECT_EQ(end, text + 4);
  EXPECT_EQ(strtoul("99999999999", nullptr, 10), 0xFFFFFFFFu);
  EXPECT_EQ(crt<int32_t(const char*, char**, int)>("strtol")("-99999999999", nullptr, 10), INT32_MIN);
  EXPECT_EQ(strtoul("010", nullptr, 0), 8u);
  char to[40];
  EXPECT_STREQ(crt<char*(int, char*, int)>("_itoa")(-255, to, 10), "-255");
  EXPECT_STREQ(crt<char*(int, char*, int)>("_itoa")(-1, to, 16), "ffffffff");
}

[[gnu::ms_abi]] int by_value(const void* a, const void* b) {
  int x, y;
  std::memcpy(&x, a, 4);
  std::memcpy(&y, b, 4);
  return x < y ? -1 : x > y;
}

TEST(Crt, SortsAndSearches) {
  std::mt19937 random(1);
  using Comparison = int(__attribute__((ms_abi))*)(const void*, const void*);
  for (size_t n : {0, 1, 2, 3, 10, 1000}) {
    std::vector<int> numbers(n);
    for (int& number : numbers) number = static_cast<int>(random() % 100);
    std::vector<int> expected = numbers;
    std::ranges::sort(expected);
    crt<void(void*, size_t, size_t, Comparison)>("qsort")(numbers.data(), n, sizeof(int), by_value);
    EXPECT_EQ(numbers, expected) << n;
  }
  const int sorted[] = {1, 3, 5};
  const auto bsearch = crt<void*(const void*, const void*, size_t, size_t, Comparison)>("bsearch");
  const int three = 3, four = 4;
  EXPECT_EQ(bsearch(&three, sorted, 3, 4, by_value), sorted + 1);
  EXPECT_EQ(bsearch(&four, sorted, 3, 4, by_value), nullptr);
}

TEST(Crt, Mathematics) {
  EXPECT_DOUBLE_EQ(crt<double(double)>("sin")(0.5), 0.479425538604203);
  EXPECT_FLOAT_EQ(crt<float(float)>("sinf")(0.5f), 0.479425538f);
  EXPECT_DOUBLE_EQ(crt<double(double, double)>("pow")(2, 10), 1024);
  EXPECT_DOUBLE_EQ(crt<double(double)>("sqrt")(2), 1.4142135623730951);
}

}  // namespace
}  // namespace portside::exports
