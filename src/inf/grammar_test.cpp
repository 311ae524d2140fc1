// "General Syntax Rules for INF Files" and "INF Strings Section", rule by rule.

#include "inf/inf_fixture.h"

namespace portside::inf {
namespace {

// The fields of the first entry of [S].
std::vector<std::string> fields(std::string_view line, std::string_view strings = "") {
  auto file = parse("[S]\n" + std::string(line) + "\n[Strings]\n" + std::string(strings));
  EXPECT_TRUE(file) << error_of(file);
  if (!file || !file->find("S") || file->find("S")->entries.empty()) return {"nothing"};
  return file->find("S")->entries.front().fields;
}
using Fields = std::vector<std::string>;

TEST(InfGrammar, FieldsAreSeparatedByCommasAndTrimmed) {
  EXPECT_EQ(fields("a, b ,\tc\t,"), (Fields{"a", "b", "c", ""}));
  EXPECT_EQ(fields("HKR,,Name,,a=b"), (Fields{"HKR", "", "Name", "", "a=b"})) << "an = behind a comma is a character";
}

TEST(InfGrammar, KeysEndAtTheFirstEqualsSign) {
  const auto file = parse("[S]\n key = v=w , x\n\"a = b\" = c\n");
  ASSERT_TRUE(file);
  const auto& entries = file->find("s")->entries;
  EXPECT_EQ(entries[0].key, "key");
  EXPECT_EQ(entries[0].fields, (Fields{"v=w", "x"}));
  EXPECT_EQ(entries[1].key, "a = b");
}

TEST(InfGrammar, QuotationMarks) {
  EXPECT_EQ(fields("\" a, b ; c \""), (Fields{" a, b ; c "}));
  EXPECT_EQ(fields("\"Display an \"\"example\"\" string\""), (Fields{"Display an \"example\" string"}));
  EXPECT_EQ(fields("\"\"\"some string\"\"\""), (Fields{"\"some string\""}));
  EXPECT_EQ(fields("\"\"some string\"\",x"), (Fields{"\"some string\"", "x"}));
  EXPECT_EQ(fields("\"\",x"), (Fields{"", "x"}));
  EXPECT_EQ(error_of(parse("[S]\na = 1\nb = \"open\nc = 2")),
            "test.inf:3: a quotation mark is opened here and not closed on its line");
}

TEST(InfGrammar, Comments) {
  EXPECT_EQ(fields("; nothing\n\n  ;\na ; comment, b"), (Fields{"a"}));
  EXPECT_EQ(fields("a,%x;y%", "\"x;y\" = z"), (Fields{"a", "z"}));
}

TEST(InfGrammar, ContinuedLines) {
  EXPECT_EQ(fields("a,\\\n  b"), (Fields{"a", "b"}));
  EXPECT_EQ(fields("\"SomeDirectory\\\"\\ ; comment\r\n,SomeFile"), (Fields{"SomeDirectory\\", "SomeFile"}));
  EXPECT_EQ(fields("SomeDirectory\\\\\n,SomeFile"), (Fields{"SomeDirectory", "SomeFile"}))
      << "the first of two is ignored";
  EXPECT_EQ(fields("a\\b,c\\d"), (Fields{"a\\b", "c\\d"}));
}

TEST(InfGrammar, LinesKeepTheirNumbersAcrossLineEnds) {
  const auto file = parse("[A]\r\n\r\nx\\\r\n,y\r\nz\n[B]\r[C]\n");
  ASSERT_TRUE(file) << error_of(file);
  EXPECT_EQ(file->find("A")->entries[0].line, 3u);
  EXPECT_EQ(file->find("A")->entries[1].line, 5u);
  EXPECT_EQ(file->find("C")->line, 7u);
}

TEST(InfGrammar, SectionsOfOneNameAreOne) {
  const auto file = parse("[S]\na\n[T]\nb\n[s]\nc\n");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->sections().size(), 2u);
  EXPECT_EQ(file->find("S")->entries.size(), 2u);
}

TEST(InfGrammar, BadSectionLines) {
  EXPECT_EQ(error_of(parse("[S\na")), "test.inf:1: a section's name is opened with [ and not closed with ]");
  EXPECT_EQ(error_of(parse("\n[S] x\n")), "test.inf:2: something follows [S] on its line");
  EXPECT_EQ(error_of(parse("x = y\n[S]\n")), "test.inf:1: this stands before the first [section]");
  EXPECT_EQ(error_of(parse("; nothing\n")), "test.inf:1: no [section] in it: this is no INF");
  EXPECT_EQ(error_of(parse("[" + std::string(256, 'a') + "]")),
            "test.inf:1: a section's name has at most 255 characters");
  EXPECT_NE(error_of(parse("[S]\na = " + std::string(5000, 'x'))).find("test.inf:2: a field of 5000"),
            std::string::npos);
}

TEST(InfGrammar, TokensAreReplacedAfterFieldsAreSplit) {
  EXPECT_EQ(fields("%Key%,%key%x", "KEY = \"{1DA5D803},2\""), (Fields{"{1DA5D803},2", "{1DA5D803},2x"}));
  EXPECT_EQ(fields("\"%%SystemRoot%%\\x\",50%"), (Fields{"%SystemRoot%\\x", "50%"}));
  EXPECT_EQ(fields("%K%", "K = a, b"), (Fields{"a,b"})) << "an unquoted string with a comma";
}

TEST(InfGrammar, Directories) {
  EXPECT_EQ(fields("%12%\\x.sys,%10%,%011%"),
            (Fields{"C:\\Windows\\System32\\drivers\\x.sys", "C:\\Windows", "C:\\Windows\\System32"}));
  const auto file = parse("[S]\n%13%\\x.sys");
  EXPECT_EQ(file->find("S")->entries[0].fields[0], file->driver_store() + "\\x.sys");
  EXPECT_TRUE(file->driver_store().starts_with("C:\\Windows\\System32\\DriverStore\\FileRepository\\test.inf_amd64_"));
}

TEST(InfGrammar, AnUndefinedTokenIsToldWhereItIsUsed) {
  const auto file = parse("[S]\nok\nx,%Nope%\n[T]\n%99%\n");
  ASSERT_TRUE(file);
  EXPECT_EQ(error_of(file->check(*file->find("S"))), "test.inf:3: %Nope% is not defined in [Strings]");
  EXPECT_EQ(error_of(file->check(*file->find("T"))), "test.inf:5: %99% is not defined in [Strings]");
}

TEST(InfGrammar, StringsOfTheLanguageGoFirst) {
  constexpr std::string_view kText =
      "[S]\n%a%,%b%\n[Strings]\na=\"default\"\nb=\"only "
      "here\"\n[Strings.0407]\na=\"deutsch\"\n[Strings.0809]\na=\"British\"\n";
  const auto text_for = [&](uint16_t language) {
    const auto file = parse(kText, language);
    const Entry& entry = file->find("S")->entries[0];
    return entry.fields[0] + "/" + entry.fields[1];
  };
  EXPECT_EQ(text_for(0x0407), "deutsch/only here");
  EXPECT_EQ(text_for(0x0409), "British/only here") << "another of the same primary language";
  EXPECT_EQ(text_for(0x040C), "default/only here");
}

TEST(InfGrammar, VariablesOfAnInx) {
  EXPECT_EQ(fields("NT$ARCH$.10.0,$arch$,$KMDFVERSION$,$Windows NT$,$x"),
            (Fields{"NTamd64.10.0", "amd64", "1.33", "$Windows NT$", "$x"}));
}

std::string encoded(std::u16string_view text, bool big_endian) {
  std::string bytes = big_endian ? "\xFE\xFF" : "\xFF\xFE";
  for (const char16_t c : text) {
    const char low = static_cast<char>(c), high = static_cast<char>(c >> 8);
    bytes += big_endian ? high : low;
    bytes += big_endian ? low : high;
  }
  return bytes;
}

TEST(InfGrammar, Encodings) {
  const std::u16string text = u"[S]\r\nLautsprecher f\u00FCr \U0001F50A\r\n";
  const std::string wanted = "Lautsprecher f\xC3\xBCr \xF0\x9F\x94\x8A";
  for (const std::string& bytes :
       {encoded(text, false), encoded(text, true), "[S]\n" + wanted, "\xEF\xBB\xBF[S]\n" + wanted}) {
    const auto file = parse(bytes);
    ASSERT_TRUE(file) << error_of(file);
    EXPECT_EQ(file->find("S")->entries[0].fields[0], wanted);
  }
  const auto ansi = parse("[S]\nf\xFCr \x80");
  EXPECT_EQ(ansi->find("S")->entries[0].fields[0], "f\xC3\xBCr \xE2\x82\xAC");
  EXPECT_EQ(error_of(parse(std::string("[S]\n\0", 5))), "test.inf:1: it holds a NUL, which no text does");
  EXPECT_EQ(error_of(parse(encoded(u"[S]", false) + "x")),
            "test.inf:1: its UTF-16 text ends in the middle of a character");
  EXPECT_EQ(error_of(parse(encoded(u"[S]\xD800", false))), "test.inf:1: its UTF-16 text has half a surrogate pair");
}

}  // namespace
}  // namespace portside::inf
