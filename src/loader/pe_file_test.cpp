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
