#include "loader/pe_file.h"

#include <gmock/gmock.h>

#include <cstring>
#include <functional>

#include "base/random.h"
#include "loader/image.h"
#include "loader/loader_fixture.h"

namespace portside::loader {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;

using Bytes = std::vector<uint8_t>;

// Where things stand in a file that is known to be good.
struct Layout {
  explicit Layout(const Bytes& b) : bytes(b) {
    pe = word<uint32_t>(0x3C);
    optional = pe + 24;
    directories = optional + 112;
    sections = optional + word<uint16_t>(pe + 20);
  }
  template <class T>
  T word(size_t offset) const {
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
  }
  size_t directory(unsigned index) const { return directories + index * 8; }
  size_t section(unsigned index) const { return sections + index * 40; }
  unsigned section_count() const { return word<uint16_t>(pe + 6); }
  // The place in the file of an RVA.
  size_t file(uint32_t rva) const {
    for (unsigned i = 0; i < section_count(); ++i) {
      const auto begin = word<uint32_t>(section(i) + 12), size = word<uint32_t>(section(i) + 16);
      if (rva >= begin && rva < begin + size) return rva - begin + word<uint32_t>(section(i) + 20);
    }
    return rva;
  }
  size_t at_directory(unsigned index) const { return file(word<uint32_t>(directory(index))); }
  const Bytes& bytes;
  size_t pe, optional, directories, sections;
};

template <class T>
void put(Bytes& bytes, size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

TEST(PeFile, ReadsAGoodImage) {
  const Bytes bytes = test_image_bytes("basic.sys");
  const auto file = PeFile::parse(bytes);
  ASSERT_TRUE(file) << file.error().sentence();
  EXPECT_EQ(file->preferred_base(), 0x140000000u);
  EXPECT_TRUE(file->relocatable());
  EXPECT_FALSE(file->relocations().empty());
  EXPECT_THAT(file->imports(), Contains(Field(&PeImport::name, "probe_add")));
  EXPECT_THAT(file->imports(), Contains(Field(&PeImport::delayed, true)));
  EXPECT_THAT(file->imports(), Contains(::testing::AllOf(Field(&PeImport::name, ""), Field(&PeImport::ordinal, 7))));
  EXPECT_THAT(file->exports(), Contains(Field(&PeExport::name, "exported_data")));
  EXPECT_FALSE(file->functions().empty());
  ASSERT_TRUE(file->debug_id());
  EXPECT_EQ(file->debug_id()->pdb_name, "basic.pdb");
  EXPECT_NE(file->load_config().security_cookie_rva, 0u);
  EXPECT_NE(file->load_config().guard_function_count, 0u);
}

struct Mutation {
  const char* name;
  std::function<void(Bytes&, const Layout&)> apply;
  const char* sentence;
};

class HostileImage : public ::testing::TestWithParam<Mutation> {};

TEST_P(HostileImage, IsRefusedWithASentence) {
  Bytes bytes = test_image_bytes("basic.sys");
  const Bytes original = bytes;
  const Layout layout(original);
  GetParam().apply(bytes, layout);
  const auto file = PeFile::parse(bytes);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code(), StatusCode::kInvalidImageFormat);
  EXPECT_THAT(file.error().sentence(), HasSubstr(GetParam().sentence));
}

#define MUTATE [](Bytes & bytes, const Layout& at)
const Mutation kMutations[] = {{"Empty", MUTATE{bytes.clear();
}  // namespace
, "it has 0 bytes"
}  // namespace portside::loader
, {"ShortDos", MUTATE{bytes.resize(63);
}
, "fewer than a DOS header"
}
, {"NoMz", MUTATE{bytes[0] = 'Z';
}
, "does not begin with \"MZ\""
}
, {"PeOffsetOutside", MUTATE{put<uint32_t>(bytes, 0x3C, 0x7FFFFFF0);
}
, "truncated: its PE header"
}
, {"PeOffsetOdd", MUTATE{put<uint32_t>(bytes, 0x3C, 0x81);
}
, "not a multiple of 4"
}
, {"PeOffsetWraps", MUTATE{put<uint32_t>(bytes, 0x3C, 0xFFFFFFFC);
}
, "truncated: its PE header"
}
, {"NoSignature", MUTATE{bytes[at.pe] = 'N';
}
, "no PE signature"
}
, {"X86", MUTATE{put<uint16_t>(bytes, at.pe + 4, 0x14C);
}
, "is for 32-bit x86"
}
, {"Arm64", MUTATE{put<uint16_t>(bytes, at.pe + 4, 0xAA64);
}
, "is for ARM64"
}
, {"UnknownMachine", MUTATE{put<uint16_t>(bytes, at.pe + 4, 0x1234);
}
, "unknown machine (0x1234)"
}
, {"NotExecutable", MUTATE{put<uint16_t>(bytes, at.pe + 22, 0);
}
, "not marked executable"
}
, {"Pe32", MUTATE{put<uint16_t>(bytes, at.optional, 0x10B);
}
, "is PE32 (0x10b)"
}
, {"SmallOptionalHeader", MUTATE{put<uint16_t>(bytes, at.pe + 20, 100);
}
, "PE32+ needs 112"
}
, {"HugeOptionalHeader", MUTATE{put<uint16_t>(bytes, at.pe + 20, 0xFFFF);
}
, "ends in its optional header"
}
, {"Desktop", MUTATE{put<uint16_t>(bytes, at.optional + 68, 2);
}
, "Windows desktop program"
}
, {"Efi", MUTATE{put<uint16_t>(bytes, at.optional + 68, 11);
}
, "EFI"
}
, {"BaseUnaligned", MUTATE{put<uint64_t>(bytes, at.optional + 24, 0x140000001);
}
, "not a multiple of 64 KiB"
}
, {"SectionAlignmentSmall", MUTATE{put<uint32_t>(bytes, at.optional + 32, 0x200);
}
, "section alignment 0x200"
}
, {"SectionAlignmentOdd", MUTATE{put<uint32_t>(bytes, at.optional + 32, 0x3000);
}
, "section alignment 0x3000"
}
, {"FileAlignment", MUTATE{put<uint32_t>(bytes, at.optional + 36, 0x300);
}
, "file alignment 0x300"
}
, {"ImageEmpty", MUTATE{put<uint32_t>(bytes, at.optional + 56, 0);
}
, "claims 0 bytes of memory"
}
, {"ImageHuge", MUTATE{put<uint32_t>(bytes, at.optional + 56, 0xFFFFF000);
}
, "claims 4294963200 bytes"
}
, {"ImageSmall", MUTATE{put<uint32_t>(bytes, at.optional + 56, 0x2000);
}
, "outside the image"
}
, {"HeadersBeyondImage", MUTATE{put<uint32_t>(bytes, at.optional + 60, 0x7FFFFFFF);
}
, "headers' size"
}
, {"HeadersTooShort", MUTATE{put<uint32_t>(bytes, at.optional + 60, 0x100);
}
, "reaches past the headers' size"
}
, {"ManyDirectories", MUTATE{put<uint32_t>(bytes, at.optional + 108, 0xFFFFFFFF);
}
, "data directories"
}
, {"DirectoryOutside", MUTATE{put<uint32_t>(bytes, at.directory(1), 0xFFFFFFF0);
}
, "Data directory 1"
}
, {"DirectoryWraps", MUTATE{put<uint32_t>(bytes, at.directory(5) + 4, 0xFFFFFFFF);
}
, "Data directory 5"
}
, {"DotNet", MUTATE{put<uint64_t>(bytes, at.directory(14), 0x4800001000);
}
, ".NET"
}
, {"Tls", MUTATE{put<uint64_t>(bytes, at.directory(9), 0x2800001000);
}
, "thread-local storage"
}
, {"NoSections", MUTATE{put<uint16_t>(bytes, at.pe + 6, 0);
}
, "has no sections"
}
, {"ManySections", MUTATE{put<uint16_t>(bytes, at.pe + 6, 97);
}
, "97 sections"
}
, {"SectionTableOutside", MUTATE{put<uint16_t>(bytes, at.pe + 6, 90);
}
, "section table"
}
, {"SectionNameBinary", MUTATE{bytes[at.section(0)] = 1;
}
, "name is not text"
}
, {"SectionUnaligned", MUTATE{put<uint32_t>(bytes, at.section(0) + 12, 0x1004);
}
, "not a page boundary"
}
, {"SectionsOverlap", MUTATE{put<uint32_t>(bytes, at.section(1) + 12, 0x1000);
}
, "overlaps"
}
, {"SectionOverHeaders", MUTATE{put<uint32_t>(bytes, at.section(0) + 12, 0);
}
, "overlaps"
}
, {"SectionHuge", MUTATE{put<uint32_t>(bytes, at.section(0) + 8, 0xFFFFFFFF);
}
, "outside the image"
}
, {"SectionRvaWraps", MUTATE{put<uint32_t>(bytes, at.section(at.section_count() - 1) + 12, 0xFFFFF000);
}
, "outside the image"
}
, {"SectionBytesOutside", MUTATE{put<uint32_t>(bytes, at.section(0) + 20, 0x7FFFFE00);
}
, "truncated: section"
}
, {"SectionBytesUnaligned", MUTATE{put<uint32_t>(bytes, at.section(0) + 20, 0x401);
}
, "not a multiple of 512"
}
, {"EntryInData", MUTATE{put<uint32_t>(bytes, at.optional + 16, 0x10);
}
, "entry point 0x10"
}
, {"EntryOutside", MUTATE{put<uint32_t>(bytes, at.optional + 16, 0xFFFFFFFF);
}
, "entry point 0xffffffff"
}
, {"RelocationPage", MUTATE{put<uint32_t>(bytes, at.at_directory(5), 0x1001);
}
, "which is no page"
}
, {"RelocationBlockSmall", MUTATE{put<uint32_t>(bytes, at.at_directory(5) + 4, 4);
}
, "impossible size of 4"
}
, {"RelocationBlockLong", MUTATE{put<uint32_t>(bytes, at.at_directory(5) + 4, 0x10000);
}
, "impossible size of 65536"
}
, {"RelocationType", MUTATE{put<uint16_t>(bytes, at.at_directory(5) + 8, 0x3008);
}
, "of type 3"
}
, {"RelocationOutside", MUTATE{put<uint32_t>(bytes, at.at_directory(5), 0x7FFFF000);
}
, "outside the image's sections"
}
, {"RelocationInHeaders", MUTATE{put<uint32_t>(bytes, at.at_directory(5), 0);
}
, "outside the image's sections"
}
, {"RelocationsOutside",
   MUTATE{put<uint32_t>(bytes, at.directory(5),
                        at.word<uint32_t>(at.optional + 56) - at.word<uint32_t>(at.directory(5) + 4));
}
, "relocations at"
}
, {"ImportNameOutside", MUTATE{put<uint32_t>(bytes, at.at_directory(1) + 12, 0x7FFFFFFF);
}
, "name of import directory entry 0"
}
, {"ImportIatOutside", MUTATE{put<uint32_t>(bytes, at.at_directory(1) + 16, 0x7FFFFFF8);
}
, "outside the image's sections"
}
, {"ImportIatUnaligned", MUTATE{put<uint32_t>(bytes, at.at_directory(1) + 16, 0x2004);
}
, "not aligned to 8"
}
, {"ImportLookupOutside", MUTATE{put<uint32_t>(bytes, at.at_directory(1), 0x7FFFFFF8);
}
, "lookup table"
}
, {"ImportOrdinal", MUTATE{put<uint64_t>(bytes, at.file(at.word<uint32_t>(at.at_directory(1))), 0x8000000000010007);
}
, "impossible ordinal"
}
, {"ImportHintOutside", MUTATE{put<uint64_t>(bytes, at.file(at.word<uint32_t>(at.at_directory(1))), 0x7FFFFFFF);
}
, "name of import 0"
}
, {"ImportHintHuge", MUTATE{put<uint64_t>(bytes, at.file(at.word<uint32_t>(at.at_directory(1))), 0x7FFFFFFFFFFFFFFF);
}
, "name of import 0"
}
, {"ImportNameBinary", MUTATE{bytes[at.file(at.word<uint32_t>(at.at_directory(1) + 12))] = 0xFF;
}
, "is not text"
}
, {"DelayImportOld", MUTATE{put<uint32_t>(bytes, at.at_directory(13), 0);
}
, "linker before x64"
}
, {"DelayImportNoTables", MUTATE{put<uint32_t>(bytes, at.at_directory(13) + 12, 0);
}
, "has no tables"
}
, {"ExportCounts", MUTATE{put<uint32_t>(bytes, at.at_directory(0) + 20, 0xFFFFFFFF);
}
, "65536 ordinals"
}
, {"ExportFunctions", MUTATE{put<uint32_t>(bytes, at.at_directory(0) + 28, 0x7FFFFFFF);
}
, "address table"
}
, {"ExportNames", MUTATE{put<uint32_t>(bytes, at.at_directory(0) + 32, 0x7FFFFFFF);
}
, "name tables"
}
, {"ExportIndex", MUTATE{put<uint16_t>(bytes, at.file(at.word<uint32_t>(at.at_directory(0) + 36)), 0xFFFF);
}
, "belongs to function 65535"
}
, {"ExportOutside", MUTATE{put<uint32_t>(bytes, at.file(at.word<uint32_t>(at.at_directory(0) + 28)), 0x7FFFFFFF);
}
, "outside the image's sections"
}
, {"FunctionsUnaligned", MUTATE{put<uint32_t>(bytes, at.directory(3), at.word<uint32_t>(at.directory(3)) + 1);
}
, "not aligned to 4"
}
, {"FunctionsUneven", MUTATE{put<uint32_t>(bytes, at.directory(3) + 4, 13);
}
, "no multiple"
}
, {"FunctionBackwards", MUTATE{put<uint32_t>(bytes, at.at_directory(3) + 4, 0);
}
, "names a function from"
}
, {"FunctionsUnsorted", MUTATE{put<uint32_t>(bytes, at.at_directory(3) + 4, 0x1800);
}
, "not sorted"
}
, {"UnwindOutside", MUTATE{put<uint32_t>(bytes, at.at_directory(3) + 8, 0x7FFFFFFC);
}
, "lies outside the file's bytes"
}
, {"UnwindUnaligned", MUTATE{bytes[at.at_directory(3) + 8] |= 2;
}
, "not aligned to 4"
}
, {"UnwindVersion", MUTATE{bytes[at.file(at.word<uint32_t>(at.at_directory(3) + 8))] = 3;
}
, "of version 3"
}
, {"LoadConfigHuge", MUTATE{put<uint32_t>(bytes, at.at_directory(10), 0xFFFFFFFF);
}
, "claims 4294967295 bytes"
}
, {"CookieOutside", MUTATE{put<uint64_t>(bytes, at.at_directory(10) + 0x58, 0x140FFFFF0);
}
, "security cookie"
}
, {"CookieBelowBase", MUTATE{put<uint64_t>(bytes, at.at_directory(10) + 0x58, 0x1000);
}
, "security cookie"
}
, {"GuardTableHuge", MUTATE{put<uint64_t>(bytes, at.at_directory(10) + 0x88, ~uint64_t{0});
}
, "guarded functions"
}
, {"DebugRecordOutside", MUTATE{put<uint32_t>(bytes, at.at_directory(6) + 24, 0x7FFFFFFF);
}
, "debug record"
}
,
}
;
#undef MUTATE

INSTANTIATE_TEST_SUITE_P(All, HostileImage, ::testing::ValuesIn(kMutations),
                         [](const auto& info) { return info.param.name; });

class AnyImage final : public ImportResolver {
 public:
  Result<ResolvedImport> resolve(const ImportName&) override {
    return ResolvedImport{reinterpret_cast<void*>(&target)};
  }
  static void target() {}
};

TEST(PeFile, EveryTruncationIsRefusedOrHarmless) {
  AnyImage resolver;
  for (const char* name : {"basic.sys", "gnu.sys"}) {
    const Bytes bytes = test_image_bytes(name);
    for (size_t length = 0; length < bytes.size(); length += length < 0x400 ? 1 : 509) {
      const auto image = Image::load(std::span(bytes.data(), length), name, resolver);
      if (!image) EXPECT_GT(image.error().sentence().size(), 10u) << length;
    }
  }
}

TEST(PeFile, RandomBytesNeverGetFurtherThanASentence) {
  AnyImage resolver;
  Random random(7);
  const Bytes good = test_image_bytes("basic.sys");
  for (int round = 0; round < 3000; ++round) {
    Bytes bytes = good;
    for (uint64_t i = 0, n = 1 + random.below(8); i < n; ++i) {
      // Mostly the headers and tables: code bytes mean nothing to the parser.
      const size_t at = random.below(4) ? random.below(0x400) : random.below(bytes.size());
      bytes[at] = static_cast<uint8_t>(random.next());
    }
    (void)Image::load(bytes, "mutated.sys", resolver);
  }
}

TEST(PeFile, ARefusedImageLeavesNothingMapped) {
  AnyImage resolver;
  Bytes bytes = test_image_bytes("basic.sys");
  const auto mappings = [] {
    std::ifstream maps("/proc/self/maps");
    return std::count(std::istreambuf_iterator<char>(maps), {}, '\n');
  };
  bytes[0] = 'X';
  (void)Image::load(bytes, "bad.sys", resolver);
  const auto before = mappings();
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(Image::load(bytes, "bad.sys", resolver));
  EXPECT_LE(mappings(), before + 1);
}

}  // namespace
}  // namespace portside::loader
