// Replays the fuzzer's corpus: seeds, and what was once found.

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "../../fuzz/image/image_path.h"

namespace portside::loader {
namespace {

TEST(ImageCorpus, Replays) {
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(PORTSIDE_IMAGE_CORPUS)) {
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(stream), {}};
    exercise_load_path(bytes);
    ++files;
  }
  EXPECT_GE(files, 4u);
}

}  // namespace
}  // namespace portside::loader
