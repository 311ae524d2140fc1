// The streams check: what every endpoint's streams are asked for and do, by what the documentation says of buffers,
// states, positions and notifications; and what is heard of what is played, where a driver gives it back. Short runs,
// in one machine, that find much: it comes before the long checks.

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "client/offered_formats.h"
#include "client/packet_constraints.h"
#include "host/machine.h"
#include "memory/memory.h"
#include "verify/assertion_runs.h"
#include "verify/buffer_kept_test.h"
#include "verify/buffer_requests.h"
#include "verify/checks.h"
#include "verify/endurance_test.h"
#include "verify/event_test.h"
#include "verify/jack_test.h"
#include "verify/level_test.h"
#include "verify/loopback_test.h"
#include "verify/own_devices.h"
#include "verify/pace_test.h"
#include "verify/promised_interfaces.h"
#include "verify/protection_test.h"
#include "verify/register_test.h"
#include "verify/shared_line_test.h"

namespace portside::verify {
namespace {

class Planner {
 public:
  // Where its machines' devices can be listened to: the machine that runs at the time.
  explicit Planner(host::Machine** now = nullptr) : machine_(now) {}

  Result<std::vector<AssertionTest>> plan(const std::string& endpoint, bool expects_loop) {
    TRY_ASSIGN(filters_, client::list_filters());
    add("promised interfaces", "the device", [](Verdicts& v) { test_promised_interfaces(v); });
    for (const OwnDevice& device : own_devices())
      add("own device", client::to_utf8(device.name), [device](Verdicts& v) { test_own_device(v, device); });
    TRY_ASSIGN(const std::vector<client::Endpoint> endpoints, matching_endpoints(endpoint));
    for (const client::Endpoint& e : endpoints) TRY(plan_endpoint(e, endpoints));
    plan_pace_together(endpoints);
    plan_jacks(endpoints);
    plan_loops(endpoints, expects_loop);
    return std::move(tests_);
  }

  // The streams that are let run for long.
  static Result<std::vector<Subject>> enduring(const std::string& endpoint) {
    TRY_ASSIGN(const std::vector<client::Endpoint> endpoints, matching_endpoints(endpoint));
    std::vector<Subject> subjects;
    for (const client::Endpoint& e : endpoints) {
      Subject subject;
      subject.endpoint = e;
      if (subject.bursts()) continue;
      TRY_ASSIGN(subject.format, usual_format(e));
      TRY(play_beside(subject, endpoints));
      subjects.push_back(std::move(subject));
    }
    return subjects;
  }

  // The pace of each endpoint's notifications alone.
  Result<std::vector<AssertionTest>> plan_pace(const std::string& endpoint) {
    TRY_ASSIGN(const std::vector<client::Endpoint> endpoints, matching_endpoints(endpoint));
    for (const client::Endpoint& e : endpoints) {
      if (e.role != client::PinRole::kHost) continue;
      Subject subject;
      subject.endpoint = e;
      subject.packet = std::chrono::milliseconds(20);
      TRY_ASSIGN(subject.format, usual_format(e));
      add("pace of notifications", subject.text(), [subject](Verdicts& v) { test_notification_pace(v, subject, 2); });
    }
    return std::move(tests_);
  }

 private:
  void add(std::string name, std::string subject, std::function<void(Verdicts&)> body) {
    tests_.push_back({std::move(name), std::move(subject), std::move(body)});
  }

