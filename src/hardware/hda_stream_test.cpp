#include "hardware/hda_stream.h"

#include "hardware/hda_fixture.h"

namespace portside::hardware {
namespace {

using namespace std::chrono_literals;

constexpr uint32_t kOut = 0x80 + 4 * 0x20, kIn = 0x80;  // the first output and the first input descriptor
constexpr uint16_t kFormat = 0x0011;                    // 48 kHz, 16 bits, stereo
constexpr uint8_t kDac = 2, kMixer = 4, kAdc = 7, kSelector = 8;

struct Descriptor {
  uint64_t address;
  uint32_t bytes, flags;
};

struct HdaStreamTest : HdaTest {
  void SetUp() override {
    leave_reset();
    list = block(4096);
    buffer = block(16384);
    positions = block(4096);
    write_address(0x70, positions.at);
    write(0x70, 4, (positions.at.value & 0xFFFFFFFF) | 1);
    for (size_t i = 0; i < 16384; ++i) buffer.bytes[i] = static_cast<std::byte>(i * 2654435761u >> 13);
  }
  void power_up() {
    verb(1, 0x705, 0);
    for (const uint8_t node : {2, 3, 5, 6, 7}) verb(node, 0x705, 0);
  }
  // The way from the first converter to the headphones, at 0 dB.
  void open_output(uint8_t number = 1) {
    power_up();
    verb(kDac, 0x3, 0xB000 | 63);
    verb(kMixer, 0x3, 0x7100);  // of input 1, which is the first converter
    verb(HdaCodec::kHeadphonePin, 0x3, 0xB000);
    verb(HdaCodec::kHeadphonePin, 0x707, 0x40);
    verb(kDac, 0x2, kFormat);
    verb(kDac, 0x706, number << 4);
  }
  void open_input(uint8_t number = 1) {
    power_up();
    verb(HdaCodec::kMicrophonePin, 0x707, 0x20);
    verb(HdaCodec::kMicrophonePin, 0x3, 0x7000);
    verb(kSelector, 0x701, 1);
    verb(kAdc, 0x3, 0x7000 | 30);
    verb(kAdc, 0x2, kFormat);
    verb(kAdc, 0x706, number << 4);
  }
  void describe(std::vector<Descriptor> entries) {
    std::memcpy(list.bytes, entries.data(), entries.size() * sizeof(Descriptor));
    for (const auto& e : entries) length += e.bytes;
    count = static_cast<uint32_t>(entries.size());
  }
  void program(uint32_t sd, uint8_t number = 1) {
    write(sd + 2, 1, number << 4);
    write(sd + 8, 4, length);
    write(sd + 0xC, 2, count - 1);
    write(sd + 0x12, 2, kFormat);
    write_address(sd + 0x18, list.at);
  }
  void run(uint32_t sd) { write(sd, 1, 0x1E); }
  void pause(uint32_t sd) { write(sd, 1, 0); }
  void two_halves(uint32_t flags = 1) {
    describe({{buffer.at.value, 4096, flags}, {buffer.at.value + 4096, 4096, flags}});
  }
  uint32_t position(uint32_t index) {
    uint32_t value;
    std::memcpy(&value, positions.bytes + 8 * index, 4);
    return value;
  }

