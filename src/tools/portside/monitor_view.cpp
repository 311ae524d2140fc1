#include "portside/monitor_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace portside::tools {
namespace {

constexpr int kNarrow = 64;  // fewer columns than that: what is least asked for is left out

std::string time_text(double seconds) {
  const auto whole = static_cast<int64_t>(seconds);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string decibels(double value) {
  return value <= 0 ? " -inf dB" : fmt::format("{:5.1f} dB", std::max(-99.9, 20 * std::log10(value)));
}

std::string milliseconds_text(int64_t ns) { return fmt::format("{:.2f} ms", static_cast<double>(ns) / 1e6); }

// "L", "R" of two channels; else their number.
std::string channel_name(size_t channel, size_t channels) {
  if (channels == 2) return channel == 0 ? "L" : "R";
  return fmt::format("{}", channel + 1);
}

// Levels stand two a line.
int level_lines(const MonitorSight::Stream& stream) { return static_cast<int>(stream.levels.size() + 1) / 2; }

}  // namespace

std::string MonitorView::bar(double share, int columns) const {
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int eighths = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * columns * 8));
  std::string out;
  for (int i = 0; i < eighths / 8; ++i) out += unicode ? "█" : "#";
  if (unicode) out += kEighths[eighths % 8];
  return out;
}

