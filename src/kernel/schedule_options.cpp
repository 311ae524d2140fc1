#include "kernel/schedule_options.h"

#include <fmt/format.h>

#include <charconv>

namespace portside::kernel {
namespace {

// Cuts the text at `mark`; the whole of it, and nothing left, when there is none.
std::string_view cut(std::string_view& text, char mark) {
  const size_t at = text.find(mark);
  const std::string_view head = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return head;
}

template <class T>
bool number(std::string_view text, T& value) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && stop == text.data() + text.size() && !text.empty();
}

bool parse_decision(std::string_view text, ScheduleDecision& out) {
  if (!number(cut(text, '.'), out.thread) || !number(cut(text, '='), out.point)) return false;
  out.pause = text == "pause";
  return out.pause || (number(cut(text, '@'), out.to) && number(text, out.processor) && out.processor < 2);
}

}  // namespace

std::string ScheduleDecision::to_string() const {
  return pause ? fmt::format("{}.{}=pause", thread, point) : fmt::format("{}.{}={}@{}", thread, point, to, processor);
}

std::string ScheduleOptions::to_string() const {
  if (kind == ScheduleKind::kUniform) return "uniform";
  if (kind == ScheduleKind::kPct)
    return fmt::format("pct:{}:{}", depth, calls) + (accesses ? fmt::format(":{}", accesses) : "");
  std::string text = "replay:";
  for (const ScheduleDecision& decision : decisions) text += (text.back() == ':' ? "" : ",") + decision.to_string();
  return text;
}

Result<ScheduleOptions> ScheduleOptions::parse(std::string_view text) {
  const auto refuse = [&] {
    return fail(
        StatusCode::kInvalidParameter,
        fmt::format(
            "\"{}\" is no strategy: uniform, pct:DEPTH:CALLS[:ACCESSES] or replay:THREAD.POINT=THREAD@PROCESSOR,...",
            text));
  };
  ScheduleOptions options;
  std::string_view rest = text;
  const std::string_view name = cut(rest, ':');
  if (name != "replay" && text.ends_with(':')) return refuse();
  if (name == "uniform") {
    if (!rest.empty()) return refuse();
  } else if (name == "pct") {
    options.kind = ScheduleKind::kPct;
    if (!number(cut(rest, ':'), options.depth) || !number(cut(rest, ':'), options.calls)) return refuse();
    if (!rest.empty() && !number(rest, options.accesses)) return refuse();
    if (options.depth < 1 || options.depth > 100) return refuse();
  } else if (name == "replay") {
    options.kind = ScheduleKind::kReplay;
    while (!rest.empty())
      if (!parse_decision(cut(rest, ','), options.decisions.emplace_back())) return refuse();
  } else {
    return refuse();
  }
  return options;
}

}  // namespace portside::kernel
