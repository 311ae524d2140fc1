#include "wire/message.h"

#include <cstring>

namespace portside::wire {

std::vector<std::byte> seal_packet(uint16_t type, uint32_t number, Writer& writer) {
  const Head head{.type = type, .number = number, .bytes = static_cast<uint32_t>(writer.bytes().size())};
  std::vector<std::byte> packet(sizeof head + writer.bytes().size());
  std::memcpy(packet.data(), &head, sizeof head);
  if (!writer.bytes().empty()) std::memcpy(packet.data() + sizeof head, writer.bytes().data(), writer.bytes().size());
  return packet;
}

Result<Head> read_head(std::span<const std::byte> packet) {
  Head head;
  if (packet.size() < sizeof head || packet.size() > kMostPacketBytes)
    return fail(StatusCode::kInvalidParameter, "a packet of a length that none has");
  std::memcpy(&head, packet.data(), sizeof head);
  if (head.magic != kMagic) return fail(StatusCode::kInvalidParameter, "a packet that is none of Portside's");
  if (head.version != kVersion)
    return fail(StatusCode::kRevisionMismatch, "the other side speaks version " + std::to_string(head.version) +
                                                   " of the protocol, this one version " + std::to_string(kVersion));
  if (head.bytes != packet.size() - sizeof head)
    return fail(StatusCode::kInvalidParameter, "a packet whose length is not what it says");
  return head;
}

}  // namespace portside::wire
