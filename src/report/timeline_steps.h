#pragma once
// A timeline as a person reads it: one step a call, DPC or timer, calls that repeat as one. Private to report.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "report/campaign.h"

namespace portside::report {

struct Step {
  Nanoseconds when{0};
  uint8_t processor = 0, irql = 0;
  std::string lane;  // the thread's name, or "DPC"
  std::string text;  // "KeSetTimer"
  unsigned times = 1;
  enum class Kind : uint8_t { kCall, kEvent, kFinding, kBugCheck } kind{};
};

std::vector<Step> steps_of(const Timeline& timeline);
// `most` of them around the first finding or bug check; without one, around the first DPC.
std::span<const Step> window_of(const std::vector<Step>& steps, size_t most);

}  // namespace portside::report
