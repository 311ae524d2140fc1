#include "service/session.h"

#include <fmt/format.h>

#include "service/driver_host.h"

namespace portside::service {

bool Session::serve() {
  for (int i = 0; i < kMostRequestsAtOnce; ++i) {
    auto packet = wire::receive_packet(peer_->socket(), wire::Patience::kDoNotWait);
    if (!packet) return false;
    if (!*packet) return true;
    if (!take(**packet)) return false;
  }
  return true;  // the others' turn
}

void Session::tell(const wire::Changed& news) {
  if (!greeted_ || owes_news_) return;
  if (peer_->has_room()) peer_->tell(0, news);
  else owes_news_ = true;
}

void Session::tell_owed() {
  owes_news_ = false;
  tell(wire::Changed{});
}

bool Session::take(const wire::Packet& packet) {
  auto decoded = wire::decode_request(packet.bytes);
  // No request carries a descriptor: one that comes all the same is closed with its packet.
  if (decoded && !packet.descriptors.empty())
    decoded = fail(StatusCode::kInvalidParameter, "a request came with a descriptor");
  if (decoded && decoded->number == 0) decoded = fail(StatusCode::kInvalidParameter, "a request came without a number");
  if (decoded && !greeted_ && !std::holds_alternative<wire::Hello>(decoded->message))
    decoded = fail(StatusCode::kInvalidParameter, "a request came before the greeting");
  if (!decoded) {
    // To whom else should the answer go than to the number that it may have had.
    wire::Head head{};
    if (packet.bytes.size() >= sizeof head) std::memcpy(&head, packet.bytes.data(), sizeof head);
    peer_->refuse(head.number, decoded.error());
    return false;
  }
  std::visit([&](const auto& request) { answer(decoded->number, request); }, decoded->message);
  return true;
}

void Session::answer(uint32_t number, const wire::Hello&) {
  greeted_ = true;
  hello_ = number;
  if (!is_held()) welcome();
}

void Session::welcome() { peer_->tell(std::exchange(hello_, 0), wire::Welcome{host_.driver_name()}); }

void Session::release_if(uint64_t looked, Nanoseconds now) {
  if (looked < held_for_ && now < held_until_) return;
  held_for_ = 0;
  if (hello_) welcome();
}

void Session::answer(uint32_t number, const wire::Describe& request) {
  const auto& endpoints = host_.endpoints().endpoints();
  wire::Described described{.endpoints = static_cast<uint32_t>(endpoints.size()), .endpoint = {}};
  if (request.index < endpoints.size()) described.endpoint = endpoints[request.index].info;
  peer_->tell(number, described);
}

void Session::answer(uint32_t number, const wire::Open& request) {
  if (host_.streams_of(*peer_) >= kMostStreams)
    return peer_->refuse(number, Status(StatusCode::kInsufficientResources,
                                        fmt::format("a client may have {} streams open", kMostStreams)));
  if (uint64_t{request.request.buffer_frames} * request.request.format.frame_bytes() > wire::kMostBufferBytes)
    return peer_->refuse(number, Status(StatusCode::kInvalidParameter, "the buffer would be larger than any may be"));
  if (const Result<> opening = host_.open(peer_, number, request.request); !opening)
    peer_->refuse(number, opening.error());
}

StreamHost* Session::stream(uint32_t number, uint32_t id) {
  StreamHost* stream = host_.stream_of(*peer_, id);
  if (!stream)
    peer_->refuse(number, Status(StatusCode::kInvalidHandle, fmt::format("the client has no stream {}", id)));
  return stream;
}

void Session::answer(uint32_t number, const wire::Close& request) {
  if (StreamHost* open = stream(number, request.stream)) open->close(number);
}

void Session::answer(uint32_t number, const wire::SetState& request) {
  if (StreamHost* open = stream(number, request.stream)) open->set_state(number, request.state);
}

void Session::answer(uint32_t number, const wire::GetControl& request) {
  auto control = host_.endpoints().find_control(request.endpoint, request.control);
  if (!control) return peer_->refuse(number, control.error());
  host_.ask(peer_, {.number = number, .control = std::move(*control), .values = {}});
}

void Session::answer(uint32_t number, const wire::SetControl& request) {
  auto control = host_.endpoints().find_control(request.endpoint, request.control);
  if (!control) return peer_->refuse(number, control.error());
  if (const auto allowed = (*control)->allows(request.values); !allowed) return peer_->refuse(number, allowed.error());
  host_.ask(peer_, {.number = number, .control = std::move(*control), .values = request.values});
}

void Session::answer(uint32_t number, const wire::ReadSnapshot& request) {
  if (request.offset == 0) snapshot_ = host_.snapshot();
  if (request.offset > snapshot_.size())
    return peer_->refuse(
        number, Status(StatusCode::kInvalidParameter, fmt::format("the snapshot has {} bytes", snapshot_.size())));
  peer_->tell(number, wire::SnapshotPart{static_cast<uint32_t>(snapshot_.size()),
                                         snapshot_.substr(request.offset, wire::kMostChunk)});
}

}  // namespace portside::service
