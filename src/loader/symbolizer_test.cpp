#include "loader/symbolizer.h"

#include <gmock/gmock.h>

#include <unistd.h>

#include "base/random.h"
#include "loader/loader_fixture.h"
#include "loader/pdb_file.h"
#include "loader/source_lines.h"

namespace portside::loader {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class SymbolizerTest : public LoaderTest {
 protected:
  void SetUp() override {
    LoaderTest::SetUp();
    folder_ = std::filesystem::temp_directory_path() / ("portside-symbols-" + std::to_string(getpid()));
    std::filesystem::create_directory(folder_);
  }
  void TearDown() override {
    LoaderTest::TearDown();
    std::filesystem::remove_all(folder_);
  }
  // The line of a source that holds `text`, from 1.
  static unsigned line_of(const std::string& source, const std::string& text) {
    std::ifstream stream(std::filesystem::path(PORTSIDE_TEST_SOURCES) / source);
    std::string line;
    for (unsigned n = 1; std::getline(stream, line); ++n)
      if (line.find(text) != std::string::npos) return n;
    return 0;
  }
  std::filesystem::path folder_;
};

TEST_F(SymbolizerTest, LinesFromAPdb) {
  Image& image = load("basic.sys");
  call<int>(image, "walk_direct", 1);
  Symbolizer symbols(loader_->images());
  EXPECT_EQ(symbols.symbol_problem(image), "");
  const StackTrace& walk = probe_.walks.at(0);
  ASSERT_EQ(walk.count, 3u);
  const auto inner = symbols.resolve(walk.frames[0]);
  EXPECT_EQ(inner.back().function, "deep");
  EXPECT_THAT(inner.back().file, EndsWith("basic.c"));
  EXPECT_EQ(inner.back().line, line_of("basic.c", "probe_walk() +"));
  const auto outer = symbols.resolve(walk.frames[2]);
  EXPECT_EQ(outer.back().function, "walk_direct");
  EXPECT_EQ(outer.back().line, line_of("basic.c", "EXPORT i32 walk_direct"));
  EXPECT_THAT(outer.back().to_string(), HasSubstr("walk_direct at "));
}

TEST_F(SymbolizerTest, LinesFromDwarf) {
  Image& image = load("gnu.sys");
  call<int>(image, "gnu_walk", 0);
  Symbolizer symbols(loader_->images());
  const StackTrace& walk = probe_.walks.at(0);
  ASSERT_EQ(walk.count, 2u);
  const auto frames = symbols.resolve(walk.frames[0]);
  EXPECT_THAT(frames.back().function, HasSubstr("gnu_deep"));
  EXPECT_THAT(frames.back().file, EndsWith("gnu.c"));
  EXPECT_EQ(frames.back().line, line_of("gnu.c", "probe_walk() +"));
}

TEST_F(SymbolizerTest, InlinedFrames) {
  Image& image = load("seh.sys");
  Symbolizer symbols(loader_->images());
  bool found = false;
  const auto begin = reinterpret_cast<uint64_t>(image.find_export("fault_plain"));
  for (uint64_t at = begin; at < begin + 16 && !found; ++at) found = symbols.resolve(at, false).size() >= 1;
  EXPECT_TRUE(found);
}

TEST_F(SymbolizerTest, AForeignPdbIsTold) {
  std::filesystem::copy_file(test_image("basic.sys"), folder_ / "basic.sys");
  std::filesystem::copy_file(test_image("seh.pdb"), folder_ / "basic.pdb");
  auto image = loader_->load(folder_ / "basic.sys", resolver_);
  ASSERT_TRUE(image);
  Symbolizer symbols(loader_->images());
  EXPECT_THAT(symbols.symbol_problem(**image), HasSubstr("basic.pdb does not belong to basic.sys: it is {"));
  const auto frames = symbols.resolve((*image)->entry_point());
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].function, "");
  EXPECT_THAT(frames[0].to_string(), HasSubstr("basic.sys+0x"));
}

TEST_F(SymbolizerTest, AMissingPdbIsTold) {
  std::filesystem::copy_file(test_image("basic.sys"), folder_ / "basic.sys");
  auto image = loader_->load(folder_ / "basic.sys", resolver_);
  ASSERT_TRUE(image);
  Symbolizer symbols(loader_->images());
  EXPECT_THAT(symbols.symbol_problem(**image), HasSubstr("basic.sys has no symbols"));
  EXPECT_EQ(symbols.resolve((*image)->entry_point()).size(), 1u);
}

TEST_F(SymbolizerTest, MachinesThatShareLinesAskOnce) {
  Image& image = load("basic.sys");
  const auto lines = std::make_shared<SourceLines>();
  const auto at = reinterpret_cast<uint64_t>(image.find_export("walk_direct"));
  Symbolizer one(loader_->images(), lines);
  const auto first = one.resolve(at, false);
  EXPECT_EQ(first.back().function, "walk_direct");
  Symbolizer other(loader_->images(), lines);
  EXPECT_EQ(other.resolve(at, false).back().to_string(), first.back().to_string());
}

TEST_F(SymbolizerTest, AnImageThatIsWrittenAnewIsReadAnew) {
  const std::filesystem::path file = folder_ / "changing.sys";
  SourceLines lines;
  std::filesystem::copy_file(test_image("gnu.sys"), file);
  Image& gnu = load("gnu.sys");
  const auto offset = reinterpret_cast<uint64_t>(gnu.find_export("gnu_walk")) - gnu.base();
  const auto before = lines.at(file.string(), offset);
  ASSERT_FALSE(before.empty());
  EXPECT_THAT(before.front(), HasSubstr("gnu_walk"));
  std::filesystem::copy_file(test_image("basic.sys"), file, std::filesystem::copy_options::overwrite_existing);
  const auto after = lines.at(file.string(), offset);
  EXPECT_TRUE(after.empty() || after.front().find("gnu_walk") == std::string::npos) << after.front();
}

TEST_F(SymbolizerTest, WithoutAToolOffsetsRemain) {
  Image& image = load("basic.sys");
  for (const char* tool : {"/nonexistent/symbolizer", "/bin/false", "/bin/true"}) {
    Symbolizer symbols(loader_->images(), std::make_shared<SourceLines>(tool));
    for (int i = 0; i < 3; ++i) {
      const auto frames = symbols.resolve(image.entry_point());
      ASSERT_EQ(frames.size(), 1u);
      EXPECT_EQ(frames[0].module, "basic.sys");
      EXPECT_EQ(frames[0].offset, image.entry_point() - image.base());
    }
  }
}

TEST_F(SymbolizerTest, AnAddressOutsideImages) {
  Symbolizer symbols(loader_->images());
  EXPECT_EQ(symbols.resolve(0x1234).at(0).module, "host");
}

TEST(PdbFile, HostileBytes) {
  std::ifstream stream(test_image("basic.pdb"), std::ios::binary);
  const std::vector<uint8_t> good{std::istreambuf_iterator<char>(stream), {}};
  ASSERT_TRUE(PdbIdentity::parse(good));
  EXPECT_FALSE(PdbIdentity::parse({}));
  for (size_t length = 0; length < good.size(); length += length < 0x200 ? 1 : 997)
    (void)PdbIdentity::parse(std::span(good.data(), length));
  Random random(3);
  for (int round = 0; round < 5000; ++round) {
    auto bytes = good;
    for (int i = 0; i < 4; ++i) bytes[random.below(i < 2 ? 64 : bytes.size())] = static_cast<uint8_t>(random.next());
    (void)PdbIdentity::parse(bytes);
  }
}

}  // namespace
}  // namespace portside::loader
