#include "kernel/unicode.h"

#include <gtest/gtest.h>

#include "base/code_page.h"

namespace portside::kernel {
namespace {

TEST(Unicode, FoldsCaseLikeWindows) {
  EXPECT_EQ(upcase(u"straße äöü"), u"STRAßE ÄÖÜ") << "one unit becomes one unit";
  EXPECT_EQ(upcase(u'\u00FF'), u'\u0178');
  EXPECT_EQ(upcase(u'\u0131'), u'\u0131') << "a dotless i is not an I";
  EXPECT_EQ(upcase(u'\u00B5'), u'\u00B5') << "a micro sign is not Greek";
  EXPECT_EQ(downcase(u'\u0414'), u'\u0434');
  EXPECT_TRUE(equal_ignoring_case(u"\\Registry\\MACHINE", u"\\REGISTRY\\machine"));
  EXPECT_FALSE(equal_ignoring_case(u"a", u"ab"));
}

TEST(Unicode, ComparesUnitByUnitThenByLength) {
  EXPECT_LT(compare(u"abc", u"abd", false), 0);
  EXPECT_GT(compare(u"abc", u"ABC", false), 0);
  EXPECT_EQ(compare(u"abc", u"ABC", true), 0);
  EXPECT_LT(compare(u"ab", u"abc", true), 0);
  EXPECT_GT(compare(u"a", u"", true), 0);
}

TEST(Unicode, Utf8RoundTrip) {
  const std::u16string text = u"aß€\U0001F3B5";
  EXPECT_EQ(to_utf8(text), "aß€🎵");
  EXPECT_EQ(from_utf8(to_utf8(text)), text);
  EXPECT_EQ(to_utf8(std::u16string{char16_t(0xD800), u'x'}), "\xEF\xBF\xBDx") << "half a pair is replaced";
}

TEST(Unicode, BytesThatAreNotUtf8AreCodePage1252) {
  EXPECT_EQ(from_utf8("caf\xE9 \x80"), u"café €");
  EXPECT_EQ(from_utf8("\xC0\x80"), u"À€") << "an overlong form is no UTF-8";
}

TEST(Unicode, AnsiIsCodePage1252) {
  EXPECT_EQ(to_code_page_1252(u'€'), '\x80');
  EXPECT_EQ(from_code_page_1252('\x80'), u'€');
  EXPECT_EQ(to_code_page_1252(u'é'), '\xE9');
  EXPECT_EQ(to_code_page_1252(u'中'), '?');
  for (int byte = 0; byte < 256; ++byte)
    EXPECT_EQ(to_code_page_1252(from_code_page_1252(static_cast<char>(byte))), static_cast<char>(byte)) << byte;
}

}  // namespace
}  // namespace portside::kernel
