// Streams in report.html: position against time, and how even the notifications came.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/html_parts.h"
#include "report/markup.h"

namespace portside::report {
namespace {

constexpr double kLeft = 64, kRight = 40, kWidth = 640;
constexpr size_t kMostDrawn = 16;

double ms(double nanoseconds) { return nanoseconds / 1e6; }

// 1, 2 or 5 times a power of ten, so that about `parts` of them fill the range.
double step_for(double range, int parts) {
  if (!(range > 0)) return 1;
  const double raw = range / parts, power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (raw <= factor * power) return factor * power;
  return 10 * power;
}

struct Panel {
  double top, height, low, high, right_value;  // y from low to high, x from 0 to right_value
  double x(double value) const {
    return kLeft + (right_value > 0 ? value / right_value : 0) * (kWidth - kLeft - kRight);
  }
  double y(double value) const { return top + height - (high > low ? (value - low) / (high - low) : 0.5) * height; }

  std::string axes(int parts, std::string_view unit) const {
    std::string out =
        fmt::format("<path class=\"axis\" d=\"M{} {}V{}H{}\"/>", kLeft, top, top + height, kWidth - kRight);
    const double step = step_for(high - low, parts);
    for (double v = std::ceil(low / step - 1e-9) * step; v <= high + step * 1e-6; v += step)
      out += fmt::format(
          "<path class=\"axis\" d=\"M{0} {1:.1f}H{2}\"/><text class=\"small\" x=\"{3}\" y=\"{4:.1f}\" font-size=\"11\" "
          "text-anchor=\"end\">{5:.4g}{6}</text>",
          kLeft, y(v), kWidth - kRight, kLeft - 6, y(v) + 4, std::abs(v) < step * 1e-6 ? 0 : v, unit);
    return out;
  }
  std::string times() const {
    std::string out;
    const double step = step_for(right_value, 6);
    for (double v = 0; v <= right_value + step * 1e-6; v += step)
      out += fmt::format(
          "<text class=\"small\" x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"11\" text-anchor=\"middle\">{:.4g} ms</text>",
          x(v), top + height + 16, v);
    return out;
  }
};

// At the most this many points: more cannot be told apart at this width.
std::vector<StreamPicture::Point> thinned(const std::vector<StreamPicture::Point>& points) {
  constexpr size_t kMost = 600;
  if (points.size() <= kMost) return points;
  std::vector<StreamPicture::Point> out;
  for (size_t i = 0; i < kMost; ++i) out.push_back(points[i * (points.size() - 1) / (kMost - 1)]);
  return out;
}

std::string position_chart(const StreamPicture& stream) {
  const std::vector<StreamPicture::Point> points = thinned(stream.positions);
  const double end = std::max(ms(static_cast<double>(points.back().when.count())), 1e-6);
  const auto played = [&](const StreamPicture::Point& p) {
    return static_cast<double>(p.bytes) * 1000 / static_cast<double>(stream.bytes_per_second);
  };
  double highest = end, least = 0, most = 0;
  for (const auto& p : points) {
    highest = std::max(highest, played(p));
    const double error = played(p) - ms(static_cast<double>(p.when.count()));
    least = std::min(least, error), most = std::max(most, error);
  }
  const double room = std::max((most - least) * 0.08, 0.01);
  const Panel upper{26, 140, 0, highest, end}, lower{204, 70, least - room, most + room, end};
  std::string curve, error;
  for (const auto& p : points) {
    const double t = ms(static_cast<double>(p.when.count()));
    curve += fmt::format("{:.1f},{:.1f} ", upper.x(t), upper.y(played(p)));
    error += fmt::format("{:.1f},{:.1f} ", lower.x(t), lower.y(played(p) - t));
  }
  return fmt::format(
      "<svg class=\"chart\" role=\"img\" aria-label=\"Position against time over {:.4g} ms; it differs from the exact "
      "rate by {:.3g} to {:.3g} ms\" viewBox=\"0 0 {} 300\">"
      "{}<path class=\"ideal\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\"/><polyline class=\"curve\" points=\"{}\"/>"
      "<text class=\"small\" x=\"{}\" y=\"{}\" font-size=\"11\">position, in ms of sound; dashed: the exact rate</text>"
      "{}{}<path class=\"ideal\" d=\"M{} {:.1f}H{}\"/><polyline class=\"curve\" points=\"{}\"/>"
      "<text class=\"small\" x=\"{}\" y=\"{}\" font-size=\"11\">difference from the exact rate</text></svg>",
      end, least, most, kWidth, upper.axes(4, " ms"), upper.x(0), upper.y(0), upper.x(end), upper.y(end), curve, kLeft,
      upper.top - 10, lower.axes(3, " ms"), lower.times(), kLeft, lower.y(0), kWidth - kRight, error, kLeft,
      lower.top - 10);
}

struct Jitter {
  std::vector<double> off;  // ms from the period, an interval each
  double mean = 0, least = 0, most = 0, deviation = 0;
};

Jitter jitter_of(const StreamPicture& stream) {
  Jitter out;
  for (size_t i = 1; i < stream.notifications.size(); ++i)
    out.off.push_back(
        ms(static_cast<double>((stream.notifications[i] - stream.notifications[i - 1] - stream.period).count())));
  if (out.off.empty()) return out;
  for (const double v : out.off) out.mean += v / static_cast<double>(out.off.size());
  for (const double v : out.off) out.deviation += (v - out.mean) * (v - out.mean) / static_cast<double>(out.off.size());
  out.deviation = std::sqrt(out.deviation);
  out.least = std::ranges::min(out.off), out.most = std::ranges::max(out.off);
  return out;
}

std::string jitter_chart(const StreamPicture& stream, const Jitter& jitter) {
  constexpr size_t kBins = 25;
  const double half = std::max({std::abs(jitter.least), std::abs(jitter.most), 0.05}) * 1.02, bin = 2 * half / kBins;
  std::vector<size_t> counts(kBins);
  for (const double v : jitter.off) ++counts[std::min<size_t>(kBins - 1, static_cast<size_t>((v + half) / bin))];
  const auto most = static_cast<double>(std::ranges::max(counts));
  const Panel panel{12, 110, 0, most, 2 * half};
  std::string bars, labels;
  for (size_t i = 0; i < kBins; ++i)
    if (counts[i])
      bars += fmt::format(
          "<rect class=\"bar\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"><title>{} "
          "interval{}</title></rect>",
          panel.x(static_cast<double>(i) * bin) + 1, panel.y(static_cast<double>(counts[i])),
          (kWidth - kLeft - kRight) / kBins - 2, panel.top + panel.height - panel.y(static_cast<double>(counts[i])),
          counts[i], counts[i] == 1 ? "" : "s");
  for (const double v : {-half, -half / 2, 0.0, half / 2, half})
    labels += fmt::format(
        "<text class=\"small\" x=\"{:.1f}\" y=\"{}\" font-size=\"11\" text-anchor=\"middle\">{:+.2g} ms</text>",
        panel.x(v + half), panel.top + panel.height + 16, v);
  return fmt::format(
      "<svg class=\"chart\" role=\"img\" aria-label=\"Histogram of {} intervals between notifications: {:+.3g} to "
      "{:+.3g} ms from the period of {:.4g} ms\" viewBox=\"0 0 {} 140\">"
      "{}{}{}</svg>",
      jitter.off.size(), jitter.least, jitter.most, ms(static_cast<double>(stream.period.count())), kWidth,
      panel.axes(3, ""), bars, labels);
}

std::string stream_html(const StreamPicture& stream) {
  std::string out =
      fmt::format("<h3>{}</h3>\n<p class=\"muted\">{}{}{}{}</p>\n", escape(stream.endpoint), escape(stream.format),
                  stream.mode.empty() ? "" : ", ", escape(stream.mode),
                  stream.buffer_bytes ? fmt::format(", a buffer of {} bytes", grouped(stream.buffer_bytes)) : "");
  if (stream.positions.size() > 1 && stream.bytes_per_second > 0)
    out += "<figure><figcaption>Position</figcaption>" + scrollable("Position against time", position_chart(stream)) +
           "</figure>\n";
  const Jitter jitter = jitter_of(stream);
  if (!jitter.off.empty())
    out += fmt::format(
        "<figure><figcaption>Time between notifications, against a period of {:.4g} ms: mean {:+.3g} ms, standard "
        "deviation {:.3g} ms, {} intervals</figcaption>{}</figure>\n",
        ms(static_cast<double>(stream.period.count())), jitter.mean, jitter.deviation, jitter.off.size(),
        scrollable("Notification jitter", jitter_chart(stream, jitter)));
  return out;
}

}  // namespace

std::string streams_html(const CampaignReport& report) {
  if (report.streams.empty()) return "";
  std::string out =
      "<section id=\"streams\" aria-labelledby=\"h-streams\"><h2 id=\"h-streams\">Streams</h2>\n"
      "<p>As a client saw them, on the machine’s own clock, whose rate is exact.</p>\n";
  for (size_t i = 0; i < std::min(kMostDrawn, report.streams.size()); ++i) out += stream_html(report.streams[i]);
  if (report.streams.size() > kMostDrawn)
    out += fmt::format("<p class=\"muted\">{} more streams were measured and are not drawn.</p>\n",
                       report.streams.size() - kMostDrawn);
  return out + "</section>\n";
}

}  // namespace portside::report
