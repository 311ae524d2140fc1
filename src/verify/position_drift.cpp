#include "verify/position_drift.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace portside::verify {

using verifier::RuleId;

Drift drift_of(std::span<const DriftPoint> points, double bytes_per_second) {
  Drift drift;
  drift.points = points.size();
  const double n = static_cast<double>(points.size());
  double mean_x = 0, mean_y = 0;
  for (const DriftPoint& p : points) mean_x += p.ms / n, mean_y += p.bytes / n;
  double covariance = 0, variance = 0;
  for (const DriftPoint& p : points) {
    covariance += (p.ms - mean_x) * (p.bytes - mean_y);
    variance += (p.ms - mean_x) * (p.ms - mean_x);
  }
  const double slope = variance > 0 ? covariance / variance : 0;  // bytes per ms
  const double nominal = bytes_per_second / 1000;
  drift.rate_error_percent = (slope / nominal - 1) * 100;
  drift.offset_ms = slope > 0 ? (mean_y - slope * mean_x) / slope : 0;
  double sum = 0, squares = 0;
  for (const DriftPoint& p : points) {
    const double error = p.ms - (p.bytes / nominal - drift.offset_ms);
    sum += error;
    squares += error * error;
    drift.largest_error_ms = std::max(drift.largest_error_ms, std::abs(error));
  }
  drift.mean_error_ms = sum / n;
  drift.deviation_ms = std::sqrt(std::max(0.0, squares / n - drift.mean_error_ms * drift.mean_error_ms));
  return drift;
}

Result<std::vector<DriftPoint>> read_points(TestStream& stream, Nanoseconds gap) {
  std::vector<DriftPoint> points;
  for (size_t i = 0; i < kDriftReads; ++i) {
    TRY(stream.pass(gap));
    TRY_ASSIGN(const TestStream::Reading reading, stream.read());
    if (reading.took >= std::chrono::milliseconds(1)) continue;
    points.push_back(
        {static_cast<double>((reading.at - stream.running_since()).count()) / 1e6, static_cast<double>(reading.bytes)});
  }
  return points;
}

void judge_drift(Verdict& verdict, const Subject& subject, std::span<const DriftPoint> points,
                 const Tolerances& allowed) {
  // A position counts whole frames: less than one is not asked for, however tight the tolerance.
  Tolerances tolerances = allowed;
  for (double* limit : {&tolerances.mean_error_ms, &tolerances.largest_error_ms, &tolerances.deviation_ms,
                        &tolerances.echo_deviation_ms})
    *limit = std::max(*limit, 1000.0 / subject.format.rate_hz);
  verdict.of_figures();
  verdict.measure("positions", static_cast<double>(points.size()), "");
  if (points.size() < kDriftReadsLeft)
    return verdict.fail(RuleId::kPositionReadSlow, subject.endpoint.name,
                        fmt::format("{} of {} position reads took less than 1 ms; {} are needed", points.size(),
                                    kDriftReads, kDriftReadsLeft));
  const Drift drift = drift_of(points, subject.format.bytes_per_second());
  verdict.measure("rate error", drift.rate_error_percent, "%", tolerances.rate_error_percent);
  verdict.measure("mean error", drift.mean_error_ms, "ms", tolerances.mean_error_ms);
  verdict.measure("largest error", drift.largest_error_ms, "ms", tolerances.largest_error_ms);
  verdict.measure("standard deviation", drift.deviation_ms, "ms", tolerances.deviation_ms);
  verdict.measure("offset", drift.offset_ms, "ms");
  const std::string& cause = subject.endpoint.name;
  if (!(std::abs(drift.rate_error_percent) <= tolerances.rate_error_percent)) {
    // Errors against a wrong rate grow with time: they say nothing of jitter.
    return verdict.fail(RuleId::kPositionRateOff, cause,
                        fmt::format("the position moves at {:+.3g} % of the format's rate, {:.4g} % are allowed",
                                    drift.rate_error_percent, tolerances.rate_error_percent));
  }
  std::string errors;
  const auto over = [&](const char* name, double value, double limit) {
    if (value < limit) return;
    errors += fmt::format("{}{} {:.3g} ms, below {:.4g} ms is allowed", errors.empty() ? "" : "; ", name, value, limit);
  };
  over("mean error", std::abs(drift.mean_error_ms), tolerances.mean_error_ms);
  over("largest error", drift.largest_error_ms, tolerances.largest_error_ms);
  over("standard deviation", drift.deviation_ms, tolerances.deviation_ms);
  if (!errors.empty()) return verdict.fail(RuleId::kPositionJitters, cause, errors);
  if (drift.deviation_ms > tolerances.echo_deviation_ms)
    verdict.warn(fmt::format(
        "standard deviation {:.3g} ms: an earlier edition of the test allows {:.2g} ms, for echo cancelling",
        drift.deviation_ms, tolerances.echo_deviation_ms));
}

void test_drift(Verdicts& verdicts, const Subject& subject, const Tolerances& tolerances) {
  Verdict verdict(verdicts, "drift and jitter", subject.text(), kPositionTestPage);
  const auto points = [&]() -> Result<std::vector<DriftPoint>> {
    TRY_ASSIGN(const auto stream, TestStream::open(subject));
    TRY(stream->run());
    TRY(stream->pass(kSettle));
    return read_points(*stream, subject.packet);
  }();
  if (!points) return verdict.fail(points.error().to_string());
  judge_drift(verdict, subject, *points, tolerances);
}

}  // namespace portside::verify
