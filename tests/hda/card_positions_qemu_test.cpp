// Positions of drivers/hda over QEMU's card: what is played says itself where it belongs, so that what came out of the
// codec can be held against the position register, GetPosition and the packet count; and the lateness of what a client
// is told is drawn.

#include <algorithm>
#include <cstdlib>
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
    if (place != last_place % static_cast<int>(packet_frames) + 1) ++heard.gaps;
    if (place == 1 && packet != last_packet + 1 && last_packet != 0) ++heard.stale;
    last_packet = packet, last_place = place;
  }
  return heard;
}

// When a client was told, and of how many packets.
struct Told {
  double when_ms = 0;
  uint64_t count = 0;
};

// How late each was, in ms: against the packets' own pace, as the earliest hundredth of them had it. In order of time.
std::vector<double> lateness_of(const std::vector<Told>& told, double packet_ms) {
  std::vector<double> late;
  for (const Told& one : told) late.push_back(one.when_ms - static_cast<double>(one.count) * packet_ms);
  if (late.empty()) return late;
  std::vector<double> sorted = late;
  std::ranges::sort(sorted);
  const double early = sorted[sorted.size() / 100];
  for (double& one : late) one = std::max(0.0, one - early);
  return late;
}

// A picture: each notification by its time, and how late its client was told; beside it how often.
void draw(const std::vector<Told>& told, const std::vector<double>& late, const std::string& title, const char* file) {
  constexpr double kWide = 640, kHigh = 240, kLeft = 70, kTop = 40, kBarsAt = 740, kBarsWide = 180;
  constexpr size_t kBars = 48;
  const double most = std::ceil(std::max(1.0, std::ranges::max(late))), length = told.back().when_ms;
  std::vector<size_t> counts(kBars);
  for (const double one : late) ++counts[std::min(kBars - 1, static_cast<size_t>(one / most * kBars))];
  std::ofstream out(file);
  out << "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 960 340' font-family='sans-serif' font-size='13'>"
      << "<rect width='960' height='340' fill='white'/><text x='" << kLeft << "' y='24'>" << title << "</text>";
  const auto y = [&](double ms) { return kTop + kHigh - ms / most * kHigh; };
  for (int i = 0; i <= 4; ++i) {
    const double ms = most * i / 4;
    out << "<line x1='" << kLeft << "' x2='" << kLeft + kWide << "' y1='" << y(ms) << "' y2='" << y(ms)
        << "' stroke='#ddd'/><text x='8' y='" << y(ms) + 4 << "'>" << ms << " ms</text><text x='"
        << kLeft + kWide * i / 4 - 10 << "' y='300'>" << std::round(length * i / 400) / 10 << " s</text>";
  }
  out << "<g fill='#1f6feb' fill-opacity='0.35'>";
  for (size_t i = 0; i < told.size(); ++i)
    out << "<circle r='1.3' cx='" << std::round((kLeft + told[i].when_ms / length * kWide) * 10) / 10 << "' cy='"
        << std::round(y(late[i]) * 10) / 10 << "'/>";
  out << "</g><g fill='#8250df'>";
  const auto highest = static_cast<double>(std::ranges::max(counts));
  for (size_t i = 0; i < kBars; ++i)
    out << "<rect x='" << kBarsAt << "' height='4' y='" << y(most * static_cast<double>(i + 1) / kBars) << "' width='"
        << std::round(static_cast<double>(counts[i]) / highest * kBarsWide * 10) / 10 << "'/>";
  out << "</g><text x='" << kLeft
      << "' y='326'>each mark: a notification, and how late its client was told; at the right how "
      << "many were so late</text></svg>\n";
}

// A client that keeps two packets filled, and writes down what it is told.
class PacketPlayer {
 public:
  explicit PacketPlayer(client::Stream& stream) : stream_(stream), packet_frames_(stream.packet_bytes() / 4) {
    for (uint32_t number = 0; number < 2; ++number) write(number);
  }

  void play_until(Nanoseconds end, Nanoseconds begin) {
    while (client::now() < end && !::testing::Test::HasFatalFailure()) play_one(begin);
  }
  // Until ten in a row were told of alone: at an end while QEMU is behind by half a buffer nobody could say how often
  // it was round.
  void play_until_calm(Nanoseconds begin) {
    for (int calm = 0, left = 3000; calm < 10 && left > 0 && !::testing::Test::HasFatalFailure(); --left)
      calm = play_one(begin) == 1 ? calm + 1 : 0;
  }

  void keep_no_more() { keeps_ = false; }
  size_t packet_frames() const { return packet_frames_; }
  uint64_t count() const { return count_; }
  uint64_t told() const { return told_; }
  // Since the start of the first RUN, in which it has not paused.
  const std::vector<Told>& notifications() const { return notifications_; }

 private:
  // How many packets went by.
  uint64_t play_one(Nanoseconds begin) {
    EXPECT_TRUE(stream_.wait(2s)) << "no notification after " << told_;
    const Nanoseconds now = client::now();
    const auto count = stream_.packet_count();
    if (!count || *count < count_) {
      ADD_FAILURE() << "the packet count";
      return 0;
    }
    const uint64_t step = *count - count_;
    ++told_;
    count_ = *count;
    if (keeps_) notifications_.push_back({static_cast<double>((now - begin).count()) / 1e6, count_});
    write(static_cast<uint32_t>(count_ + 1));
    return step;
  }
  void write(uint32_t number) {
    fill_packet(stream_, number);
    (void)stream_.write_packet(number, false, 0);  // too late is not the count's fault
  }

