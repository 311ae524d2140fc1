#include "verify/schedule_scenarios.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/random.h"
#include "client/jack.h"
#include "client/processing_mode.h"
#include "host/life_cycle.h"
#include "host/machine.h"
#include "kernel/kernel.h"
#include "kernel/kernel_timers.h"
#include "kernel/machine_clock.h"

namespace portside::verify {
namespace {

using client::Endpoint;
using client::Stream;
using std::chrono::microseconds;
using std::chrono::milliseconds;

// An application's thread: its own choices, so that they do not depend on the order in which threads run.
class Application {
 public:
  Application(host::Machine& machine, const std::vector<Endpoint>& endpoints, uint64_t number)
      : machine_(machine), endpoints_(endpoints), random_(Random(machine.options().seed).fork(0xA99 + number)) {}

  uint64_t below(uint64_t bound) { return random_.below(bound); }
  const Endpoint& any_endpoint() { return endpoints_[random_.below(endpoints_.size())]; }
  const Endpoint& any_endpoint(client::Direction direction) {
    std::vector<const Endpoint*> fitting;
    for (const Endpoint& e : endpoints_)
      if (e.direction == direction) fitting.push_back(&e);
    return fitting.empty() ? any_endpoint() : *fitting[random_.below(fitting.size())];
  }

  // Goes on at once, after a while, or within a few calls of the machine's next deadline: before it, as a timer's DPC
  // comes into the midst of what follows; or behind it, while that DPC runs.
  void think(Nanoseconds longest = milliseconds(3)) {
    const uint64_t how = random_.below(4);
    if (how == 0) return;
    const kernel::Kernel& kernel = machine_.kernel();
    const Nanoseconds due = machine_.kernel().timers().next_due(), now = kernel.clock().now();
    const auto calls = static_cast<int64_t>(random_.below(random_.below(2) ? 6 : 40)) - 3;
    const Nanoseconds wake =
        due == Nanoseconds::max() ? now : due + kernel.options().call_cost * (random_.below(2) ? calls : -calls);
    if (how == 1 || wake <= now)
      client::sleep_for(Nanoseconds(1 + static_cast<int64_t>(random_.below(static_cast<uint64_t>(longest.count())))));
    else client::sleep_for(wake - now);
  }

  // Null: the driver refuses, as it may when others have the device.
  std::unique_ptr<Stream> open(const Endpoint& endpoint) {
    const auto format = usual_format(endpoint);
    if (!format) return nullptr;
    client::StreamOptions options;
    options.buffer = milliseconds(random_.below(2) ? 10 : 4);
    options.notifications = random_.below(4) ? 2 : 1;
    const bool by_position = random_.below(6) == 0;
    // What a detector has kept is told of by packets alone, of which a buffer has two.
    if (endpoint.role == client::PinRole::kKeyword) options.notifications = 2;
    else if (by_position) options.mode = client::StreamMode::kPosition, options.notifications = 0;
    auto stream = client::open_agreed(endpoint, *format, options);
    if (!stream) return nullptr;
    names_[stream->get()] = endpoint.name;
    return std::move(*stream);
  }

  // A stream that was opened, run for a few notifications, and stopped in one of the ways there are.
  Result<> use(Stream& stream) {
    TRY(run(stream));
    for (uint64_t i = 1 + random_.below(3); i > 0; --i) TRY(listen(stream));
    think();
    if (random_.below(3) == 0) return {};  // closed in RUN
    TRY(stream.set_state(KSSTATE_PAUSE));
    if (random_.below(2)) think(milliseconds(1));
    return stream.set_state(KSSTATE_STOP);
  }
  Result<> run(Stream& stream) {
    TRY(stream.set_state(KSSTATE_ACQUIRE));
    TRY(stream.set_state(KSSTATE_PAUSE));
    return stream.set_state(KSSTATE_RUN);
  }
  Result<> listen(Stream& stream) {
    (void)stream.wait(milliseconds(8));
    if (random_.below(2)) think(milliseconds(1));
    // Who was refused, and what: of an order of many requests the status alone says little.
    if (const auto at = stream.progress(); !at) {
      const client::StreamFacts& facts = stream.facts();
      return fail(
          Status(at.error().code(),
                 fmt::format("{}{}, {} mode, {}: {}", names_[&stream], facts.packets_alone ? ", packets alone" : "",
                             client::name_of(facts.mode), facts.format.to_string(),
                             at.error().sentence().empty() ? "asked where it is" : at.error().sentence())));
    }
    return {};
  }
  Result<> use_once(const Endpoint& endpoint) {
    auto stream = open(endpoint);
    return stream ? use(*stream) : Result<>();
  }