  Result<> plan_endpoint(const client::Endpoint& endpoint, const std::vector<client::Endpoint>& endpoints) {
    Subject subject;
    subject.endpoint = endpoint;
    TRY_ASSIGN(subject.format, usual_format(endpoint));
    TRY(play_beside(subject, endpoints));
    const std::string text = subject.text();
    if (endpoint.role == client::PinRole::kHost &&
        std::ranges::none_of(subjects_, [&](const Subject& s) { return s.endpoint.direction == endpoint.direction; }))
      subjects_.push_back(subject);
    if (endpoint.role == client::PinRole::kHost)
      add("endpoint", endpoint.name,
          [endpoint, filters = filters_](Verdicts& v) { test_endpoint_connected(v, endpoint, filters); });
    // First, as a pin that does not open again fails the others, which would not say why.
    if (!subject.bursts())
      add("every instance of a pin", text, [subject](Verdicts& v) { test_every_instance(v, subject); });
    if (endpoint.direction == client::Direction::kCapture)
      add("recorded up to the position", text,
          [subject](Verdicts& v) { test_capture_written(v, subject.endpoint, subject.format); });
    // A keyword detector's pin has packets when a word was spoken, and no position that would move: test_keyword_stream.
    if (subject.bursts()) return plan_buffers(subject);
    add("position over PAUSE", text, [subject](Verdicts& v) { test_resume(v, subject); });
    for (const unsigned notifications : {2u, 1u})
      add("pace of notifications", text,
          [subject, notifications](Verdicts& v) { test_notification_pace(v, subject, notifications); });
    for (const uint32_t rate : other_rates(subject)) {
      Subject other = subject;
      other.format.rate_hz = rate;
      add("pace of notifications", other.text(), [other](Verdicts& v) { test_notification_pace(v, other, 2); });
    }
    add("registers", text, [subject](Verdicts& v) { test_registers(v, subject); });
    if (has_interrupts())
      add("another device interrupts", text, [subject](Verdicts& v) { test_shared_line(v, subject); });
    if (endpoint.direction == client::Direction::kRender)
      add("protected content", text, [subject](Verdicts& v) { test_protection(v, subject); });
    if (endpoint.direction == client::Direction::kRender)
      add("render buffer", text, [subject](Verdicts& v) { test_buffer_kept(v, subject); });
    add("several events", text, [subject](Verdicts& v) { test_several_events(v, subject); });
    add("packets against positions", text, [subject](Verdicts& v) { test_counts(v, subject); });
    return plan_buffers(subject);
  }

  Result<> plan_buffers(const Subject& subject) {
    const std::string text = subject.text();
    for (const client::AudioFormat& other : other_formats(subject))
      add("format of an open stream", text, [subject, other](Verdicts& v) { test_format_change(v, subject, other); });
    add("buffer requests", text, [subject](Verdicts& v) { test_buffer_requests(v, subject); });
    add("RUN without a buffer", text, [subject](Verdicts& v) { test_run_without_buffer(v, subject); });
    return {};
  }

  // One endpoint of each direction, each beside the other: what they share must keep both in time.
  void plan_pace_together(const std::vector<client::Endpoint>& endpoints) {
    for (const Subject& subject : subjects_) {
      const auto other = std::ranges::find_if(
          subjects_, [&](const Subject& s) { return s.endpoint.direction != subject.endpoint.direction; });
      Subject own = subject, beside;
      // Events of which neither stream's, nor a look at the device each 10 ms, come when the other's do.
      constexpr Nanoseconds kUneven = std::chrono::milliseconds(7);
      const auto constraints = client::read_packet_constraints(own.endpoint.filter);
      const bool takes_it = !constraints || constraints->least_period <= kUneven;
      if (takes_it && own.format.rate_hz % 1000 == 0) own.packet = kUneven;  // a whole number of frames
      const auto plan = [&](const client::Endpoint& endpoint, const client::AudioFormat& format) {
        beside = own;
        beside.endpoint = endpoint;
        beside.format = format;
        beside.packet = std::chrono::milliseconds(130);
        add("pace of notifications", own.text(),
            [own, beside](Verdicts& v) { test_notification_pace(v, own, 2, beside); });
      };
      if (other != subjects_.end()) plan(other->endpoint, other->format);
      // Another stream of the filter's, the same way: of the pin, or of one beside it.
      const auto neighbour = std::ranges::find_if(endpoints, [&](const client::Endpoint& e) {
        return e.filter == own.endpoint.filter && e.direction == own.endpoint.direction &&
               e.pin.id != own.endpoint.pin.id && e.role == client::PinRole::kOffload;
      });
      if (neighbour != endpoints.end()) plan(*neighbour, own.format);
      else if (own.endpoint.pin.possible_instances > 1) plan(own.endpoint, own.format);
    }
  }

