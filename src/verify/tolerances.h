#pragma once
// Tolerances: what the certification tests assert of positions and latency, as numbers. They are those of the KS
// Position Test, whose sources Microsoft publishes (Windows-driver-samples, audio/tests/KSPosTst); the case for echo
// cancelling is from an earlier edition of it.

#include "base/clock.h"

namespace portside::verify {

inline constexpr const char* kPositionTestPage =
    "https://github.com/microsoft/Windows-driver-samples/tree/main/audio/tests/KSPosTst";

struct Tolerances {
  double rate_error_percent = 1.0;
  double mean_error_ms = 2.0;
  double largest_error_ms = 4.0;
  double deviation_ms = 1.0;
  double echo_deviation_ms = 0.3;
  double ahead_ms = 1.0;  // of the time since RUN
  double latency_ms = 20.0;

  // The published ones times `factor`: in virtual time a device can be held to less.
  static Tolerances scaled(double factor) {
    Tolerances t;
    for (double* limit : {&t.rate_error_percent, &t.mean_error_ms, &t.largest_error_ms, &t.deviation_ms,
                          &t.echo_deviation_ms, &t.ahead_ms, &t.latency_ms})
      *limit *= factor;
    return t;
  }
};

}  // namespace portside::verify
