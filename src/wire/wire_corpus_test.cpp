// Replays the fuzzer's corpus through the decoders: seeds, and what was once found.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "../../fuzz/wire/wire_path.h"

namespace portside::wire {
namespace {

TEST(WireCorpus, Replays) {
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(PORTSIDE_WIRE_CORPUS)) {
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(stream), {}};
    if (bytes.size() < 2) continue;
    exercise_decoders(std::span(bytes).subspan(1));
    for (const auto& packet : {with_head(bytes[1], std::span(bytes).subspan(2), 7, static_cast<Request*>(nullptr)),
                               with_head(bytes[1], std::span(bytes).subspan(2), 7, static_cast<Answer*>(nullptr))})
      exercise_decoders({reinterpret_cast<const uint8_t*>(packet.data()), packet.size()});
    ++files;
  }
  EXPECT_GE(files, 4u);
}

}  // namespace
}  // namespace portside::wire