  // Another width, another rate, other channels.
  static std::vector<client::AudioFormat> other_formats(const Subject& subject) {
    std::vector<client::AudioFormat> chosen;
    const std::vector<client::AudioFormat> all = client::formats_of(subject.endpoint.pin);
    const client::AudioFormat& own = subject.format;
    // Slower ones: the rules know a stream's format from its opening, and would find the position of a faster one
    // ahead.
    const auto add = [&](auto differs) {
      const auto at = std::ranges::find_if(all, [&](const client::AudioFormat& f) {
        return f.bytes_per_second() < own.bytes_per_second() && differs(f);
      });
      if (at != all.end()) chosen.push_back(*at);
    };
    add([&](const client::AudioFormat& f) { return f.bits != own.bits && f.rate_hz == own.rate_hz; });
    add([&](const client::AudioFormat& f) {
      return f.rate_hz != own.rate_hz && f.bits == own.bits && f.channels == own.channels;
    });
    add([&](const client::AudioFormat& f) {
      return f.rate_hz != own.rate_hz && f.bits == own.bits && f.channels != own.channels;
    });
    add([&](const client::AudioFormat& f) { return f.channels != own.channels && f.rate_hz == own.rate_hz; });
    return chosen;
  }
  // The lowest and the highest of the rates whose 10 ms are whole frames.
  static std::vector<uint32_t> other_rates(const Subject& subject) {
    std::vector<uint32_t> rates;
    for (const client::AudioFormat& f : client::formats_of(subject.endpoint.pin))
      if (f.rate_hz % 100 == 0 && f.rate_hz != subject.format.rate_hz && f.channels == subject.format.channels &&
          f.bits == subject.format.bits && f.kind == subject.format.kind)
        rates.push_back(f.rate_hz);
    if (rates.empty()) return rates;
    const auto [least, most] = std::ranges::minmax(rates);
    return least == most ? std::vector{least} : std::vector{least, most};
  }

  // What sleep makes of the device comes last of these: no jack would be heard as it is afterwards.
  void plan_jacks(const std::vector<client::Endpoint>& endpoints) {
    if (!machine_ || !(*machine_)->jacks()) return;
    std::vector<std::pair<client::Endpoint, client::AudioFormat>> usual;
    std::vector<std::pair<client::Endpoint, client::AudioFormat>> asleep;
    const auto heard = std::make_shared<std::set<std::string>>();
    for (const client::Endpoint& e : endpoints) {
      if (e.role != client::PinRole::kHost) continue;
      const std::vector<client::AudioFormat> formats = jack_formats(e.pin);
      for (const client::AudioFormat& f : formats)
        add("heard at the jack", e.name, [now = machine_, e, f, heard, filters = filters_](Verdicts& v) {
          if (test_jack(v, e, f, filters, *(*now)->jacks())) heard->insert(e.name + format_name(f));
        });
      if (!formats.empty()) usual.emplace_back(e, formats.front());
      // A rate that no card has after a reset: what lets it have others is lost in sleep as well.
      const auto other = std::ranges::find_if(formats, [&](const client::AudioFormat& f) {
        return f.rate_hz != 48000 && f.channels == formats.front().channels;
      });
      if (other != formats.end()) asleep.emplace_back(e, *other);
    }
    for (const auto& [e, f] : usual)
      add("level at the jack", e.name, [now = machine_, e, f, filters = filters_](Verdicts& v) {
        test_jack_levels(v, e, f, filters, *(*now)->jacks());
      });
    asleep.insert(asleep.begin(), usual.begin(), usual.end());
    for (const auto& [e, f] : asleep)
      add("heard as before it slept", e.name, [now = machine_, e, f, heard, filters = filters_](Verdicts& v) {
        test_jack_after_sleep(v, e, f, filters, heard->contains(e.name + format_name(f)), **now);
      });
  }

  void plan_loops(const std::vector<client::Endpoint>& endpoints, bool expected) {
    open_levels(filters_);
    std::vector<Loop> loops = find_loops(endpoints);
    if (expected) add("loopback", "the device", [none = loops.empty()](Verdicts& v) { test_loop_there(v, !none); });
    bool first = true;
    for (Loop& loop : loops) {
      unsigned variant = 0;
      const std::string text = loop.pair.text();
      // Once more: it may be another machine than the one in which it was planned.
      add("loopback", text, [filters = filters_](Verdicts&) { open_levels(filters); });
      // A further way through a device shares with the first what handles rates and channels.
      const std::vector<client::AudioFormat> widths = one_of_each_width(loop.formats);
      for (const client::AudioFormat& format : first ? loop.formats : widths)
        add("loopback", text, [pair = loop.pair, format, variant = variant++](Verdicts& v) {
          test_loop_format(v, pair, format, variant);
        });
      // The usual format in every other shape of buffers.
      for (unsigned shape = 1; shape < kLoopShapes; ++shape)
        add("loopback", text, [pair = loop.pair, format = loop.formats.front(), shape](Verdicts& v) {
          test_loop_format(v, pair, format, shape);
        });
      add("loopback over PAUSE and STOP", text,
          [pair = loop.pair, format = loop.formats.front()](Verdicts& v) { test_loop_states(v, pair, format); });
      // What a loopback pin gives of protected streams, KSPROPERTY_AUDIOENGINE_LOOPBACK_PROTECTION says.
      if (loop.pair.capture.role != client::PinRole::kLoopback)
        add("loopback", text,
            [pair = loop.pair, format = loop.formats.front()](Verdicts& v) { test_protected_loop(v, pair, format); });
      // Levels are reckoned in the samples' own width: once each.
      for (const client::AudioFormat& format : first ? widths : std::vector{loop.formats.front()})
        add("level in the loopback", text,
            [pair = loop.pair, format, filters = filters_](Verdicts& v) { test_levels(v, pair, format, filters); });
      // A loopback pin's stream is what is played: of another format it is nothing that is promised.
      if (first && loop.pair.capture.role != client::PinRole::kLoopback)
        add("loopback of two formats", text, [loop](Verdicts& v) { test_loop_of_two_formats(v, loop); });
      first = false;
    }
  }
  static std::vector<client::AudioFormat> one_of_each_width(const std::vector<client::AudioFormat>& formats) {
    std::vector<client::AudioFormat> chosen;
    for (const client::AudioFormat& format : formats)
      if (std::ranges::none_of(
              chosen, [&](const client::AudioFormat& c) { return c.bits == format.bits && c.kind == format.kind; }))
        chosen.push_back(format);
    return chosen;
  }

