#include "verify/life_point.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

namespace portside::verify {
namespace {

constexpr const char* kKinds[] = {"surprise-remove", "remove", "d3", "sleep", "rebalance", "pull-out", "call-off"};
constexpr const char* kSentences[] = {"the device fails and is reported gone",
                                      "the device is removed",
                                      "the device sleeps in D3 and wakes",
                                      "the system sleeps and wakes",
                                      "resources are rebalanced",
                                      "the card is taken out of its slot",
                                      "a stop and a removal are asked for and called off"};
constexpr const char* kStages[] = {"opening", "stop", "acquire", "pause", "run", "closing", "started"};

// Takes the text up to `end` off; all of it when it is not there.
std::string_view take(std::string_view& text, char end) {
  const size_t at = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

template <class Names>
std::optional<size_t> index_of(const Names& names, std::string_view name) {
  const auto at = std::ranges::find(names, name);
  if (at == std::end(names)) return std::nullopt;
  return static_cast<size_t>(at - std::begin(names));
}

}  // namespace

const char* name_of(LifeKind kind) { return kKinds[static_cast<size_t>(kind)]; }
const char* sentence_of(LifeKind kind) { return kSentences[static_cast<size_t>(kind)]; }
const char* name_of(LifeStage stage) { return kStages[static_cast<size_t>(stage)]; }

std::string LifePoint::text() const {
  const std::string when = counts_calls() ? fmt::format("call{}", call) : fmt::format("{}us", delay.count() / 1000);
  return fmt::format("{}@{},{},{}:{}", name_of(kind), name_of(stage), notified ? "event" : "position", when, endpoint);
}

std::string LifePoint::subject() const {
  if (stage == LifeStage::kStarted) return "just started";
  constexpr const char* kWords[] = {"being opened", "in STOP", "in ACQUIRE", "in PAUSE", "in RUN", "being closed"};
  return fmt::format("{} {}, {} an event", endpoint, kWords[static_cast<size_t>(stage)], notified ? "with" : "without");
}

Result<LifePoint> LifePoint::parse(std::string_view text) {
  std::string_view rest = text;
  const auto kind = index_of(kKinds, take(rest, '@'));
  const auto stage = index_of(kStages, take(rest, ','));
  const std::string_view how = take(rest, ',');
  std::string_view when = take(rest, ':');
  LifePoint point;
  point.endpoint = rest;
  bool good = kind && stage && (how == "event" || how == "position") && !rest.empty();
  if (good) {
    point.kind = static_cast<LifeKind>(*kind);
    point.stage = static_cast<LifeStage>(*stage);
    point.notified = how == "event";
    const std::string_view unit = point.counts_calls() ? "call" : "us";
    if (point.counts_calls()) good = when.starts_with(unit), when.remove_prefix(good ? unit.size() : 0);
    else good = when.ends_with(unit), when.remove_suffix(good ? unit.size() : 0);
    uint64_t number = 0;
    const auto [stop, error] = std::from_chars(when.data(), when.data() + when.size(), number);
    good = good && error == std::errc() && stop == when.data() + when.size() && number < 1'000'000'000;
    if (point.counts_calls()) point.call = number;
    else point.delay = std::chrono::microseconds(number);
  }
  if (!good)
    return fail(
        StatusCode::kInvalidParameter,
        fmt::format("\"{}\" names no event: write it as a report does, surprise-remove@run,event,3000us:Speaker",
                    text));
  return point;
}

}  // namespace portside::verify
