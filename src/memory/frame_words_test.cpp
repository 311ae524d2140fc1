#include "memory/frame_words.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"

namespace portside::memory {
namespace {

// First in a table, then in an array.
TEST(FrameWords, HoldWhatWasSetLastForEachFrame) {
  FrameWords words(30'000);
  std::map<uint64_t, uint64_t> expected;
  Random random(1);
  for (int i = 0; i < 50'000; ++i) {
    const uint64_t index = random.below(i < 2000 ? 20'000 : 29'000), word = random.next();
    words.set(index, word);
    expected[index] = word;
    EXPECT_EQ(words.get(index), word);
  }
  for (uint64_t index = 0; index < 30'000; ++index) {
    const auto known = expected.find(index);
    EXPECT_EQ(words.get(index), known == expected.end() ? 0 : known->second) << index;
  }
}

}  // namespace
}  // namespace portside::memory