 private:
  host::Machine& machine_;
  const std::vector<Endpoint>& endpoints_;
  Random random_;
  std::map<const Stream*, std::string> names_;
};

// Bodies that run side by side, each with a thread and an Application of its own; the first error of any.
using Body = std::function<Result<>(Application&)>;
Result<> side_by_side(host::Machine& machine, const std::vector<Endpoint>& endpoints,
                      const std::vector<std::pair<const char*, Body>>& bodies) {
  std::vector<Result<>> outcomes(bodies.size());
  {
    std::vector<std::unique_ptr<client::Thread>> threads;
    for (size_t i = 0; i < bodies.size(); ++i)
      threads.push_back(std::make_unique<client::Thread>(bodies[i].first, [&, i] {
        Application application(machine, endpoints, i);
        outcomes[i] = bodies[i].second(application);
      }));
  }
  for (Result<>& outcome : outcomes)
    if (!outcome) return std::move(outcome);
  return {};
}

Result<> open_and_close(Application& app) {
  for (int round = 0; round < 3; ++round) TRY(app.use_once(app.any_endpoint()));
  return {};
}

Result<> stream_for(Application& app, const Endpoint& endpoint, uint64_t rounds) {
  auto stream = app.open(endpoint);
  if (!stream) return {};
  TRY(app.run(*stream));
  for (uint64_t i = 0; i < rounds; ++i) TRY(app.listen(*stream));
  return stream->set_state(KSSTATE_STOP);
}

// More events on a stream than its own, each registered and unregistered while the stream runs, and closed at once.
Result<> change_events(Application& app, const Stream& stream) {
  for (uint64_t i = 0; i < 4; ++i) {
    TRY_ASSIGN(const auto event, client::Event::create());
    KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY request{};
    request.NotificationEvent = event->handle();
    const auto ask = [&](ULONG id) {
      request.Property = client::property_request(KSPROPSETID_RtAudio, id);
      return stream.pin().property(std::as_bytes(std::span(&request, 1)), {});
    };
    app.think();
    TRY_ASSIGN(const io::IoOutcome added, ask(KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT));
    if (!added.ok()) return {};  // one event is all that it takes
    if (app.below(2)) (void)event->wait(milliseconds(6));
    app.think();
    TRY(ask(KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT));
  }
  return {};
}

Result<> events(host::Machine& machine, const std::vector<Endpoint>& endpoints) {
  Application app(machine, endpoints, 100);
  auto stream = app.open(app.any_endpoint());
  if (!stream) return {};
  TRY(app.run(*stream));
  const Result<> outcome = side_by_side(machine, endpoints,
                                        {{"events", [&](Application& a) { return change_events(a, *stream); }},
                                         {"more events", [&](Application& a) { return change_events(a, *stream); }},
                                         {"position", [&](Application& a) -> Result<> {
                                            for (int i = 0; i < 6; ++i) {
                                              a.think();
                                              TRY(stream->progress());
                                            }
                                            return {};
                                          }}});
  app.think();
  return outcome;
}

Result<> states(Application& app) {
  auto stream = app.open(app.any_endpoint());
  if (!stream) return {};
  TRY(app.run(*stream));
  for (uint64_t i = 2 + app.below(3); i > 0; --i) {
    if (app.below(2)) TRY(app.listen(*stream));
    app.think();
    TRY(stream->set_state(KSSTATE_PAUSE));
    app.think(milliseconds(1));
    if (app.below(3) == 0) {
      TRY(stream->set_state(KSSTATE_STOP));
      app.think(milliseconds(1));
      TRY(app.run(*stream));
    } else {
      TRY(stream->set_state(KSSTATE_RUN));
    }
  }
  app.think();
  return {};
}

// Reads, and sets to what it is, every volume and mute; asks for jacks and pins.
void ask_filter(Application& app, const client::FilterInfo& filter) {
  auto file = client::KsFile::open(filter.symbolic_link);
  if (!file) return;
  for (const client::NodeInfo& node : filter.nodes) {
    const bool volume = IsEqualGUID(node.type, KSNODETYPE_VOLUME), mute = IsEqualGUID(node.type, KSNODETYPE_MUTE);
    if (!volume && !mute) continue;
    const ULONG id = volume ? KSPROPERTY_AUDIO_VOLUMELEVEL : KSPROPERTY_AUDIO_MUTE;
    KSNODEPROPERTY_AUDIO_CHANNEL request{};
    request.NodeProperty.Property =
        client::property_request(KSPROPSETID_Audio, id, KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_TOPOLOGY);
    request.NodeProperty.NodeId = node.id;
    const auto value = file->get<LONG>(request);
    if (!value) continue;
    app.think();
    request.NodeProperty.Property.Flags = KSPROPERTY_TYPE_SET | KSPROPERTY_TYPE_TOPOLOGY;
    (void)file->set(request, *value);
  }
  for (const client::PinInfo& pin : filter.pins) {
    if (app.below(2)) app.think(milliseconds(1));
    if (pin.is_host_pin())
      (void)file->get<KSPIN_CINSTANCES>(client::pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_CINSTANCES, pin.id));
    else (void)client::read_jacks(*file, pin.id);
  }
}

Result<> properties(host::Machine& machine, const std::vector<Endpoint>& endpoints) {
  TRY_ASSIGN(const std::vector<client::FilterInfo> filters, client::list_filters());
  Application app(machine, endpoints, 100);
  auto stream = app.open(app.any_endpoint());
  if (stream) TRY(app.run(*stream));
  const auto ask = [&](Application& a) -> Result<> {
    for (int i = 0; i < 3; ++i) ask_filter(a, filters[a.below(filters.size())]);
    return {};
  };
  return side_by_side(machine, endpoints,
                      {{"properties", ask}, {"more properties", ask}, {"stream", [&](Application& a) -> Result<> {
                                                                         for (int i = 0; i < 6 && stream; ++i)
                                                                           TRY(a.listen(*stream));
                                                                         return {};
                                                                       }}});
}

// What befalls a device: requests may fail then.
template <class Befall>
Result<> befalls(host::Machine& machine, const std::vector<Endpoint>& endpoints, Befall befall) {
  const auto forgiving = [](auto body) { return [body](Application& a) { return (void)body(a), Result<>(); }; };
  return side_by_side(machine, endpoints,
                      {{"stream", forgiving([](Application& a) { return stream_for(a, a.any_endpoint(), 8); })},
                       {"open and close", forgiving(open_and_close)},
                       {"life", [&](Application& a) -> Result<> {
                          client::sleep_for(milliseconds(2));
                          a.think(milliseconds(10));
                          host::LifeCycle life(machine);
                          befall(a, life, *machine.device());
                          return {};
                        }}});
}

using Crossing = Result<> (*)(host::Machine&, const std::vector<Endpoint>&);
struct Row {
  const char* name;
  Crossing body;
};

constexpr Row kRows[] = {
    {"open-and-close",
     [](host::Machine& machine, const std::vector<Endpoint>& endpoints) {
       return side_by_side(machine, endpoints,
                           {{"stream", [](Application& a) { return stream_for(a, a.any_endpoint(), 6); }},
                            {"open and close", open_and_close}});
     }},
    {"events", events},
    {"states",
     [](host::Machine& machine, const std::vector<Endpoint>& endpoints) {
       return side_by_side(machine, endpoints, {{"states", states}, {"more states", states}});
     }},
    {"two-clients",
     [](host::Machine& machine, const std::vector<Endpoint>& endpoints) {
       Application app(machine, endpoints, 100);
       const Endpoint& endpoint = app.any_endpoint();
       const auto twice = [&](Application& a) -> Result<> {
         TRY(a.use_once(endpoint));
         return a.use_once(endpoint);
       };
       return side_by_side(machine, endpoints, {{"first client", twice}, {"second client", twice}});
     }},
    {"play-and-record",
     [](host::Machine& machine, const std::vector<Endpoint>& endpoints) {
       const auto use = [](client::Direction direction) {
         return [direction](Application& a) -> Result<> {
           TRY(a.use_once(a.any_endpoint(direction)));
           return a.use_once(a.any_endpoint(direction));
         };
       };
       return side_by_side(machine, endpoints,
                           {{"play", use(client::Direction::kRender)}, {"record", use(client::Direction::kCapture)}});
     }},
    {"properties", properties},
    {"power",
     [](host::Machine& machine, const std::vector<Endpoint>& endpoints) {
       return befalls(machine, endpoints, [](Application& a, host::LifeCycle& life, io::DeviceNode& device) {
         (void)life.set_device_power(device, a.below(2) ? PowerDeviceD3 : PowerDeviceD2);
         a.think();
         (void)life.set_device_power(device, PowerDeviceD0);
       });
     }},
    {"rebalance",
     [](host::Machine& machine, const std::vector<Endpoint>& endpoints) {
       return befalls(machine, endpoints, [](Application&, host::LifeCycle& life, io::DeviceNode& device) {
         (void)life.rebalance(device);
       });
     }},
    {"surprise-removal",
     [](host::Machine& machine, const std::vector<Endpoint>& endpoints) {
       return befalls(machine, endpoints, [](Application&, host::LifeCycle& life, io::DeviceNode& device) {
         (void)life.surprise_remove(device);
       });
     }},
};

}  // namespace

std::vector<std::string> schedule_scenario_names() {
  std::vector<std::string> names;
  for (const Row& row : kRows) names.push_back(row.name);
  return names;
}

std::vector<Scenario> schedule_scenarios(const std::string& endpoint) {
  std::vector<Scenario> out;
  for (const Row& row : kRows)
    out.push_back({row.name, [endpoint, body = row.body](host::Machine& machine) -> Result<> {
                     TRY_ASSIGN(const std::vector<Endpoint> endpoints, matching_endpoints(endpoint));
                     return body(machine, endpoints);
                   }});
  return out;
}

}  // namespace portside::verify