  Block list, buffer, positions;
  uint32_t length = 0, count = 0;
};

TEST_F(HdaStreamTest, PlaysWhatIsInItsBuffers) {
  open_output();
  two_halves();
  program(kOut);
  run(kOut);
  host.pass(100ms);  // 4800 frames, more than two turns of 2048
  pause(kOut);
  const HdaCodec::Heard heard = model.heard(HdaCodec::kHeadphonePin);
  ASSERT_EQ(heard.bytes.size(), 4800u * 4);
  EXPECT_EQ(heard.format, kFormat);
  EXPECT_EQ(heard.stretches.size(), 1u);
  for (size_t i = 0; i < heard.bytes.size(); ++i) ASSERT_EQ(heard.bytes[i], buffer.bytes[i % 8192]) << i;
  EXPECT_TRUE(model.heard(HdaCodec::kSpeakerPin).bytes.empty());
}

TEST_F(HdaStreamTest, SaysWhereItIs) {
  open_output();
  two_halves();
  program(kOut);
  EXPECT_EQ(read(kOut + 4, 4), 0u);
  run(kOut);
  host.pass(10ms);
  EXPECT_EQ(read(kOut + 4, 4), 480u * 4);
  EXPECT_EQ(read(0x2084 + 4 * 0x20, 4), 480u * 4) << "the alias";
  EXPECT_EQ(position(4), 480u * 4) << "in memory";
  pause(kOut);
  host.pass(50ms);
  EXPECT_EQ(read(kOut + 4, 4), 480u * 4) << "it stands";
  run(kOut);
  host.pass(40ms);
  EXPECT_EQ(read(kOut + 4, 4), (2400u * 4) % 8192);
}

TEST_F(HdaStreamTest, InterruptsAtTheEndOfABufferThatAsksForIt) {
  open_output();
  describe({{buffer.at.value, 4096, 0}, {buffer.at.value + 4096, 4096, 1}});
  program(kOut);
  write(0x20, 4, 0x80000000 | 1u << 4);
  run(kOut);
  host.pass(Nanoseconds(2047 * 1'000'000'000LL / 48000));
  EXPECT_FALSE(host.line);
  host.pass(Nanoseconds(2 * 1'000'000'000LL / 48000));
  EXPECT_TRUE(host.line);
  EXPECT_EQ(read(0x24, 4), 0x80000010u);
  EXPECT_EQ(read(kOut + 3, 1) & 4, 4u);
  write(kOut + 3, 1, 4);
  EXPECT_FALSE(host.line);
  EXPECT_EQ(host.interrupts, 1);
}

TEST_F(HdaStreamTest, DoesNotDriftInAMinute) {
  open_output();
  two_halves(0);
  program(kOut);
  run(kOut);
  uint32_t before = read(0x30, 4), turns = 0, last = 0;
  for (int i = 0; i < 60 * 100; ++i) {
    host.pass(10ms);
    const uint32_t now = read(kOut + 4, 4);
    turns += now < last;
    last = now;
    if (i % 1000 == 0) owner->forget_heard();
  }
  EXPECT_EQ((uint64_t{turns} * 8192 + last) / 4, 60u * 48000);
  EXPECT_NE(before, read(0x30, 4));
}

TEST_F(HdaStreamTest, RecordsWhatAPinHears) {
  open_input();
  std::vector<std::byte> sound(9600);
  for (size_t i = 0; i < sound.size(); ++i) sound[i] = static_cast<std::byte>(i * 131 >> 3);
  model.play_into(HdaCodec::kMicrophonePin, sound);
  std::fill_n(buffer.bytes, 16384, std::byte{0xEE});
  two_halves();
  program(kIn);
  run(kIn);
  host.pass(20ms);
  EXPECT_EQ(std::memcmp(buffer.bytes, sound.data(), 960 * 4), 0);
  EXPECT_EQ(buffer.bytes[960 * 4], std::byte{0xEE}) << "not a byte further";
}

TEST_F(HdaStreamTest, FollowsScatteredBuffersWhoseEndsCutFrames) {
  open_output();
  describe({{buffer.at.value + 8192, 386, 0}, {buffer.at.value, 1022, 0}, {buffer.at.value + 1024, 640, 1}});
  program(kOut);
  run(kOut);
  host.pass(20ms);
  pause(kOut);
  std::vector<std::byte> turn;
  for (const auto& [from, bytes] : {std::pair{8192, 386}, {0, 1022}, {1024, 640}})
    turn.insert(turn.end(), buffer.bytes + from, buffer.bytes + from + bytes);
  const auto heard = model.heard(HdaCodec::kHeadphonePin).bytes;
  ASSERT_EQ(heard.size(), 960u * 4);
  for (size_t i = 0; i < heard.size(); ++i) ASSERT_EQ(heard[i], turn[i % turn.size()]) << i;
}

TEST_F(HdaStreamTest, AmplifiersScaleAndMute) {
  open_output();
  verb(kDac, 0x3, 0xA000 | 57);                // the left, 6 dB down
  verb(HdaCodec::kHeadphonePin, 0x3, 0x9080);  // the right, mute
  for (size_t i = 0; i < 8192; i += 2) {
    const int16_t sample = 10000;
    std::memcpy(buffer.bytes + i, &sample, 2);
  }
  two_halves();
  program(kOut);
  run(kOut);
  host.pass(5ms);
  const auto heard = model.heard(HdaCodec::kHeadphonePin).bytes;
  int16_t pair[2];
  std::memcpy(pair, heard.data(), 4);
  EXPECT_EQ(pair[0], 5011);  // 10000 / 10^(6/20), rounded down as the hardware's shifter does
  EXPECT_EQ(pair[1], 0);
}

TEST_F(HdaStreamTest, ReportsWhatTheSpecificationForbids) {
  open_output();
  two_halves();
  program(kOut, 0);
  run(kOut);
  expect_broken(HdaRule::kStreamNumberZero);
  pause(kOut);

  program(kOut);
  write(kOut + 0xC, 2, 0);
  run(kOut);
  expect_broken(HdaRule::kListTooShort);
  pause(kOut);

  program(kOut);
  write(kOut + 8, 4, 4096);
  run(kOut);
  expect_broken(HdaRule::kLengthDiffers);
  write(kOut + 0xC, 2, 7);
  expect_broken(HdaRule::kChangedRunning);
  write(kOut, 1, 1);
  expect_broken(HdaRule::kResetWhileRunning);
  write(kOut, 1, 0);

  write(kOut + 0x18, 4, (list.at.value & 0xFFFFFFFF) + 16);
  expect_broken(HdaRule::kListNotAligned);
}

TEST_F(HdaStreamTest, ReportsDescriptorsThatAreWrong) {
  open_output();
  describe({{buffer.at.value + 64, 4096, 0}, {buffer.at.value + 8192, 4096, 0}});
  program(kOut);
  run(kOut);
  expect_broken(HdaRule::kBufferNotAligned);
  Descriptor changed{buffer.at.value, 4096, 0};
  std::memcpy(list.bytes + sizeof changed, &changed, sizeof changed);
  host.pass(30ms);
  expect_broken(HdaRule::kListChanged);
}

TEST_F(HdaStreamTest, ReportsAListOfNothingAtEachStart) {
  open_output();
  describe({{buffer.at.value, 0, 1}, {buffer.at.value + 4096, 0, 1}});
  program(kOut);
  for (int start = 0; start < 2; ++start) {
    run(kOut);
    expect_broken(HdaRule::kBufferEmpty);
    host.pass(5ms);
    EXPECT_EQ(read(kOut + 4, 4), 0u);
    pause(kOut);
  }
}

TEST_F(HdaStreamTest, HearsASoundAgainAndAgain) {
  open_input();
  std::vector<std::byte> sound(1000);  // no whole number of bursts
  for (size_t i = 0; i < sound.size(); ++i) sound[i] = static_cast<std::byte>(i * 131 >> 3);
  model.play_into(HdaCodec::kMicrophonePin, sound, HdaCodec::Times::kEndless);
  two_halves();
  program(kIn);
  run(kIn);
  host.pass(20ms);
  for (size_t i = 0; i < 960 * 4; ++i) ASSERT_EQ(buffer.bytes[i], sound[i % sound.size()]) << i;
}

TEST_F(HdaStreamTest, ReportsMemoryThatIsNotThere) {
  open_output();
  describe({{buffer.at.value, 4096, 0}, {0x4000'0000'0000, 4096, 0}});
  program(kOut);
  run(kOut);
  host.pass(30ms);
  EXPECT_EQ(read(kOut + 3, 1) & 8, 8u) << "FIFO error";
  expect_broken(HdaRule::kDmaFailed);
}

TEST_F(HdaStreamTest, ReportsFormatsThatDoNotFit) {
  open_output();
  verb(kDac, 0x2, 0x0810 | 1);  // 96 kHz
  two_halves();
  program(kOut);
  run(kOut);
  host.pass(1ms);
  expect_broken(HdaRule::kFormatDiffers);
  pause(kOut);
  verb(kDac, 0x2, 0x0311);  // 12 kHz
  expect_broken(HdaRule::kFormatUnsupported);
}

TEST_F(HdaStreamTest, ReportsAStreamThatNobodyListensTo) {
  two_halves();
  program(kOut, 5);
  run(kOut);
  expect_broken(HdaRule::kNobodyListens);
}

TEST_F(HdaStreamTest, ReportsANumberThatIsTaken) {
  open_output();
  two_halves();
  program(kOut);
  program(kOut + 0x20);
  run(kOut);
  run(kOut + 0x20);
  expect_broken(HdaRule::kStreamNumberShared);
}

TEST_F(HdaStreamTest, AConverterThatSleepsIsSilent) {
  open_output();
  two_halves();
  program(kOut);
  run(kOut);
  host.pass(5ms);
  const size_t before = model.heard(HdaCodec::kHeadphonePin).bytes.size();
  verb(1, 0x705, 3);
  const size_t asleep = model.heard(HdaCodec::kHeadphonePin).bytes.size();
  host.pass(5ms);
  EXPECT_EQ(model.heard(HdaCodec::kHeadphonePin).bytes.size(), asleep);
  EXPECT_GE(asleep, before);
}

}  // namespace
}  // namespace portside::hardware
