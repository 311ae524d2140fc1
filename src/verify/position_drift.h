#pragma once
// Drift and jitter: positions of a running stream against time, as the KS Position Test has it: 100 reads, a packet
// apart, after 100 ms of RUN; those that took 1 ms or more are left out, and 30 must be left. Through them goes the
// line of least squares.

#include <span>
#include <vector>

#include "verify/test_stream.h"
#include "verify/tolerances.h"
#include "verify/verdicts.h"

namespace portside::verify {

struct DriftPoint {
  double ms = 0;     // since RUN
  double bytes = 0;  // played or recorded since RUN
};

struct Drift {
  size_t points = 0;
  double rate_error_percent = 0;  // of the line's slope against the format's rate
  double offset_ms = 0;           // by which positions lag behind time (below 0) or lead it
  // Of the points against time, at the format's rate and with the offset taken away.
  double mean_error_ms = 0, largest_error_ms = 0, deviation_ms = 0;
};

inline constexpr size_t kDriftReads = 100, kDriftReadsLeft = 30;

// The points of one stream; two at least, at different times.
Drift drift_of(std::span<const DriftPoint> points, double bytes_per_second);
// Of a stream that runs.
Result<std::vector<DriftPoint>> read_points(TestStream& stream, Nanoseconds gap);
void judge_drift(Verdict& verdict, const Subject& subject, std::span<const DriftPoint> points,
                 const Tolerances& tolerances);

// The whole test, with a stream of its own.
void test_drift(Verdicts& verdicts, const Subject& subject, const Tolerances& tolerances);

}  // namespace portside::verify