  client::Stream& stream_;
  const size_t packet_frames_;
  uint64_t count_ = 0, told_ = 0;
  bool keeps_ = true;
  std::vector<Told> notifications_;
};

// What four ways of asking say of a stream that stands.
void expect_agreement(client::Stream& stream, uint64_t frames_before, uint64_t* frames) {
  const auto position = stream.position();
  const auto count = stream.packet_count();
  ASSERT_TRUE(position && count);
  const auto* reg = stream.position_register();
  ASSERT_TRUE(reg);
  EXPECT_EQ(*static_cast<const volatile uint32_t*>(reg->Register), *position);
  EXPECT_EQ(*count % 2, *position / stream.packet_bytes()) << "the packet that is under way";
  *frames = *count * stream.packet_bytes() / 4 + *position % stream.packet_bytes() / 4;
  EXPECT_GE(*frames, frames_before);
}

// Packets as short as 3 ms and the alignment of the list's pieces allow. How many go by, what the position is, and what
// has come out of the codec is the same, after a minute and a pause. (PORTSIDE_QEMU_SECONDS: another time.)
TEST_F(QemuCards, PacketsOfThreeMillisecondsAreCountedExactly) {
  const char* wanted = std::getenv("PORTSIDE_QEMU_SECONDS");
  const double seconds = wanted ? std::atof(wanted) : 60;
  start(HDA_INF, "qemu:ich9-intel-hda,hda-output,use-timer=off", false);
  if (HasFatalFailure()) return;
  uint64_t count = 0, told = 0, packet_frames = 0, frames = 0;
  std::vector<Told> notifications;
  const auto ran = machine_->run([&] {
    client::StreamOptions options;
    options.buffer = 6ms;
    options.mode = client::StreamMode::kPacket;
    auto opened = client::Stream::open(endpoint(client::Direction::kRender), kCd, options);
    ASSERT_TRUE(opened) << opened.error().to_string();
    client::Stream& stream = **opened;
    ASSERT_TRUE(stream.set_state(KSSTATE_ACQUIRE) && stream.set_state(KSSTATE_PAUSE));
    PacketPlayer player(stream);
    const Nanoseconds begin = client::now();
    for (const double until : {seconds - 0.5, seconds}) {
      ASSERT_TRUE(stream.set_state(KSSTATE_RUN));
      player.play_until(begin + Nanoseconds(static_cast<int64_t>(until * 1e9)), begin);
      player.play_until_calm(begin);
      ASSERT_TRUE(stream.set_state(KSSTATE_PAUSE));
      player.keep_no_more();
      ASSERT_NO_FATAL_FAILURE(expect_agreement(stream, frames, &frames));
    }
    count = *stream.packet_count();
    told = player.told(), packet_frames = player.packet_frames();
    notifications = player.notifications();
  });
  ASSERT_TRUE(ran) << ran.error().to_string();
  const uint64_t coalesced = count - std::min(count, told);
  const Heard heard = read_back(stop(coalesced == 0), packet_frames);
  const double packet_ms = static_cast<double>(packet_frames) / 48;
  ASSERT_FALSE(notifications.empty());
  const std::vector<double> late = lateness_of(notifications, packet_ms);
  std::vector<double> sorted = late;
  std::ranges::sort(sorted);
  std::printf(
      "%.0f s: %lu packets of %.2f ms, %lu notifications, %lu coalesced, %lu played again; %lu frames came out, the "
      "position said %lu; told %.2f ms late (median), %.2f (99 %%), %.2f (most)\n",
      seconds, count, packet_ms, told, coalesced, heard.stale, heard.frames, frames, sorted[sorted.size() / 2],
      sorted[sorted.size() * 99 / 100], sorted.back());
  draw(notifications, late,
       std::to_string(count) + " packets in " + std::to_string(static_cast<int>(seconds)) + " s, " +
           std::to_string(told) + " notifications, " + std::to_string(coalesced) + " packets told of with others",
       LATENESS_SVG);
  constexpr int kPauses = 1;
  EXPECT_LE(heard.gaps, kPauses) << "while it runs the codec loses nothing, and repeats nothing";
  EXPECT_LE(told, count + 1) << "no more interrupts than packets";
  // The codec's delay, either way. At a pause it may have played what its position in memory does not show yet (80 frames
  // were seen), or may lose what it had taken and not played: less than the millisecond that it looks ahead, and a
  // piece of 32 frames; or, when QEMU is late, than the packet that it is late by.
  const auto delay = static_cast<int64_t>(frames - heard.frames);
  const double p99 = sorted[sorted.size() * 99 / 100];
  if (p99 >= packet_ms) {
    // A card that is late by half its buffer cannot be told from one that is early.
    too_busy("QEMU was late by more than a packet, and so the count of packets is not exact");
    return;
  }
  // Below a turn of the buffer in any case: else a count that is off by a turn would pass.
  const auto pieces = static_cast<int64_t>((p99 < packet_ms / 2 ? 48 : packet_frames) + 32);
  const auto most = std::min((kPauses + 1) * pieces, static_cast<int64_t>(2 * packet_frames - 1));
  EXPECT_GE(delay, -most);
  EXPECT_LE(delay, most);
  // Without the position: whole packets that came out, and the one under way at each pause.
  EXPECT_LE(std::abs(static_cast<int64_t>(count - heard.frames / packet_frames)), kPauses + 1);
}

}  // namespace
}  // namespace portside