  host::Machine** machine_;
  std::vector<client::FilterInfo> filters_;
  std::vector<Subject> subjects_;  // a host pin of each direction
  std::vector<AssertionTest> tests_;
};

constexpr uint64_t kPages = 16384;  // 64 MiB
// When a count of milliseconds and the low half of one of 100 ns both begin anew: after 49 days and 17 hours.
constexpr Nanoseconds kWraps = std::chrono::milliseconds(uint64_t{1} << 32);

class StreamsCheck final : public Check {
 public:
  std::string_view name() const override { return "streams"; }
  std::string_view about() const override { return "buffers, states, pace and sound of every endpoint's streams"; }

  void run(Campaign& campaign) override {
    const Request& request = campaign.request();
    host::Machine* now = nullptr;
    AssertionRuns runs(campaign,
                       [&](host::Machine&) { return Planner(&now).plan(request.endpoint, request.loopback); });
    // So little memory that a request for all that can be said is answered at once, and as Windows would.
    runs.prepare_by([&](host::Machine& machine) {
      now = &machine;
      machine.memory().set_frame_limit(kPages);
    });
    runs.run();
    std::string note = runs.cut_short();
    // Ordinary timers of an idle system expire each 15.6 ms: what needs better asks for it (EX_TIMER_HIGH_RESOLUTION).
    AssertionRuns idle(campaign, [&](host::Machine&) { return Planner().plan_pace(request.endpoint); });
    idle.machine().timer_granularity = std::chrono::microseconds(15'625);
    idle.run();
    if (note.empty()) note = idle.cut_short();
    let_run_for_long(campaign);
    if (!note.empty()) campaign.note(note);
  }

 private:
  // Each stream in a machine of its own, in which the 32 bits of two clocks begin anew while it runs. What the budget leaves
  // out is told.
  static void let_run_for_long(Campaign& campaign) {
    std::vector<Subject> subjects;
    for (size_t n = 0; n == 0 || n < subjects.size(); ++n) {
      if (campaign.is_over()) {
        campaign.report().assertions.push_back(
            {.check = "streams",
             .name = kEnduranceName,
             .subject = n == 0 ? "every stream" : fmt::format("{} more", subjects.size() - n),
             .outcome = report::Outcome::kNotRun,
             .sentence = fmt::format("{} before {}", campaign.ended_by(), n == 0 ? "it" : "them")});
        return;
      }
      AssertionRuns one(campaign, [&](host::Machine&) -> Result<std::vector<AssertionTest>> {
        if (n == 0) { TRY_ASSIGN(subjects, Planner::enduring(campaign.request().endpoint)); }
        std::vector<AssertionTest> test;
        if (n < subjects.size())
          test.push_back(
              {kEnduranceName, subjects[n].text(), [s = subjects[n]](Verdicts& v) { test_endurance(v, s); }});
        return test;
      });
      one.machine().up_time = kWraps - std::chrono::seconds(50);
      one.run();
    }
  }
};

}  // namespace

std::unique_ptr<Check> make_streams_check() { return std::make_unique<StreamsCheck>(); }

}  // namespace portside::verify
