// A register that was passed, and what a position is made of with one.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "wire/mapped_register.h"
#include "wire/stream_place.h"

namespace portside::wire {
namespace {

using std::chrono::milliseconds;

Descriptor file(uint64_t bytes, int seals) {
  Descriptor memory(::memfd_create("register", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_EQ(::ftruncate(memory.get(), static_cast<off_t>(bytes)), 0);
  if (seals) EXPECT_EQ(::fcntl(memory.get(), F_ADD_SEALS, seals), 0);
  return memory;
}

PassedRegister at(uint32_t offset, uint32_t width) { return {.offset = offset, .facts = {.width = width}}; }

TEST(MappedRegister, SaysWhatThePageHolds) {
  Descriptor page = file(4096, 0);
  const uint64_t value = 0x1122334455667788;
  ASSERT_EQ(::pwrite(page.get(), &value, sizeof value, 4088), 8);
  ASSERT_EQ(::fcntl(page.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE), 0);
  const auto copy = [&] { return Descriptor(::dup(page.get())); };
  EXPECT_EQ(MappedRegister::map(copy(), at(4088, 64))->read(), value);
  EXPECT_EQ(MappedRegister::map(copy(), at(4092, 32))->read(), value >> 32);
  EXPECT_EQ(MappedRegister::map(copy(), at(4088, 32))->read(), value & 0xFFFFFFFF);
}

TEST(MappedRegister, IsNotTakenFromAHostThatLies) {
  const auto why_not = [](Descriptor page, const PassedRegister& passed) {
    const auto mapped = MappedRegister::map(std::move(page), passed);
    EXPECT_FALSE(mapped);
    return mapped ? std::string() : mapped.error().sentence();
  };
  EXPECT_EQ(why_not(file(4096, 0), at(0, 32)), "memory that was passed could shrink while it is used");
  for (const uint64_t bytes : {100, 4095, 8192, 0})
    EXPECT_EQ(why_not(file(bytes, F_SEAL_SHRINK), at(0, 32)),
              "the memory that was passed for a register is not one page");
  for (const auto& misplaced : {at(2, 32), at(4, 64), at(4092, 64)})
    EXPECT_EQ(why_not(file(4096, F_SEAL_SHRINK), misplaced), "the host says that a register lies where none can lie");
  EXPECT_FALSE(MappedRegister::map(Descriptor(::dup(2)), at(0, 32)));
}

TEST(Message, ARegistersPlaceAndUnitsComeBackAndWrongOnesAreNotSent) {
  Opened opened{.stream = 3, .facts = {.buffer_frames = 960}};
  opened.clock = {.offset = 8, .facts = {.width = 64, .numerator = 33'000'000, .denominator = 2, .accuracy = 4}};
  EXPECT_EQ(opened.descriptors(), 4u);
  const auto decoded = decode_answer(encode(1, opened).value());
  ASSERT_TRUE(decoded) << decoded.error().to_string();
  const auto& back = std::get<Opened>(decoded->message);
  EXPECT_FALSE(back.position);
  ASSERT_TRUE(back.clock);
  EXPECT_EQ(back.clock->offset, 8u);
  EXPECT_EQ(back.clock->facts.width, 64u);
  EXPECT_EQ(back.clock->facts.numerator, 33'000'000u);
  EXPECT_EQ(back.clock->facts.denominator, 2u);
  EXPECT_EQ(back.clock->facts.accuracy, 4u);
  for (const auto& wrong : {at(4096, 32), at(4093, 32), at(0, 33), at(0, 0), at(0, 128)}) {
    opened.position = wrong;
    EXPECT_FALSE(encode(1, opened)) << wrong.offset << ' ' << wrong.facts.width;
  }
  // The same, of a host that sends it all the same: the byte of the width, and that of the offset.
  opened.position = at(64, 32);
  const auto good = encode(1, opened).value();
  size_t refused = 0;
  for (size_t byte = sizeof(Head); byte < good.size(); ++byte) {
    auto changed = good;
    changed[byte] ^= std::byte{0x21};
    refused += !decode_answer(changed);
  }
  EXPECT_GT(refused, 8u);
}

// 48 kHz, 16-bit stereo: 4 bytes a frame; a buffer of 960 frames, a notification each 480.
struct Place : testing::Test {
  Place() {
    facts.buffer_frames = 960;
    facts.position_register = RegisterFacts{.accuracy = 40};  // ten frames
  }
  // `later`: after the sample; `frame`: what the register says, in frames of the buffer.
  StreamPosition place(milliseconds later, std::optional<uint64_t> frame) const {
    return place_of(sample, facts, std::chrono::nanoseconds(sample.when_ns) + later,
                    frame ? std::optional(*frame * 4) : std::nullopt);
  }
  StreamFacts facts;
  PositionSample sample{.frames = 10 * 960 + 100, .when_ns = 5'000'000, .limit = 10 * 960 + 479, .running = true};
};

TEST_F(Place, TheRegisterSaysWhereInTheBufferAndTheSampleWhichRound) {
  EXPECT_EQ(place(milliseconds(2), 190).done, 9600u + 190);
  EXPECT_EQ(place(milliseconds(2), 190).frames, 9600u + 196) << "by the clock, within the accuracy";
  EXPECT_EQ(place(milliseconds(4), 190).frames, 9600u + 200) << "no further than the accuracy";
  EXPECT_EQ(place(milliseconds(1), 155).frames, 9600u + 155) << "the device is before the clock";
  // Beyond the notification that has not come yet, and beyond the end of the buffer.
  EXPECT_EQ(place(milliseconds(9), 530).done, 9600u + 530);
  EXPECT_EQ(place(milliseconds(9), 530).frames, 9600u + 530);
  sample.frames = sample.limit = 9600 + 950;
  EXPECT_EQ(place(milliseconds(1), 30).done, 9600u + 960 + 30);
}

TEST_F(Place, WithoutARegisterTheClockGoesOnToTheNextNotification) {
  for (const bool given : {false, true}) {
    if (!given) facts.position_register.reset();
    const std::optional<uint64_t> reading = given ? std::nullopt : std::optional<uint64_t>(300);
    EXPECT_EQ(place(milliseconds(2), reading).frames, 9600u + 196);
    EXPECT_EQ(place(milliseconds(50), reading).frames, 9600u + 479);
    EXPECT_EQ(place(milliseconds(50), reading).done, 9600u + 100);
    facts.position_register = RegisterFacts{};
  }
}

// What the register holds then may be the last run's, until the device writes it first.
TEST_F(Place, ARegisterIsNotBelievedBeforeTheFirstFrameOfARun) {
  sample = {.frames = 0, .when_ns = 5'000'000, .limit = 480, .running = true};
  EXPECT_EQ(place(milliseconds(1), 30).done, 0u);
  EXPECT_EQ(place(milliseconds(1), 30).frames, 48u) << "by the clock";
  sample.frames = 1;
  EXPECT_EQ(place(milliseconds(1), 30).done, 30u);
}

// 5 ms are 240 frames; the clock may be off by a sixteenth, the register by ten frames.
TEST_F(Place, ARegisterThatIsFurtherThanTheTimeAllowsTellsNothing) {
  EXPECT_EQ(place(milliseconds(5), 100 + 240 + 15 + 1 + 10).done, 9600u + 366);
  EXPECT_EQ(place(milliseconds(5), 100 + 240 + 15 + 1 + 10 + 1).done, 9600u + 100);
  EXPECT_EQ(place(milliseconds(0), 112).done, 9600u + 100);
}

// Behind what the host was told already: written now and then by a driver that answers more finely. It is no round ahead.
TEST_F(Place, ARegisterThatIsBehindTellsNothing) {
  for (const uint64_t frame : {99, 50, 0}) {
    EXPECT_EQ(place(milliseconds(2), frame).done, 9600u + 100);
    EXPECT_EQ(place(milliseconds(2), frame).frames, 9600u + 196);
  }
}

// A host that stood still for long, or is no more: what is not known to be done is not said to be.
TEST_F(Place, NeverARoundAheadOfWhatTheHostSaw) {
  for (const milliseconds later : {milliseconds(0), milliseconds(10), milliseconds(20), milliseconds(500)})
    for (uint64_t frame = 0; frame <= 960; ++frame) {
      const StreamPosition at = place(later, frame);
      EXPECT_GE(at.done, sample.frames);
      EXPECT_LE(at.done, sample.frames + 720);
      EXPECT_GE(at.frames, at.done);
    }
  EXPECT_EQ(place(milliseconds(500), 100).done, 9600u + 100) << "it stands still";
  EXPECT_EQ(place(milliseconds(500), 100).frames, 9600u + 110);
}

TEST_F(Place, NoPlaceOfTheBufferIsNoReading) {
  for (const uint64_t bytes : {uint64_t{960 * 4 + 1}, uint64_t{1} << 40, UINT64_MAX}) {
    const StreamPosition at =
        place_of(sample, facts, std::chrono::nanoseconds(sample.when_ns) + milliseconds(2), bytes);
    EXPECT_EQ(at.done, 9600u + 100);
  }
  sample.frames = sample.limit = 9600 + 950;
  EXPECT_EQ(place(milliseconds(1), 960).done, 9600u + 960) << "the end is the beginning";
}

TEST_F(Place, AStreamThatDoesNotRunIsWhereItWasLeft) {
  sample.running = false;
  const StreamPosition at = place(milliseconds(5), 300);
  EXPECT_EQ(at.done, sample.frames);
  EXPECT_EQ(at.frames, sample.frames);
  EXPECT_EQ(at.when.count(), sample.when_ns);
}

}  // namespace
}  // namespace portside::wire
