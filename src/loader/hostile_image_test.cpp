// Images that no linker makes: each is refused, with a sentence that names what is wrong.
#include <gmock/gmock.h>

#include <cstring>
#include <functional>

#include "loader/loader_fixture.h"
#include "loader/pe_file.h"

namespace portside::loader {
namespace {

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

const Mutation kMutations[] = {
    {"Empty", [](Bytes& bytes, const Layout& at) { bytes.clear(); }, "it has 0 bytes"},
    {"ShortDos", [](Bytes& bytes, const Layout& at) { bytes.resize(63); }, "fewer than a DOS header"},
    {"NoMz", [](Bytes& bytes, const Layout& at) { bytes[0] = 'Z'; }, "does not begin with \"MZ\""},
    {"PeOffsetOutside", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, 0x3C, 0x7FFFFFF0); },
     "truncated: its PE header"},
    {"PeOffsetOdd", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, 0x3C, 0x81); }, "not a multiple of 4"},
    {"PeOffsetWraps", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, 0x3C, 0xFFFFFFFC); },
     "truncated: its PE header"},
    {"NoSignature", [](Bytes& bytes, const Layout& at) { bytes[at.pe] = 'N'; }, "no PE signature"},
    {"X86", [](Bytes& bytes, const Layout& at) { put<uint16_t>(bytes, at.pe + 4, 0x14C); }, "is for 32-bit x86"},
    {"Arm64", [](Bytes& bytes, const Layout& at) { put<uint16_t>(bytes, at.pe + 4, 0xAA64); }, "is for ARM64"},
    {"UnknownMachine", [](Bytes& bytes, const Layout& at) { put<uint16_t>(bytes, at.pe + 4, 0x1234); },
     "unknown machine (0x1234)"},
    {"NotExecutable", [](Bytes& bytes, const Layout& at) { put<uint16_t>(bytes, at.pe + 22, 0); },
     "not marked executable"},
    {"Pe32", [](Bytes& bytes, const Layout& at) { put<uint16_t>(bytes, at.optional, 0x10B); }, "is PE32 (0x10b)"},
    {"SmallOptionalHeader", [](Bytes& bytes, const Layout& at) { put<uint16_t>(bytes, at.pe + 20, 100); },
     "PE32+ needs 112"},
    {"HugeOptionalHeader", [](Bytes& bytes, const Layout& at) { put<uint16_t>(bytes, at.pe + 20, 0xFFFF); },
     "ends in its optional header"},
    {"Desktop", [](Bytes& bytes, const Layout& at) { put<uint16_t>(bytes, at.optional + 68, 2); },
     "Windows desktop program"},
    {"Efi", [](Bytes& bytes, const Layout& at) { put<uint16_t>(bytes, at.optional + 68, 11); }, "EFI"},
    {"BaseUnaligned", [](Bytes& bytes, const Layout& at) { put<uint64_t>(bytes, at.optional + 24, 0x140000001); },
     "not a multiple of 64 KiB"},
    {"SectionAlignmentSmall", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.optional + 32, 0x200); },
     "section alignment 0x200"},
    {"SectionAlignmentOdd", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.optional + 32, 0x3000); },
     "section alignment 0x3000"},
    {"FileAlignment", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.optional + 36, 0x300); },
     "file alignment 0x300"},
    {"ImageEmpty", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.optional + 56, 0); },
     "claims 0 bytes of memory"},
    {"ImageHuge", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.optional + 56, 0xFFFFF000); },
     "claims 4294963200 bytes"},
    {"ImageSmall", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.optional + 56, 0x2000); },
     "outside the image"},
    {"HeadersBeyondImage", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.optional + 60, 0x7FFFFFFF); },
     "headers' size"},
    {"HeadersTooShort", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.optional + 60, 0x100); },
     "reaches past the headers' size"},
    {"ManyDirectories", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.optional + 108, 0xFFFFFFFF); },
     "data directories"},
    {"DirectoryOutside", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.directory(1), 0xFFFFFFF0); },
     "Data directory 1"},
    {"DirectoryWraps", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.directory(5) + 4, 0xFFFFFFFF); },
     "Data directory 5"},
    {"DotNet", [](Bytes& bytes, const Layout& at) { put<uint64_t>(bytes, at.directory(14), 0x4800001000); }, ".NET"},
    {"Tls", [](Bytes& bytes, const Layout& at) { put<uint64_t>(bytes, at.directory(9), 0x2800001000); },
     "thread-local storage"},
    {"NoSections", [](Bytes& bytes, const Layout& at) { put<uint16_t>(bytes, at.pe + 6, 0); }, "has no sections"},
    {"ManySections", [](Bytes& bytes, const Layout& at) { put<uint16_t>(bytes, at.pe + 6, 97); }, "97 sections"},
    {"SectionTableOutside", [](Bytes& bytes, const Layout& at) { put<uint16_t>(bytes, at.pe + 6, 90); },
     "section table"},
    {"SectionNameBinary", [](Bytes& bytes, const Layout& at) { bytes[at.section(0)] = 1; }, "name is not text"},
    {"SectionUnaligned", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.section(0) + 12, 0x1004); },
     "not a page boundary"},
    {"SectionsOverlap", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.section(1) + 12, 0x1000); },
     "overlaps"},
    {"SectionOverHeaders", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.section(0) + 12, 0); },
     "overlaps"},
    {"SectionHuge", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.section(0) + 8, 0xFFFFFFFF); },
     "outside the image"},
    {"SectionRvaWraps",
     [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.section(at.section_count() - 1) + 12, 0xFFFFF000); },
     "outside the image"},
    {"SectionBytesOutside",
     [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.section(0) + 20, 0x7FFFFE00); },
     "truncated: section"},
    {"SectionBytesUnaligned", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.section(0) + 20, 0x401); },
     "not a multiple of 512"},
    {"EntryInData", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.optional + 16, 0x10); },
     "entry point 0x10"},
    {"EntryOutside", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.optional + 16, 0xFFFFFFFF); },
     "entry point 0xffffffff"},
    {"RelocationPage", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(5), 0x1001); },
     "which is no page"},
    {"RelocationBlockSmall", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(5) + 4, 4); },
     "impossible size of 4"},
    {"RelocationBlockLong",
     [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(5) + 4, 0x10000); },
     "impossible size of 65536"},
    {"RelocationType", [](Bytes& bytes, const Layout& at) { put<uint16_t>(bytes, at.at_directory(5) + 8, 0x3008); },
     "of type 3"},
    {"RelocationOutside", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(5), 0x7FFFF000); },
     "outside the image's sections"},
    {"RelocationInHeaders", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(5), 0); },
     "outside the image's sections"},
    {"RelocationsOutside",
     [](Bytes& bytes, const Layout& at) {
       put<uint32_t>(bytes, at.directory(5),
                     at.word<uint32_t>(at.optional + 56) - at.word<uint32_t>(at.directory(5) + 4));
     },
     "relocations at"},
    {"ImportNameOutside",
     [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(1) + 12, 0x7FFFFFFF); },
     "name of import directory entry 0"},
    {"ImportIatOutside",
     [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(1) + 16, 0x7FFFFFF8); },
     "outside the image's sections"},
    {"ImportIatUnaligned",
     [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(1) + 16, 0x2004); }, "not aligned to 8"},
    {"ImportLookupOutside",
     [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(1), 0x7FFFFFF8); }, "lookup table"},
    {"ImportOrdinal",
     [](Bytes& bytes, const Layout& at) {
       put<uint64_t>(bytes, at.file(at.word<uint32_t>(at.at_directory(1))), 0x8000000000010007);
     },
     "impossible ordinal"},
    {"ImportHintOutside",
     [](Bytes& bytes, const Layout& at) {
       put<uint64_t>(bytes, at.file(at.word<uint32_t>(at.at_directory(1))), 0x7FFFFFFF);
     },
     "name of import 0"},
    {"ImportHintHuge",
     [](Bytes& bytes, const Layout& at) {
       put<uint64_t>(bytes, at.file(at.word<uint32_t>(at.at_directory(1))), 0x7FFFFFFFFFFFFFFF);
     },
     "name of import 0"},
    {"ImportNameBinary",
     [](Bytes& bytes, const Layout& at) { bytes[at.file(at.word<uint32_t>(at.at_directory(1) + 12))] = 0xFF; },
     "is not text"},
    {"DelayImportOld", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(13), 0); },
     "linker before x64"},
    {"DelayImportNoTables", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(13) + 12, 0); },
     "has no tables"},
    {"ExportCounts", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(0) + 20, 0xFFFFFFFF); },
     "65536 ordinals"},
    {"ExportFunctions",
     [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(0) + 28, 0x7FFFFFFF); },
     "address table"},
    {"ExportNames", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(0) + 32, 0x7FFFFFFF); },
     "name tables"},
    {"ExportIndex",
     [](Bytes& bytes, const Layout& at) {
       put<uint16_t>(bytes, at.file(at.word<uint32_t>(at.at_directory(0) + 36)), 0xFFFF);
     },
     "belongs to function 65535"},
    {"ExportOutside",
     [](Bytes& bytes, const Layout& at) {
       put<uint32_t>(bytes, at.file(at.word<uint32_t>(at.at_directory(0) + 28)), 0x7FFFFFFF);
     },
     "outside the image's sections"},
    {"FunctionsUnaligned",
     [](Bytes& bytes, const Layout& at) {
       put<uint32_t>(bytes, at.directory(3), at.word<uint32_t>(at.directory(3)) + 1);
     },
     "not aligned to 4"},
    {"FunctionsUneven", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.directory(3) + 4, 13); },
     "no multiple"},
    {"FunctionBackwards", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(3) + 4, 0); },
     "names a function from"},
    {"FunctionsUnsorted", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(3) + 4, 0x1800); },
     "not sorted"},
    {"UnwindOutside", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(3) + 8, 0x7FFFFFFC); },
     "lies outside the file's bytes"},
    {"UnwindUnaligned", [](Bytes& bytes, const Layout& at) { bytes[at.at_directory(3) + 8] |= 2; }, "not aligned to 4"},
    {"UnwindVersion",
     [](Bytes& bytes, const Layout& at) { bytes[at.file(at.word<uint32_t>(at.at_directory(3) + 8))] = 3; },
     "of version 3"},
    {"LoadConfigHuge", [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(10), 0xFFFFFFFF); },
     "claims 4294967295 bytes"},
    {"CookieOutside",
     [](Bytes& bytes, const Layout& at) { put<uint64_t>(bytes, at.at_directory(10) + 0x58, 0x140FFFFF0); },
     "security cookie"},
    {"CookieBelowBase",
     [](Bytes& bytes, const Layout& at) { put<uint64_t>(bytes, at.at_directory(10) + 0x58, 0x1000); },
     "security cookie"},
    {"GuardTableHuge",
     [](Bytes& bytes, const Layout& at) { put<uint64_t>(bytes, at.at_directory(10) + 0x88, ~uint64_t{0}); },
     "guarded functions"},
    {"DebugRecordOutside",
     [](Bytes& bytes, const Layout& at) { put<uint32_t>(bytes, at.at_directory(6) + 24, 0x7FFFFFFF); }, "debug record"},
};

INSTANTIATE_TEST_SUITE_P(All, HostileImage, ::testing::ValuesIn(kMutations),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace portside::loader
