#include "ks/serialized_set.h"

#include <gtest/gtest.h>

#include <cstring>

namespace portside::ks {
namespace {

const GUID kSet = {0xAAAAAAAA, 1, 2, {3}};
const GUID kOther = {0xBBBBBBBB, 1, 2, {3}};

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> two_properties() {
  SerializedSetBuilder list(kSet);
  list.add({}, 4, bytes_of("odd"));
  list.add({}, 9, bytes_of("volume"));
  const auto bytes = list.bytes();
  return {bytes.begin(), bytes.end()};
}

TEST(SerializedSet, ComesBackWithEachHeaderOnALong) {
  const std::vector<std::byte> bytes = two_properties();
  KSPROPERTY_SERIALHDR header;
  std::memcpy(&header, bytes.data(), sizeof header);
  EXPECT_EQ(ULONG{header.Count}, 2u);
  const size_t second = sizeof header + sizeof(KSPROPERTY_SERIAL) + 4;  // three bytes of value, one of alignment
  ULONG id = 0;
  std::memcpy(&id, bytes.data() + second + offsetof(KSPROPERTY_SERIAL, Id), sizeof id);
  EXPECT_EQ(id, 9u);
  const auto read = read_serialized_set(kSet, bytes);
  ASSERT_TRUE(read) << read.error().to_string();
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0].id, 4u);
  EXPECT_TRUE(std::ranges::equal((*read)[0].value, bytes_of("odd")));
  EXPECT_TRUE(std::ranges::equal((*read)[1].value, bytes_of("volume")));
}

TEST(SerializedSet, RefusesAnotherSetAndEveryCut) {
  const std::vector<std::byte> bytes = two_properties();
  EXPECT_EQ(read_serialized_set(kOther, bytes).error().code(), StatusCode::kInvalidParameter);
  for (size_t length = 0; length < bytes.size(); ++length)
    EXPECT_EQ(read_serialized_set(kSet, std::span(bytes).first(length)).error().code(), StatusCode::kInvalidBufferSize)
        << length;
}

}  // namespace
}  // namespace portside::ks
