// Positions of drivers/hda over QEMU's card: what is played says itself where it belongs, so that what came out of the
// codec can be held against the position register, GetPosition and the packet count; and the lateness of what a client
// is told is drawn.

#include <algorithm>
#include <fstream>

#include "hda/qemu_cards.h"

namespace portside {
namespace {

using namespace std::chrono_literals;
using namespace testing_support;

// Left: the packet's number; right: the frame's place in it. From 1 on, as 0 is silence; the codec changes no sample.
void fill_packet(client::Stream& stream, uint64_t number) {
  const auto packet = stream.packet(number);
  for (size_t at = 0; at < packet.size(); at += 4) {
    const int16_t frame[2] = {static_cast<int16_t>(number % 0x7000 + 1), static_cast<int16_t>(at / 4 + 1)};
    std::memcpy(&packet[at], frame, 4);
  }
}

// What came out of the codec, read back.
struct Heard {
  uint64_t frames = 0;  // of packets
  uint64_t gaps = 0;    // frames that do not follow on the one before
  uint64_t stale = 0;   // packets that were played again, as the next was not there in time
};
Heard read_back(const client::Sound& sound, size_t packet_frames) {
  Heard heard;
  const auto samples = samples_of(sound);
  int last_packet = 0, last_place = static_cast<int>(packet_frames);
  for (size_t i = 0; i + 1 < samples.size(); i += 2) {
    const int packet = samples[i], place = samples[i + 1];
    if (place == 0) continue;  // before RUN, after PAUSE
    ++heard.frames;
    if (place != last_place % static_cast<int>(packet_frames) + 1 && ++heard.gaps < 25)
      std::printf("gap at %zu: packet %d place %d after packet %d place %d\n", i / 2, packet, place, last_packet, last_place);
    if (place == 1 && packet != last_packet + 1 && last_packet != 0) ++heard.stale;
    last_packet = packet, last_place = place;
  }
  return heard;
}

struct Lateness {
  double when_s = 0, late_ms = 0;
};

// A picture: each notification by its time, and how late its client was told.
void draw(const std::vector<Lateness>& seen, double seconds, const std::string& title, const char* file) {
  constexpr double kWide = 860, kHigh = 240, kLeft = 60, kTop = 40;
  double most = 1;
  for (const Lateness& one : seen) most = std::max(most, one.late_ms);
  std::ofstream out(file);
  out << "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 960 340' font-family='sans-serif' font-size='13'>"
      << "<rect width='960' height='340' fill='white'/><text x='" << kLeft << "' y='24'>" << title << "</text>";
  const auto x = [&](double s) { return kLeft + s / seconds * kWide; };
  const auto y = [&](double ms) { return kTop + kHigh - ms / most * kHigh; };
  for (int i = 0; i <= 4; ++i) {
    const double ms = most * i / 4, s = seconds * i / 4;
    out << "<line x1='" << kLeft << "' x2='" << kLeft + kWide << "' y1='" << y(ms) << "' y2='" << y(ms)
        << "' stroke='#ddd'/><text x='8' y='" << y(ms) + 4 << "'>" << std::round(ms * 10) / 10 << " ms</text><text x='"
        << x(s) - 10 << "' y='300'>" << std::round(s * 10) / 10 << " s</text>";
  }
  out << "<path stroke='#1f6feb' stroke-width='1.2' fill='none' d='";
  for (const Lateness& one : seen) out << 'M' << x(one.when_s) << ' ' << y(one.late_ms) << "v1.5";
  out << "'/><text x='" << kLeft << "' y='326'>each mark: a notification, and how long after its packet was through the "
      << "client was told</text></svg>\n";
}

// Plays packets that are as short as 3 ms and the alignment of the list's pieces allow, until `seconds` have passed.
TEST_F(QemuCards, PacketsOfThreeMillisecondsAreCountedExactly) {
  const char* wanted = std::getenv("PORTSIDE_QEMU_SECONDS");
  const double seconds = wanted ? std::atof(wanted) : LATENESS_SECONDS;
  start(HDA_INF, "qemu:ich9-intel-hda,hda-output,use-timer=off", false);
  if (HasFatalFailure()) return;
  uint64_t count = 0, told = 0, coalesced = 0, packet_frames = 0, position_frames = 0;
  std::vector<Lateness> lateness;
  const auto ran = machine_->run([&] {
    client::StreamOptions options;
    options.buffer = 6ms;
    options.mode = client::StreamMode::kPacket;
    auto opened = client::Stream::open(endpoint(client::Direction::kRender), kCd, options);
    ASSERT_TRUE(opened) << opened.error().to_string();
    client::Stream& stream = **opened;
    packet_frames = stream.packet_bytes() / 4;
    for (uint64_t i = 0; i < 2; ++i) fill_packet(stream, i);
    ASSERT_TRUE(stream.set_state(KSSTATE_ACQUIRE) && stream.set_state(KSSTATE_PAUSE));
    ASSERT_TRUE(stream.write_packet(0, false, 0).is_ok() && stream.write_packet(1, false, 0).is_ok());
    ASSERT_TRUE(stream.set_state(KSSTATE_RUN));
    const Nanoseconds begin = client::now();
    const auto end = begin + Nanoseconds(static_cast<int64_t>(seconds * 1e9));
    while (client::now() < end) {
      ASSERT_TRUE(stream.wait(500ms)) << "no notification after " << told;
      ++told;
      const auto now_count = stream.packet_count();
      ASSERT_TRUE(now_count) << now_count.error().to_string();
      ASSERT_GE(*now_count, count);
      if (*now_count > count + 1) coalesced += *now_count - count - 1;
      count = *now_count;
      // Behind the boundary that it was told of: the position is where the device is now.
      const auto position = stream.position();
      ASSERT_TRUE(position);
      lateness.push_back({static_cast<double>((client::now() - begin).count()) / 1e9,
                          static_cast<double>(*position % stream.packet_bytes()) / 4 / 48});
      fill_packet(stream, count + 1);
      (void)stream.write_packet(static_cast<uint32_t>(count + 1), false, 0);  // too late is no error of the count
    }
    // Ten packets in time: at an end while QEMU is behind by half a buffer nobody could say how often it was round.
    for (int calm = 0; calm < 10 && client::now() < end + 20s;) {
      ASSERT_TRUE(stream.wait(500ms));
      ++told;
      const uint32_t now_count = *stream.packet_count();
      calm = now_count == count + 1 ? calm + 1 : 0;
      if (now_count > count + 1) coalesced += now_count - count - 1;
      count = now_count;
      fill_packet(stream, count + 1);
      (void)stream.write_packet(static_cast<uint32_t>(count + 1), false, 0);
    }
    ASSERT_TRUE(stream.set_state(KSSTATE_PAUSE));
    count = *stream.packet_count();
    position_frames = count * packet_frames + *stream.position() % stream.packet_bytes() / 4;
  });
  ASSERT_TRUE(ran) << ran.error().to_string();
  const Heard heard = read_back(stop(), packet_frames);
  std::sort(lateness.begin(), lateness.end(), [](const auto& a, const auto& b) { return a.late_ms < b.late_ms; });
  const double median = lateness[lateness.size() / 2].late_ms, p99 = lateness[lateness.size() * 99 / 100].late_ms,
               most = lateness.back().late_ms;
  std::printf("%.0f s: %lu packets of %.2f ms, %lu notifications, %lu coalesced, %lu stale; %lu frames came out, the "
              "position said %lu; late by %.2f ms (median), %.2f (99 %%), %.2f (most)\n",
              seconds, count, static_cast<double>(packet_frames) / 48, told, coalesced, heard.stale, heard.frames,
              position_frames, median, p99, most);
  const std::string title = std::to_string(count) + " packets of " +
                            std::to_string(static_cast<double>(packet_frames) / 48).substr(0, 4) + " ms in " +
                            std::to_string(static_cast<int>(seconds)) + " s, " + std::to_string(coalesced) + " coalesced";
  draw(lateness, seconds, title, LATENESS_SVG);
  EXPECT_EQ(heard.gaps, 0u);
  EXPECT_LE(told, count);
  EXPECT_GE(told + coalesced, count - 2) << "each packet was told of, alone or with others";
  EXPECT_LE(heard.frames, position_frames);
  EXPECT_LE(position_frames - heard.frames, 8192u);
}
}  // namespace
}  // namespace portside
