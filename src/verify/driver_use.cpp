#include "verify/driver_use.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "client/filter_details.h"
#include "client/offered_formats.h"
#include "client/playback.h"
#include "client/process.h"
#include "host/life_cycle.h"
#include "host/machine.h"
#include "verify/scenario.h"

namespace portside::verify {
namespace {

using std::chrono::milliseconds;

// More than a page in any usual format, so that there can be fewer pages than asked for; and long enough for a
// notification.
constexpr Nanoseconds kBuffer = milliseconds(50);
constexpr Nanoseconds kShort = milliseconds(30);

bool told_nothing(const client::StreamLog& log) {
  return std::ranges::any_of(
      log.glitches, [](const client::Glitch& glitch) { return glitch.kind == client::GlitchKind::kNoNotification; });
}

std::string stood_still(const client::StreamLog& log) {
  if (!log.stalled.empty()) return log.stalled;
  return told_nothing(log) ? "its notification event was registered and never signalled" : std::string();
}

client::StreamMode usual_mode(const UseLog& log) {
  return log.kinds.by_events ? client::StreamMode::kAuto : client::StreamMode::kPosition;
}

client::StreamOptions options_of(client::StreamMode mode) {
  client::StreamOptions options{.buffer = kBuffer, .mode = mode};
  if (mode == client::StreamMode::kPosition) options.notifications = 0;
  return options;
}

void use_stream(const client::Endpoint& endpoint, client::StreamMode mode, const std::string& how, UseLog& log,
                Nanoseconds time = kShort) {
  std::string still;
  const auto use = [&]() -> Result<> {
    TRY_ASSIGN(const client::AudioFormat wanted, usual_format(endpoint));
    TRY_ASSIGN(std::unique_ptr<client::Stream> stream, client::open_agreed(endpoint, wanted, options_of(mode)));
    const client::AudioFormat format = stream->facts().format;
    const uint64_t frames = static_cast<uint64_t>(time.count()) * format.rate_hz / 1'000'000'000;
    if (endpoint.direction == client::Direction::kCapture) {
      TRY_ASSIGN(
          const client::Recording recording,
          client::record(*stream, {.running = {}, .enough = [frames](uint64_t so_far) { return so_far >= frames; }}));
      still = stood_still(recording.log);
      return {};
    }
    client::Sound sound{format, {}};
    sound.frames.assign(frames * format.frame_bytes(), std::byte{0x11});
    client::PlayOptions play;
    play.tail = {};
    TRY_ASSIGN(const client::StreamLog played, client::play(*stream, sound, play));
    still = stood_still(played);
    return {};
  };
  Result<> outcome = use();
  log.add(endpoint.name + how, std::move(outcome), std::move(still), endpoint.full_name + how);
}

// The level and the switch of a node, read and written back, where the node has them.
void turn_knobs(const client::FilterInfo& info) {
  auto filter = client::KsFile::open(info.symbolic_link);
  if (!filter) return;
  for (const client::NodeInfo& node : info.nodes)
    for (const ULONG id : {ULONG{KSPROPERTY_AUDIO_VOLUMELEVEL}, ULONG{KSPROPERTY_AUDIO_MUTE}}) {
      KSNODEPROPERTY_AUDIO_CHANNEL request{};
      request.NodeProperty.Property =
          client::property_request(KSPROPSETID_Audio, id, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY);
      request.NodeProperty.NodeId = node.id;
      const auto value = filter->get<LONG>(request);
      if (!value) continue;
      request.NodeProperty.Property.Flags = KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_TOPOLOGY;
      (void)filter->set(request, *value);
    }
}

void browse_filters(UseLog& log) {
  const auto filters = client::list_filters();
  if (!filters) return log.add("filters", fail(filters.error()));
  for (const client::FilterInfo& filter : *filters) {
    log.begin(filter.name);
    const auto details = client::read_details(filter);
    log.add(fmt::format("filter {}", filter.name), details ? Result<>() : fail(details.error()));
    turn_knobs(filter);
  }
  for (const client::Endpoint& endpoint : client::endpoints_of(*filters)) {
    log.begin(endpoint.name);
    const auto formats = client::offered_formats(endpoint);
    log.add(fmt::format("formats of {}", endpoint.name), formats ? Result<>() : fail(formats.error()), {},
            fmt::format("formats of {}", endpoint.full_name));
  }
  log.begin({});
}

// The device loses and regains its power, the system sleeps, and meanwhile somebody plays.
void sleep_and_wake(host::Machine& machine, std::string_view part, UseLog& log) {
  io::DeviceNode* device = machine.device();
  host::LifeCycle life(machine);
  const auto endpoints = matching_endpoints(part);
  if (!device || !endpoints) return;
  log.add("D3 and back", [&]() -> Result<> {
    TRY(life.set_device_power(*device, PowerDeviceD3));
    return life.set_device_power(*device, PowerDeviceD0);
  }());
  UseLog streams;  // how they end is the driver's choice: nothing is compared
  {
    std::vector<std::unique_ptr<client::Thread>> threads;
    // One endpoint of each direction: what power does to a stream, it does to every stream.
    std::set<client::Direction> met;
    for (const client::Endpoint& endpoint : *endpoints)
      if (met.insert(endpoint.direction).second)
        threads.push_back(std::make_unique<client::Thread>(
            endpoint.name, [&] { use_stream(endpoint, usual_mode(log), "", streams, milliseconds(40)); }));
    client::sleep_for(milliseconds(6));
    (void)life.set_device_power(*device, PowerDeviceD3);
    client::sleep_for(milliseconds(2));
    (void)life.set_device_power(*device, PowerDeviceD0);
    client::sleep_for(milliseconds(6));
    if (life.system_sleep()) {
      client::sleep_for(milliseconds(2));
      (void)life.system_wake();
    }
  }
  // With files open it can only be done by a driver that has registered for it; and then in whatever state the stream is in.
  log.add("rebalance while a stream is open", [&]() -> Result<> {
    std::vector<std::unique_ptr<client::Stream>> open;
    for (const client::Endpoint& endpoint : *endpoints)
      if (const auto wanted = usual_format(endpoint))
        if (auto stream = client::open_agreed(endpoint, *wanted, options_of(usual_mode(log))))
          open.push_back(std::move(*stream));
    return life.rebalance(*device);
  }());
  log.add("rebalance", life.rebalance(*device));
}

}  // namespace

void UseLog::add(std::string what, Result<> outcome, std::string stood_still, std::string key) {
  if (on_end) on_end();
  if (key.empty()) key = what;
  uses_.push_back({std::move(key), std::move(what), outcome ? Status() : outcome.error(), std::move(stood_still)});
}

const Use* UseLog::find(const Use& other) const {
  if (const auto at = std::ranges::find(uses_, other.key, &Use::key); at != uses_.end()) return &*at;
  // A subdevice may come back under another reference string.
  const auto at = std::ranges::find(uses_, other.what, &Use::what);
  return at == uses_.end() || std::ranges::count(uses_, other.what, &Use::what) > 1 ? nullptr : &*at;
}

std::string UseLog::worse_than(const UseLog& before) const {
  for (const Use& good : before.uses_) {
    if (!good.well()) continue;
    const Use* now = find(good);
    if (!now) return fmt::format("{} is not there any more", good.what);
    if (!now->status.is_ok()) return fmt::format("{}: {}", now->what, now->status.to_string());
    if (!now->stood_still.empty()) return fmt::format("{}: {}", now->what, now->stood_still);
  }
  return {};
}

std::string UseLog::worse_later(const UseLog& before, size_t done) const {
  for (size_t i = done; i < uses_.size(); ++i) {
    const Use& now = uses_[i];
    const Use* good = before.find(now);
    if (good && good->well() && !now.status.is_ok()) return fmt::format("{}: {}", now.what, now.status.to_string());
  }
  return {};
}

std::string UseLog::stood_still_beyond(const UseLog& before) const {
  for (const Use& now : uses_) {
    const Use* good = before.find(now);
    if (!now.stood_still.empty() && good && good->stood_still.empty())
      return fmt::format("{}: {}", now.what, now.stood_still);
  }
  return {};
}

Status reinstall(host::Machine& machine, const host::InstallRequest& driver) {
  if (!machine.drivers().empty()) return Status::ok();
  if (const auto again = machine.install(driver); !again) return again.error();
  (void)machine.run([] { let_register(); });
  if (const Result<> removed = machine.uninstall(); !removed) return removed.error();
  return Status::ok();
}

std::string worse_when_back(host::Machine& machine, const host::InstallRequest& driver, std::string_view part,
                            const UseLog& before) {
  if (const auto again = machine.install(driver); !again)
    return fmt::format("it cannot be installed again: {}", again.error().to_string());
  UseLog use;
  use.kinds = before.kinds;
  (void)machine.run([&] {
    let_register();
    use_endpoints(part, use);
  });
  if (machine.bug_check()) return "";  // which says more
  std::string worse = use.worse_than(before);
  if (const Result<> removed = machine.uninstall(); !removed && worse.empty())
    worse = fmt::format("it does not let itself be removed again: {}", removed.error().to_string());
  return worse;
}

void let_register() { client::sleep_for(milliseconds(200)); }

void use_endpoints(std::string_view part, UseLog& log) {
  const auto endpoints = matching_endpoints(part);
  if (!endpoints) return log.add("endpoints", fail(endpoints.error()));
  log.add("endpoints", {});
  for (const client::Endpoint& endpoint : *endpoints) {
    log.begin(endpoint.name);
    if (log.kinds.by_events) use_stream(endpoint, client::StreamMode::kAuto, "", log);
    if (log.kinds.by_positions)
      use_stream(endpoint, client::StreamMode::kPosition, ", by positions", log, milliseconds(8));
  }
  log.begin({});
}

void use_everything(host::Machine& machine, std::string_view part, UseLog& log) {
  browse_filters(log);
  use_endpoints(part, log);
  sleep_and_wake(machine, part, log);
}

}  // namespace portside::verify
