// The studio's parts as host code, no machine around them: packets, and samples through the mixer's numbers.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "studio/packets.h"
#include "studio/samples.h"

namespace {

constexpr ULONG kEnd = KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM;

Packets two_of_100() {
  Packets packets;
  packets.set_layout(2, 100);
  packets.reset();
  return packets;
}

TEST(Packets, BeforeTheFirstFrameTheBufferMayBeFilled) {
  Packets p = two_of_100();
  EXPECT_EQ(p.write(0, 0, 0, 0, false), STATUS_SUCCESS);
  EXPECT_EQ(p.write(1, 0, 0, 0, false), STATUS_SUCCESS);
  EXPECT_EQ(p.write(2, 0, 0, 0, false), STATUS_DATA_OVERRUN);
  EXPECT_EQ(p.write(0, 0, 0, 0, true), STATUS_DATA_LATE_ERROR);
}

TEST(Packets, WhatIsUnderWayIsLate) {
  Packets p = two_of_100();
  EXPECT_EQ(p.write(3, 0, 0, 350, true), STATUS_DATA_LATE_ERROR);
  EXPECT_EQ(p.write(2, 0, 0, 350, true), STATUS_DATA_LATE_ERROR);
  EXPECT_EQ(p.write(4, 0, 0, 350, true), STATUS_SUCCESS);
  EXPECT_EQ(p.write(5, 0, 0, 350, true), STATUS_DATA_OVERRUN);
  EXPECT_EQ(p.completed(399), 3u);
  EXPECT_EQ(p.completed(400), 4u);
}

TEST(Packets, OnlyWhatWasWrittenIsHeard) {
  Packets p = two_of_100();
  EXPECT_TRUE(p.audible(5000)) << "a client that names no packet plays all of its buffer";
  ASSERT_EQ(p.write(0, 0, 0, 0, false), STATUS_SUCCESS);
  EXPECT_TRUE(p.audible(99));
  EXPECT_FALSE(p.audible(100));
  EXPECT_TRUE(p.underrun_at(100));
  EXPECT_FALSE(p.underrun_at(101)) << "once a packet";
  ASSERT_EQ(p.write(1, kEnd, 30, 50, true), STATUS_SUCCESS);
  EXPECT_TRUE(p.audible(129));
  EXPECT_FALSE(p.audible(130));
  EXPECT_FALSE(p.underrun_at(200));
  EXPECT_EQ(p.write(2, 0, 0, 150, true), STATUS_INVALID_DEVICE_STATE);
  p.reset();
  EXPECT_EQ(p.write(0, 0, 0, 0, false), STATUS_SUCCESS);
}

TEST(Packets, WrongArgumentsChangeNothing) {
  Packets p = two_of_100();
  EXPECT_EQ(p.write(0, 1u << 20, 0, 0, false), STATUS_INVALID_PARAMETER);
  EXPECT_EQ(p.write(0, kEnd, 101, 0, false), STATUS_INVALID_PARAMETER);
  EXPECT_TRUE(p.audible(5000));
  EXPECT_EQ(p.write(0, kEnd, 0, 0, false), STATUS_SUCCESS) << "\"Zero is a valid value.\"";
  Packets none;
  none.set_layout(0, 0);
  EXPECT_EQ(none.write(0, 0, 0, 0, false), STATUS_INVALID_DEVICE_STATE);
}

TEST(Packets, TheOldestAreLostFirst) {
  Packets p = two_of_100();
  ULONG number = 0;
  BOOL more = TRUE;
  EXPECT_EQ(p.read(99, &number, &more), STATUS_DEVICE_NOT_READY);
  EXPECT_EQ(p.read(100, &number, &more), STATUS_SUCCESS);
  EXPECT_EQ(number, 0u);
  EXPECT_FALSE(more);
  EXPECT_EQ(p.read(150, &number, &more), STATUS_DEVICE_NOT_READY);
  EXPECT_EQ(p.read(770, &number, &more), STATUS_SUCCESS);
  EXPECT_EQ(number, 6u);
}

TEST(Samples, WhatNothingChangesComesOutAsItWentIn) {
  for (const USHORT bytes : {1, 2, 3, 4}) {
    const SampleFormat format{48000, 2, bytes, FALSE};
    for (unsigned step = 0; step < 5000; ++step) {
      UCHAR in[8], out[8];
      for (unsigned i = 0; i < sizeof in; ++i) in[i] = static_cast<UCHAR>(step * (i * 37 + 11) >> (i & 1));
      store_frame(out, load_frame(in, format), format);
      ASSERT_EQ(std::memcmp(in, out, format.bytes_per_frame()), 0) << bytes << " bytes, step " << step;
    }
  }
  const SampleFormat format{48000, 2, 4, TRUE};
  for (const float value : {0.0f, 1.0f, -1.0f, 1e-30f, 0.1f, -3.25f}) {
    const float in[2] = {value, -value};
    float out[2];
    store_frame(reinterpret_cast<UCHAR*>(out), load_frame(reinterpret_cast<const UCHAR*>(in), format), format);
    EXPECT_EQ(std::memcmp(in, out, sizeof in), 0) << value;
  }
}

TEST(Samples, ClipAndCutTowardsZero) {
  const SampleFormat format{48000, 2, 2, FALSE};
  Frame frame = {};
  frame.sample[0] = 1.5;
  frame.sample[1] = -1.5;
  SHORT out[2];
  store_frame(reinterpret_cast<UCHAR*>(out), frame, format);
  EXPECT_EQ(out[0], 32767);
  EXPECT_EQ(out[1], -32768);
  frame.sample[0] = 2.9 / 32768;
  frame.sample[1] = -2.9 / 32768;
  store_frame(reinterpret_cast<UCHAR*>(out), frame, format);
  EXPECT_EQ(out[0], 2);
  EXPECT_EQ(out[1], -2);
}

}  // namespace
