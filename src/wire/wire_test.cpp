// Messages, the stream page and shared memory by themselves. Whole conversations are in tests/service.

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <thread>

#include "wire/endpoint_choice.h"
#include "wire/message.h"
#include "wire/shared_memory.h"
#include "wire/stream_page.h"

namespace portside::wire {
namespace {

TEST(Message, EveryFieldComesBack) {
  Described described{.endpoints = 3,
                      .endpoint = {.id = "speaker", .name = "Speaker (A\xC3\xA9)", .direction = Direction::kCapture}};
  described.endpoint.formats = {{.type = SampleType::kFloat32, .channels = 6, .rate = 96000, .channel_mask = 0x3F}, {}};
  described.endpoint.controls = {{.id = 4,
                                  .kind = ControlInfo::Kind::kVolume,
                                  .name = "volume",
                                  .channels = 2,
                                  .minimum = -96 * 65536,
                                  .maximum = 0,
                                  .step = 32768,
                                  .writable = true}};
  described.endpoint.plugged_in = false;
  const auto packet = encode(9, described);
  ASSERT_TRUE(packet);
  const auto decoded = decode_answer(*packet);
  ASSERT_TRUE(decoded) << decoded.error().to_string();
  EXPECT_EQ(decoded->number, 9u);
  const auto& back = std::get<Described>(decoded->message);
  EXPECT_EQ(back.endpoints, 3u);
  EXPECT_EQ(back.endpoint.name, described.endpoint.name);
  EXPECT_EQ(back.endpoint.formats, described.endpoint.formats);
  ASSERT_EQ(back.endpoint.controls.size(), 1u);
  EXPECT_EQ(back.endpoint.controls[0].minimum, -96 * 65536);
  EXPECT_TRUE(back.endpoint.controls[0].writable);
  EXPECT_FALSE(back.endpoint.plugged_in);
}

TEST(Message, WhatIsOutOfItsBoundsIsNotSent) {
  EXPECT_FALSE(encode(1, Open{{.endpoint = "x", .format = {.channels = 65}}}));
  EXPECT_FALSE(encode(1, Open{{.endpoint = "x", .format = {}, .buffer_frames = 0}}));
  EXPECT_FALSE(encode(1, Open{{.endpoint = "x", .format = {}, .notifications = 3}}));
  // Texts are for people: what is too long is cut, what is no text is blank.
  const auto cut =
      decode_answer(encode(1, Failed(Status(StatusCode::kUnsuccessful, std::string(5000, 'x') + "\x01"))).value());
  ASSERT_TRUE(cut);
  EXPECT_EQ(std::get<Failed>(cut->message).sentence.size(), kMostSentence);
}

// Each prefix of each message, and each byte of it changed: refused or read, never more.
TEST(Message, NoPrefixAndNoChangedByteIsBelieved) {
  const auto whole = encode(5, SetControl{"speaker", 1, {1, 2, 3}}).value();
  for (size_t length = 0; length < whole.size(); ++length) EXPECT_FALSE(decode_request(std::span(whole).first(length)));
  for (size_t at = 0; at < whole.size(); ++at)
    for (const int bit : {0, 7}) {
      auto changed = whole;
      changed[at] ^= static_cast<std::byte>(1 << bit);
      if (const auto read = decode_request(changed)) {
        EXPECT_TRUE(
            std::visit([&](const auto& message) { return encode(read->number, message).has_value(); }, read->message));
      }
    }
}

TEST(Message, AnotherVersionIsNamed) {
  auto packet = encode(5, Hello{"x"}).value();
  packet[4] = std::byte{9};
  const auto read = decode_request(packet);
  EXPECT_EQ(read.error().code(), StatusCode::kRevisionMismatch);
}

TEST(StreamPage, APositionIsReadWholeOrNotAtAll) {
  StreamPage page;
  std::atomic<bool> over = false;
  std::thread host([&] {
    for (uint64_t i = 0; !over; ++i)
      page.publish({.frames = i, .when_ns = static_cast<int64_t>(i), .limit = i, .running = true});
  });
  for (int i = 0; i < 20'000; ++i) {
    PositionSample sample;
    if (!page.sample(sample)) continue;
    ASSERT_EQ(sample.frames, sample.limit);
    ASSERT_EQ(static_cast<int64_t>(sample.frames), sample.when_ns);
  }
  over = true;
  host.join();
}

TEST(StreamPage, AWriterThatDiedInTheMiddleIsNotWaitedFor) {
  StreamPage page;
  page.sequence = 7;
  PositionSample sample{.frames = 5};
  EXPECT_FALSE(page.sample(sample));
  EXPECT_EQ(sample.frames, 5u);
}

TEST(StreamPage, ItsEndIsTheFirstReasonAndNeverSuccess) {
  StreamPage page;
  EXPECT_TRUE(page.alive().is_ok());
  page.end(Status(StatusCode::kDeviceRemoved, "pulled out"));
  page.end(Status(StatusCode::kMachineEnded, "later"));
  EXPECT_EQ(page.alive().code(), StatusCode::kDeviceRemoved);
  EXPECT_EQ(page.alive().sentence(), "pulled out");
  page.ended = 1;  // a host that lies: STATUS_SUCCESS and its kin are no reason
  EXPECT_FALSE(page.alive().is_ok());
  std::memset(page.why, 'x', sizeof page.why);
  EXPECT_EQ(page.alive().sentence().size(), sizeof page.why);
}

TEST(SharedMemory, ItsSizeIsSealedAndLookedAt) {
  auto memory = SharedMemory::create("test", 8192).value();
  EXPECT_NE(::ftruncate(memory.descriptor(), 0), 0);
  EXPECT_NE(::ftruncate(memory.descriptor(), 1 << 20), 0);
  const auto copy = [&] { return Descriptor(::dup(memory.descriptor())); };
  auto again = SharedMemory::map(copy(), 4100, 92);
  ASSERT_TRUE(again);
  again->bytes()[0] = std::byte{42};
  EXPECT_EQ(memory.bytes()[4100], std::byte{42});
  EXPECT_FALSE(SharedMemory::map(copy(), 0, 8193));
  EXPECT_FALSE(SharedMemory::map(copy(), UINT64_MAX - 10, 20));
  EXPECT_FALSE(SharedMemory::map(copy(), 0, 0));
  Descriptor open_ended(::memfd_create("open", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(::ftruncate(open_ended.get(), 8192), 0);
  EXPECT_FALSE(SharedMemory::map(std::move(open_ended), 0, 8192)) << "it could shrink";
  EXPECT_FALSE(SharedMemory::map(Descriptor(::dup(2)), 0, 8192));
}

TEST(EndpointChoice, ById_ByPart_AndByNothing) {
  const std::vector<EndpointInfo> all = {
      {.id = "speaker", .name = "Speaker (Virtual Cable)", .direction = Direction::kRender},
      {.id = "headphones", .name = "Headphones", .direction = Direction::kRender},
      {.id = "line-in", .name = "Line In", .direction = Direction::kCapture}};
  EXPECT_EQ(choose_endpoint(all, "headphones", Direction::kRender)->id, "headphones");
  EXPECT_EQ(choose_endpoint(all, "HeadPhones", {})->id, "headphones");
  EXPECT_EQ(choose_endpoint(all, "virtual cable", Direction::kRender)->id, "speaker");
  EXPECT_EQ(choose_endpoint(all, "", Direction::kCapture)->id, "line-in");
  EXPECT_EQ(choose_endpoint(all, "", Direction::kRender)->id, "speaker");
  const auto none = choose_endpoint(all, "line-in", Direction::kRender);
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().sentence().find("speaker, headphones"), std::string::npos) << none.error().sentence();
  EXPECT_FALSE(choose_endpoint(all, "e", Direction::kRender)) << "both have an e";
  EXPECT_EQ(choose_endpoint(std::span<const EndpointInfo>(), "", Direction::kCapture).error().sentence(),
            "the driver has no capture endpoint");
}

}  // namespace
}  // namespace portside::wire
