// Replays the fuzzer's corpus: seeds, and what was once found.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "../../fuzz/inf/inf_path.h"

namespace portside::inf {
namespace {

TEST(InfCorpus, Replays) {
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(PORTSIDE_INF_CORPUS)) {
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(stream), {}};
    exercise_inf(bytes);
    ++files;
  }
  EXPECT_GE(files, 4u);
}

}  // namespace
}  // namespace portside::inf