std::string MonitorView::spark(const std::vector<uint64_t>& counts) const {
  static constexpr const char* kUnicode[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr const char* kAscii[] = {".", ":", "-", "=", "+", "*", "%", "#"};
  uint64_t most = 0;
  for (const uint64_t count : counts) most = std::max(most, count);
  std::string out;
  for (const uint64_t count : counts) {
    if (count == 0 || most == 0) {
      out += " ";
      continue;
    }
    // By the logarithm: one late notification in a thousand is what one looks for.
    const double share = most == 1 ? 1 : std::log1p(static_cast<double>(count)) / std::log1p(static_cast<double>(most));
    const size_t step = std::min<size_t>(7, static_cast<size_t>(share * 7.999));
    out += unicode ? kUnicode[step] : kAscii[step];
  }
  return out;
}

void MonitorView::draw_header(Canvas& canvas) const {
  const int width = canvas.width();
  int x = canvas.put(0, 0, "portside monitor", Ink::kTitle);
  if (!sight.driver.empty()) x = canvas.put(x + 2, 0, sight.driver);
  uint64_t glitches = 0, violations = 0;
  for (const auto& s : sight.streams) glitches += s.glitches;
  for (const auto& v : sight.violations) violations += v.times;
  const std::string up = "up " + time_text(static_cast<double>(sight.uptime_ns) / 1e9);
  if (x + 2 + columns_of(up) <= width) canvas.put(width - columns_of(up), 0, up, Ink::kDim);
  if (!trouble.empty()) {
    canvas.put_in(0, 1, width, trouble, Ink::kBad);
    return;
  }
  x = canvas.put(0, 1, fmt::format("{} stream{}", sight.streams.size(), sight.streams.size() == 1 ? "" : "s"));
  x = canvas.put(x + 2, 1, fmt::format("{} glitch{}", glitches, glitches == 1 ? "" : "es"),
                 glitches ? Ink::kCaution : Ink::kGood);
  x = canvas.put(x + 2, 1, fmt::format("{} finding{}", violations, violations == 1 ? "" : "s"),
                 violations ? Ink::kBad : Ink::kGood);
  for (const auto& p : sight.processors) {
    const std::string text =
        fmt::format("cpu{} irql {} dpc {:.1f} %", p.number, p.irql, history.dpc_share(p.number) * 100);
    if (x + 3 + columns_of(text) > width) break;
    x = canvas.put(x + 3, 1, text, Ink::kDim);
  }
}

int MonitorView::draw_endpoints(Canvas& canvas, int y, int most) const {
  if (most < 2) return y;
  canvas.put(0, y++, "ENDPOINTS", Ink::kTitle);
  const int shown = std::min<int>(static_cast<int>(sight.endpoints.size()), most - 1);
  const int id_columns = canvas.width() < kNarrow ? 14 : 22;
  for (int i = 0; i < shown; ++i) {
    if (i == shown - 1 && shown < static_cast<int>(sight.endpoints.size())) {
      canvas.put(2, y++, fmt::format("and {} more", sight.endpoints.size() - static_cast<size_t>(i)), Ink::kDim);
      break;
    }
    const auto& e = sight.endpoints[static_cast<size_t>(i)];
    int x = canvas.put_in(2, y, id_columns, e.id);
    x = canvas.put_in(x + 1, y, 8, e.renders ? "render" : "capture", Ink::kDim);
    if (!e.plugged_in) x = canvas.put(x, y, "unplugged ", Ink::kCaution);
    if (e.muted) x = canvas.put(x, y, "muted ", Ink::kCaution);
    else if (e.volume_db) x = canvas.put(x, y, fmt::format("{:.1f} dB ", *e.volume_db), Ink::kPlain);
    canvas.put_in(x, y++, canvas.width() - x, e.name, Ink::kDim);
  }
  return y;
}

int MonitorView::stream_lines(const MonitorSight::Stream& stream) const { return 2 + level_lines(stream); }

void MonitorView::draw_level(Canvas& canvas, int x, int y, int columns, const std::string& name,
                             const MonitorSight::Level& level) const {
  x = canvas.put_in(x, y, 3, name, Ink::kDim);
  const int bar_columns = columns - 3 - 10;
  if (bar_columns >= 4) {
    // 60 dB from end to end: the mean in full, and what the peak adds to it.
    const auto share = [](double value) { return value <= 0 ? 0.0 : std::clamp(1 + std::log10(value) / 3, 0.0, 1.0); };
    const std::string mean = bar(share(level.rms), bar_columns);
    const int peak = std::min(bar_columns - 1, static_cast<int>(share(level.peak) * bar_columns));
    canvas.put_in(x, y, bar_columns, std::string(static_cast<size_t>(bar_columns), unicode ? ' ' : '.'), Ink::kDim);
    canvas.put(x, y, mean, Ink::kBar);
    if (level.peak > 0) canvas.put(x + peak, y, unicode ? "│" : "|", level.peak >= 0.999 ? Ink::kBad : Ink::kGood);
    x += bar_columns;
  }
  canvas.put(x + 1, y, decibels(level.peak), level.peak >= 0.999 ? Ink::kBad : Ink::kPlain);
}

void MonitorView::draw_timing(Canvas& canvas, int y, const MonitorSight::Stream& stream) const {
  int x = canvas.put(4, y, "late ", Ink::kDim);
  const bool late = stream.rate != 0 && stream.notifications_a_buffer != 0 &&
                    static_cast<double>(stream.worst_lateness_ns) * stream.rate / 1e9 * stream.notifications_a_buffer >
                        static_cast<double>(stream.buffer_frames);
  x = canvas.put(x, y, milliseconds_text(stream.lateness_ns));
  x = canvas.put(x + 1, y, "worst ", Ink::kDim);
  x = canvas.put(x, y, milliseconds_text(stream.worst_lateness_ns), late ? Ink::kBad : Ink::kPlain);
  if (!stream.lateness_counts.empty()) {
    x = canvas.put(x + 1, y, unicode ? "▕" : "[", Ink::kDim);
    x = canvas.put(x, y, spark(stream.lateness_counts), Ink::kBar);
    x = canvas.put(x, y, unicode ? "▏" : "]", Ink::kDim);
  }
  const auto drift = history.drift(stream.id);
  const std::string clock = drift.known             ? fmt::format("clock {:+.0f} ppm", drift.ppm)
                            : stream.state == "run" ? "clock ..."
                                                    : "clock -";
  const std::string glitches = fmt::format("glitches {}", stream.glitches);
  if (x + 2 + columns_of(clock) <= canvas.width()) x = canvas.put(x + 2, y, clock);
  if (x + 2 + columns_of(glitches) <= canvas.width())
    canvas.put(x + 2, y, glitches, stream.glitches ? Ink::kCaution : Ink::kPlain);
}

void MonitorView::draw_stream(Canvas& canvas, int y, const MonitorSight::Stream& stream, bool is_chosen) const {
  const int width = canvas.width();
  const bool narrow = width < kNarrow;
  const auto endpoint = std::ranges::find(sight.endpoints, stream.endpoint, &MonitorSight::Endpoint::id);
  const bool renders = endpoint == sight.endpoints.end() || endpoint->renders;
  const std::string who = fmt::format("{}{}", stream.program.empty() ? "pid " : stream.program + " ", stream.pid);
  const char* arrow = renders ? (unicode ? "→" : "->") : (unicode ? "←" : "<-");
  canvas.put(0, y, is_chosen ? (unicode ? "▸" : ">") : " ", Ink::kTitle);
  int x = canvas.put_in(2, y, narrow ? width - 12 : 34, fmt::format("{} {} {}", who, arrow, stream.endpoint),
                        is_chosen ? Ink::kChosen : Ink::kPlain);
  const Ink state = stream.state == "run" ? Ink::kGood : stream.ended.empty() ? Ink::kDim : Ink::kBad;
  x = canvas.put_in(x + 1, y, 8, stream.ended.empty() ? stream.state : "ended", state);
  if (narrow) return;
  const std::string played =
      stream.rate ? fmt::format("{:.3f} s", static_cast<double>(stream.frames) / stream.rate) : "";
  x = canvas.put(x, y, played);
  const std::string form =
      fmt::format("{} {}ch {} Hz {}/{}{}{}", stream.type, stream.channels, stream.rate, stream.buffer_frames,
                  stream.notifications_a_buffer, stream.packets ? " packets" : "", stream.copied ? " copied" : "");
  canvas.put_in(x + 2, y, width - x - 2, form, Ink::kDim);
}

int MonitorView::draw_streams(Canvas& canvas, int y, int end) const {
  if (y >= end) return y;
  canvas.put(0, y++, "STREAMS", Ink::kTitle);
  if (sight.streams.empty()) {
    canvas.put(2, y++, "none is open", Ink::kDim);
    return y;
  }
  // From the first on from which the chosen one is still whole on the screen.
  size_t first = 0;
  const size_t chosen_one = std::min(chosen, sight.streams.size() - 1);
  for (;; ++first) {
    int lines = 0;
    for (size_t i = first; i <= chosen_one; ++i) lines += stream_lines(sight.streams[i]);
    if (first == chosen_one || y + lines <= end) break;
  }
  for (size_t i = first; i < sight.streams.size() && y < end; ++i) {
    const auto& stream = sight.streams[i];
    draw_stream(canvas, y++, stream, keys && i == chosen_one);
    const int half = (canvas.width() - 4) / 2;
    for (size_t channel = 0; channel < stream.levels.size() && y < end; ++channel) {
      const bool left = channel % 2 == 0;
      draw_level(canvas, left ? 4 : 4 + half, y, half - 1, channel_name(channel, stream.levels.size()),
                 stream.levels[channel]);
      if (!left || channel + 1 == stream.levels.size()) ++y;
    }
    if (y >= end) break;
    if (stream.ended.empty()) draw_timing(canvas, y, stream);
    else canvas.put_in(4, y, canvas.width() - 4, stream.ended, Ink::kBad);
    ++y;
  }
  return y;
}

int MonitorView::draw_violations(Canvas& canvas, int y, int end) const {
  if (sight.violations.empty() || y + 1 >= end) return y;
  canvas.put(0, y++, "FINDINGS", Ink::kTitle);
  for (const auto& v : sight.violations) {
    if (y >= end) break;
    int x = canvas.put(2, y, v.rule, v.grade == "violation" ? Ink::kBad : Ink::kCaution);
    if (v.times > 1) x = canvas.put(x + 1, y, fmt::format("x{}", v.times));
    if (v.grade != "violation") x = canvas.put(x + 1, y, v.grade, Ink::kCaution);
    canvas.put_in(x + 1, y, canvas.width() - x - 1, v.what, Ink::kDim);
    ++y;
  }
  return y;
}

void MonitorView::draw(Canvas& canvas) const {
  const int height = canvas.height() - (keys ? 1 : 0);
  draw_header(canvas);
  const int violations = sight.violations.empty()
                             ? 0
                             : std::min<int>(1 + static_cast<int>(sight.violations.size()), std::max(2, height / 4));
  const int middle_end = std::max(2, height - violations);
  // Endpoints give way to streams: a third of the screen is theirs at most, once anything is open.
  const int room = middle_end - 3;
  const int all = 1 + static_cast<int>(sight.endpoints.size());
  int y = draw_endpoints(canvas, 3, keys && !sight.streams.empty() ? std::min(all, room / 3) : std::min(all, room));
  y = draw_streams(canvas, y > 3 ? y + 1 : y, middle_end);
  draw_violations(canvas, std::min(y + 1, middle_end), height);
  if (keys)
    canvas.put_in(
        0, canvas.height() - 1, canvas.width(),
        unicode ? "q quit   ↑↓ choose a stream   r measure the clock anew" : "q quit   up/down choose   r measure anew",
        Ink::kDim);
}

int MonitorView::height() const {
  int lines = 3 + 1 + static_cast<int>(sight.endpoints.size()) + 1 + 1 + (sight.streams.empty() ? 1 : 0);
  for (const auto& stream : sight.streams) lines += stream_lines(stream);
  if (!sight.violations.empty()) lines += 2 + static_cast<int>(sight.violations.size());
  return lines + (keys ? 1 : 0);
}

}  // namespace portside::tools
