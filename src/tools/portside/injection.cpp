#include "portside/injection.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "client/process.h"
#include "host/life_cycle.h"

namespace portside::tools {
namespace {

Result<Nanoseconds> parse_time(std::string_view text) {
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<size_t>(stop - text.data()));
  const double scale = unit == "ns" ? 1 : unit == "us" ? 1e3 : unit == "ms" ? 1e6 : unit == "s" ? 1e9 : 0;
  if (error != std::errc() || scale == 0 || !(number >= 0) || number * scale > 1e15)
    return fail(StatusCode::kInvalidParameter,
                fmt::format("\"{}\" is no time: a number and ns, us, ms or s, as in 500ms", text));
  return Nanoseconds(static_cast<int64_t>(number * scale));
}

Result<LifeEvent> parse_event(std::string_view text) {
  const size_t at = text.find('@');
  if (at == std::string_view::npos)
    return fail(StatusCode::kInvalidParameter,
                fmt::format("\"{}\" has no time: write {}@500ms", text, text.empty() ? "sleep" : text));
  LifeEvent event;
  event.text = text.substr(0, at);
  TRY_ASSIGN(event.at, parse_time(text.substr(at + 1)));
  const std::string& name = event.text;
  const bool numbered = name.size() >= 2 && name.back() >= '0' && name.back() <= '4';
  const int number = numbered ? name.back() - '0' : 0;
  if (name == "sleep") {
    event.state = 3;
  } else if (numbered && number >= 1 && name.size() == 8 && name.starts_with("sleep=S")) {
    event.state = number;
  } else if (name == "wake") {
    event.kind = LifeEventKind::kWake;
  } else if (numbered && name.size() == 2 && name[0] == 'd' && number <= 3) {
    event.kind = LifeEventKind::kDevicePower;
    event.state = number;
  } else if (name == "rebalance") {
    event.kind = LifeEventKind::kRebalance;
  } else if (name == "remove") {
    event.kind = LifeEventKind::kRemove;
  } else if (name == "surprise-remove") {
    event.kind = LifeEventKind::kSurpriseRemove;
  } else {
    return fail(StatusCode::kInvalidParameter,
                fmt::format("\"{}\" is no event; there are {}", name, Injection::grammar()));
  }
  return event;
}

std::string sentence_of(const Result<>& outcome) { return outcome ? "done" : outcome.error().to_string(); }

}  // namespace

const char* Injection::grammar() {
  return "sleep, sleep=S1 to sleep=S4, wake, d0 to d3, rebalance, remove and surprise-remove";
}

Result<Injection> Injection::parse(std::string_view text) {
  Injection injection;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    TRY_ASSIGN(LifeEvent event, parse_event(text.substr(0, comma)));
    injection.events_.push_back(std::move(event));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  std::ranges::stable_sort(injection.events_, {}, &LifeEvent::at);
  bool asleep = false;
  for (const LifeEvent& event : injection.events_) {
    if (event.kind == LifeEventKind::kWake && !asleep)
      return fail(StatusCode::kInvalidParameter, "\"wake\" comes without a \"sleep\" before it");
    if (event.kind == LifeEventKind::kSleep && asleep)
      return fail(StatusCode::kInvalidParameter, "the system is sent to sleep while it sleeps");
    if (event.kind == LifeEventKind::kSleep) asleep = true;
    if (event.kind == LifeEventKind::kWake) asleep = false;
  }
  if (asleep) return fail(StatusCode::kInvalidParameter, "the system is never woken: add wake@TIME after the sleep");
  return injection;
}

void Injection::tell(host::Machine& machine, std::string what, std::string outcome) {
  seen_.push_back({machine.now() - began_, std::move(what), std::move(outcome)});
}

void Injection::run(host::Machine& machine, const std::function<bool()>& over) {
  began_ = machine.now();
  host::LifeCycle life(machine);
  io::DeviceNode* device = machine.device();
  bool asleep = false;
  for (const LifeEvent& event : events_) {
    // In small steps, so that a client that is done is not waited for; but a system that sleeps has to wake.
    while (machine.now() - began_ < event.at && (asleep || !over()))
      client::sleep_for(std::min<Nanoseconds>(event.at - (machine.now() - began_), std::chrono::milliseconds(10)));
    if (!asleep && over()) {
      tell(machine, event.text, "not reached: the client was done");
      continue;
    }
    Result<> outcome;
    switch (event.kind) {
      case LifeEventKind::kSleep:
        outcome = life.system_sleep(static_cast<SYSTEM_POWER_STATE>(PowerSystemWorking + event.state));
        asleep = outcome.has_value();
        break;
      case LifeEventKind::kWake:
        outcome = asleep ? life.system_wake()
                         : Result<>(fail(StatusCode::kInvalidDeviceState, "the system did not go to sleep"));
        asleep = false;
        break;
      case LifeEventKind::kDevicePower:
        outcome = life.set_device_power(*device, static_cast<DEVICE_POWER_STATE>(PowerDeviceD0 + event.state));
        break;
      case LifeEventKind::kRebalance: outcome = life.rebalance(*device); break;
      case LifeEventKind::kRemove: outcome = life.remove(*device); break;
      case LifeEventKind::kSurpriseRemove: outcome = life.surprise_remove(*device); break;
    }
    tell(machine, event.text, sentence_of(outcome));
  }
}

void Injection::client_ended(host::Machine& machine, const Result<>& outcome) {
  tell(machine, "client", outcome ? "played and recorded to its end" : "ended by " + outcome.error().to_string());
}

void Injection::print(const Console& console) const {
  if (empty()) return;
  console.heading("life");
  for (const Seen& seen : seen_)
    console.line(fmt::format("  {:>10.3f} ms  {:<16} {}", static_cast<double>(seen.when.count()) / 1e6, seen.what,
                             seen.outcome));
}

nlohmann::json Injection::json() const {
  nlohmann::json list = nlohmann::json::array();
  for (const Seen& seen : seen_)
    list.push_back({{"time_ns", seen.when.count()}, {"what", seen.what}, {"outcome", seen.outcome}});
  return list;
}

}  // namespace portside::tools
