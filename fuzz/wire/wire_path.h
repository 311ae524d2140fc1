#pragma once
// Everything that is done with what the other side said, on any bytes at all: both decoders, the stream page, and a
// client's taking of memory that was passed.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <variant>

#include "wire/message.h"
#include "wire/stream_page.h"

namespace portside::wire {

// What was decoded, encoded again, must be decoded to the same bytes.
template <class Set>
void round_trip(const Decoded<Set>& decoded, Result<Decoded<Set>> (*decode)(std::span<const std::byte>)) {
  const auto again = std::visit([&](const auto& message) { return encode(decoded.number, message); }, decoded.message);
  if (!again) std::abort();
  const auto same = decode(*again);
  if (!same) std::abort();
  const auto third = std::visit([&](const auto& message) { return encode(same->number, message); }, same->message);
  if (!third || *third != *again) std::abort();
}

inline void exercise_decoders(std::span<const uint8_t> bytes) {
  if (const auto request = decode_request(std::as_bytes(bytes))) round_trip(*request, decode_request);
  if (const auto answer = decode_answer(std::as_bytes(bytes))) round_trip(*answer, decode_answer);
  alignas(64) std::array<std::byte, StreamPage::kBytes> page{};
  std::memcpy(page.data(), bytes.data(), std::min<size_t>(bytes.size(), page.size()));
  const auto& seen = *reinterpret_cast<const StreamPage*>(page.data());
  PositionSample sample;
  (void)seen.sample(sample);
  (void)seen.alive();
}

// The payload of a message with a right head, of the type that the byte chooses: what lies behind the head is reached.
template <class... Messages>
std::vector<std::byte> with_head(uint8_t choice, std::span<const uint8_t> payload, uint32_t number,
                                 std::variant<Messages...>*) {
  constexpr uint16_t kTypes[] = {Messages::kType...};
  const Head head{
      .type = kTypes[choice % std::size(kTypes)], .number = number, .bytes = static_cast<uint32_t>(payload.size())};
  std::vector<std::byte> packet(sizeof head + payload.size());
  std::memcpy(packet.data(), &head, sizeof head);
  if (!payload.empty()) std::memcpy(packet.data() + sizeof head, payload.data(), payload.size());
  return packet;
}

}  // namespace portside::wire
