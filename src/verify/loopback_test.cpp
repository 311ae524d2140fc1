#include "verify/loopback_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <tuple>

#include "client/offered_formats.h"
#include "client/process.h"
#include "verify/hearing.h"
#include "verify/test_stream.h"

namespace portside::verify {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using verifier::RuleId;

namespace {

constexpr Nanoseconds kPlay = milliseconds(60);
constexpr double kLike = 0.5;  // a correlation: noise has hardly any, and 8 bits are enough for more

// Sizes of the two buffers, notifications in each: such that the two wrap at the same time and at others, and that
// neither is a whole number of milliseconds, or pages.
constexpr std::array<std::tuple<Nanoseconds, Nanoseconds, unsigned, unsigned>, kLoopShapes> kVariants{{
    {milliseconds(12), milliseconds(20), 2, 2},
    {milliseconds(20), microseconds(12'770), 1, 2},
    {microseconds(7'310), microseconds(7'310), 2, 1},
    {milliseconds(33), milliseconds(9), 0, 0},
    {milliseconds(10), milliseconds(41), 0, 1},
    {microseconds(25'190), milliseconds(16), 1, 0},
}};

PassageOptions options_of(const client::AudioFormat& format, unsigned variant) {
  PassageOptions options;
  options.format = format;
  std::tie(options.render_buffer, options.capture_buffer, options.render_notifications, options.capture_notifications) =
      kVariants[variant % kVariants.size()];
  options.capture_first = variant % 4 != 3;
  return options;
}

bool less_usual(const client::AudioFormat& a, const client::AudioFormat& b) {
  const auto rank = [](const client::AudioFormat& f) {
    const auto far = [](uint32_t value, uint32_t usual) { return value > usual ? value - usual : usual - value; };
    return std::tuple(far(f.channels, 2), far(f.rate_hz, 48000), f.bits != 16, f.kind == client::SampleKind::kFloat,
                      f.bits, f.valid_bits);
  };
  return rank(a) < rank(b);
}

// Both take them; as far as their ranges say.
std::vector<client::AudioFormat> common_formats(const LoopPair& pair) {
  std::vector<client::AudioFormat> formats = client::formats_of(pair.render.pin);
  const std::vector<client::AudioFormat> others = client::formats_of(pair.capture.pin);
  std::erase_if(formats, [&](const auto& f) { return std::ranges::find(others, f) == others.end(); });
  // A loopback pin may say less than what it takes: it takes what is played.
  if (formats.empty() && pair.capture.role == client::PinRole::kLoopback) formats = client::formats_of(pair.render.pin);
  return formats;
}

Result<Hearing> play(const LoopPair& pair, const PassageOptions& options, uint64_t* unwritten = nullptr) {
  TRY_ASSIGN(const auto passage, Passage::open(pair, options));
  TRY(passage->run());
  TRY(passage->pass(kPlay));
  const uint64_t played = passage->played_frames();
  TRY(passage->stop());
  if (unwritten) *unwritten = passage->unwritten_bytes();
  return hear(passage->marker(), passage->recorded(), played);
}

void tell_unwritten(Verdict& verdict, const std::string& cause, uint64_t bytes) {
  if (bytes)
    verdict.fail(RuleId::kCaptureNotWritten, cause,
                 fmt::format("{} bytes up to the position are what the application itself had left there", bytes));
}

}  // namespace

std::vector<client::AudioFormat> one_of_each_kind(std::vector<client::AudioFormat> formats) {
  std::ranges::stable_sort(formats, less_usual);
  std::vector<client::AudioFormat> chosen;
  const auto add_each = [&](auto key) {
    std::vector<decltype(key(formats.front()))> seen;
    for (const client::AudioFormat& format : formats) {
      if (std::ranges::find(seen, key(format)) != seen.end()) continue;
      seen.push_back(key(format));
      if (std::ranges::find(chosen, format) == chosen.end()) chosen.push_back(format);
    }
  };
  if (formats.empty()) return chosen;
  add_each([](const client::AudioFormat& f) { return std::tuple(f.bits, f.valid_bits, f.kind); });
  add_each([](const client::AudioFormat& f) { return f.channels; });
  add_each([](const client::AudioFormat& f) { return f.rate_hz; });
  return chosen;
}

std::vector<Loop> find_loops(const std::vector<client::Endpoint>& endpoints) {
  std::vector<Loop> loops;
  for (const client::Endpoint& render : endpoints) {
    if (render.direction != client::Direction::kRender) continue;
    for (const client::Endpoint& capture : endpoints) {
      if (capture.direction != client::Direction::kCapture) continue;
      Loop loop{{render, capture}, {}};
      const std::vector<client::AudioFormat> formats = one_of_each_kind(common_formats(loop.pair));
      // In a few, as a device may give back those alone that need no work.
      for (size_t i = 0; i < std::min<size_t>(formats.size(), 3) && loop.formats.empty(); ++i) {
        const auto heard = play(loop.pair, options_of(formats[i], 0));
        if (!heard || !heard->begins) continue;
        loop.formats = formats;
        std::rotate(loop.formats.begin(), loop.formats.begin() + static_cast<ptrdiff_t>(i),
                    loop.formats.begin() + static_cast<ptrdiff_t>(i) + 1);
      }
      if (!loop.formats.empty()) loops.push_back(std::move(loop));
    }
  }
  return loops;
}

void test_loop_format(Verdicts& verdicts, const LoopPair& pair, const client::AudioFormat& format, unsigned variant) {
  Verdict verdict(verdicts, "loopback", fmt::format("{}, {}", pair.text(), format_name(format)), kDeviceMovesPage);
  const PassageOptions options = options_of(format, variant);
  uint64_t unwritten = 0;
  const auto heard = play(pair, options, &unwritten);
  if (!heard) return verdict.not_applicable(fmt::format("refused with {}", heard.error().to_string()));
  verdict.measure("frames as they were played", static_cast<double>(heard->right), "");
  tell_unwritten(verdict, pair.capture.name, unwritten);
  if (!heard->begins)
    return verdict.fail(RuleId::kLoopbackChanged, pair.text(),
                        "in another format the sound comes back as it was played, in this one it does not");
  Hearing judged = *heard;
  if (!options.capture_first) judged.first = judged.noise_before = 0;  // it began before anybody listened
  if (!judged.flawless()) verdict.fail(RuleId::kLoopbackBroken, pair.text(), judged.fault());
}

void test_loop_there(Verdicts& verdicts, bool there) {
  Verdict verdict(verdicts, "loopback", "the device", kDeviceMovesPage);
  if (!there)
    verdict.fail(
        RuleId::kLoopbackBroken, "the device",
        "it is said to give back what it plays (--loopback), and no capture endpoint hears any render endpoint");
}

void test_loop_states(Verdicts& verdicts, const LoopPair& pair, const client::AudioFormat& format) {
  Verdict verdict(verdicts, "loopback over PAUSE and STOP", fmt::format("{}, {}", pair.text(), format_name(format)),
                  "audio/audio-position-property");
  const auto broken = [&](std::string what) { verdict.fail(RuleId::kLoopbackBroken, pair.text(), std::move(what)); };
  constexpr Nanoseconds kStill = microseconds(9'300);
  const uint64_t still = static_cast<uint64_t>(kStill.count()) * format.rate_hz / 1'000'000'000u;
  const uint64_t tolerance = format.rate_hz / 250;  // 4 ms: KSPosTst's largest error of a position
  const auto near = [&](uint64_t frames) { return frames + tolerance >= still && frames <= still + tolerance; };
  const auto result = [&]() -> Result<> {
    {
      TRY_ASSIGN(const auto passage, Passage::open(pair, options_of(format, 0)));
      TRY(passage->run());
      TRY(passage->pass(milliseconds(17)));
      TRY(passage->set_render(KSSTATE_PAUSE));
      TRY(passage->pass(kStill));
      TRY(passage->set_render(KSSTATE_RUN));
      TRY(passage->pass(milliseconds(31)));
      const uint64_t played = passage->played_frames();
      TRY(passage->stop());
      Hearing heard = hear(passage->marker(), passage->recorded(), played);
      // The silence of the pause, and nothing else.
      if (heard.gaps.size() == 1 && near(heard.gaps[0].frames)) heard.gaps.clear();
      if (!heard.flawless()) broken("over a PAUSE of the render stream " + heard.fault());
      tell_unwritten(verdict, pair.capture.name, passage->unwritten_bytes());
      // The same two streams once more.
      TRY(passage->run());
      TRY(passage->pass(milliseconds(23)));
      const uint64_t again = passage->played_frames();
      TRY(passage->stop());
      heard = hear(passage->marker(), passage->recorded(), again);
      if (!heard.flawless()) broken("after STOP and RUN of both " + heard.fault());
    }
    TRY_ASSIGN(const auto passage, Passage::open(pair, options_of(format, 1)));
    TRY(passage->run());
    TRY(passage->pass(milliseconds(19)));
    TRY(passage->set_capture(KSSTATE_PAUSE));
    TRY(passage->pass(kStill));
    TRY(passage->set_capture(KSSTATE_RUN));
    TRY(passage->pass(milliseconds(29)));
    const uint64_t played = passage->played_frames();
    TRY(passage->stop());
    Hearing heard = hear(passage->marker(), passage->recorded(), played);
    // What was played meanwhile, and nothing else.
    if (heard.jumps.size() == 1 && heard.jumps[0].to > heard.jumps[0].from &&
        near(heard.jumps[0].to - heard.jumps[0].from))
      heard.jumps.clear();
    if (!heard.flawless()) broken("over a PAUSE of the capture stream " + heard.fault());
    return {};
  }();
  if (!result) verdict.fail(result.error().to_string());
}

namespace {

// How like what was played a piece from the middle of the recording is, in whatever width: the best correlation of one
// channel with any place of the marker; nothing when the piece is silent.
std::optional<double> likeness(const Passage& passage) {
  const Marker recorded(passage.format());
  const size_t frame = passage.format().frame_bytes();
  const uint64_t piece = std::min<uint64_t>(passage.format().rate_hz / 100, passage.recorded_frames());
  const std::byte* middle = passage.recorded().data() + (passage.recorded_frames() - piece) / 2 * frame;
  std::vector<double> heard(piece), played(passage.played_frames());
  bool silent = true;
  for (uint64_t i = 0; i < piece; ++i) {
    silent = silent && recorded.is_silence(middle + i * frame);
    heard[i] = recorded.value(middle + i * frame, 0);
  }
  if (silent) return std::nullopt;
  std::vector<std::byte> bytes(passage.marker().format().frame_bytes());
  for (uint64_t i = 0; i < played.size(); ++i) {
    passage.marker().write(i, bytes.data());
    played[i] = passage.marker().value(bytes.data(), 0);
  }
  double best = 0;
  for (uint64_t at = 0; at + piece <= played.size(); ++at) {
    double cross = 0, x2 = 0, y2 = 0;
    for (uint64_t i = 0; i < piece; ++i) {
      cross += played[at + i] * heard[i];
      x2 += played[at + i] * played[at + i];
      y2 += heard[i] * heard[i];
    }
    if (x2 > 0 && y2 > 0) best = std::max(best, cross / std::sqrt(x2 * y2));
  }
  return best;
}

}  // namespace

void test_loop_of_two_formats(Verdicts& verdicts, const Loop& loop) {
  const client::AudioFormat& format = loop.formats.front();
  // The widths stand before the others; and of channels one and two, which a device may make into each other.
  constexpr size_t kMost = 6;
  const auto of_other_channels = [&](const client::AudioFormat& f) {
    return f.rate_hz == format.rate_hz && f.channels != format.channels && std::max(f.channels, format.channels) == 2;
  };
  for (size_t i = 1; i < loop.formats.size(); ++i) {
    if (i >= kMost && !of_other_channels(loop.formats[i])) continue;
    PassageOptions options = options_of(format, static_cast<unsigned>(i));
    options.render_format = loop.formats[i];
    Verdict verdict(
        verdicts, "loopback of two formats",
        fmt::format("{}, {} and {}", loop.pair.text(), format_name(*options.render_format), format_name(format)),
        "audio/audio-position-property");
    const Result<> done = [&]() -> Result<> {
      TRY_ASSIGN(const auto passage, Passage::open(loop.pair, options));
      TRY(passage->run());
      TRY(passage->pass(kPlay));
      TRY(passage->stop());
      tell_unwritten(verdict, loop.pair.capture.name, passage->unwritten_bytes());
      // Of two rates, or many channels, who knows what a device makes. Of two widths, of mono and stereo, it is one sound, or none.
      if (options.render_format->rate_hz != format.rate_hz ||
          (options.render_format->channels != format.channels && !of_other_channels(*options.render_format)))
        return {};
      const std::optional<double> like = likeness(*passage);
      if (like && *like < kLike)
        verdict.fail(
            RuleId::kLoopbackBroken, loop.pair.text(),
            fmt::format(
                "recorded is neither silence nor, in another format, what was played: the correlation is {:.2f}",
                *like));
      return {};
    }();
    if (!done) verdict.not_applicable(fmt::format("refused with {}", done.error().to_string()));
  }
}

void test_capture_written(Verdicts& verdicts, const client::Endpoint& endpoint, const client::AudioFormat& format) {
  Verdict verdict(verdicts, "recorded up to the position", fmt::format("{}, {}", endpoint.name, format_name(format)),
                  "audio/audio-position-property");
  PassageOptions options = options_of(format, 1);
  options.capture_alone = true;
  const auto unwritten = [&]() -> Result<uint64_t> {
    TRY_ASSIGN(const auto passage, Passage::open({{}, endpoint}, options));
    TRY(passage->run());
    TRY(passage->pass(kPlay));
    TRY(passage->stop());
    return passage->unwritten_bytes();
  }();
  if (!unwritten) return verdict.fail(unwritten.error().to_string());
  tell_unwritten(verdict, endpoint.name, *unwritten);
}

}  // namespace portside::verify
