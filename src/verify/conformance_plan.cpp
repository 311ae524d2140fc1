#include "verify/conformance_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "client/offered_formats.h"
#include "client/processing_mode.h"
#include "verify/all_endpoints.h"
#include "verify/buffer_sizes.h"
#include "verify/detector_test.h"
#include "verify/engine_test.h"
#include "verify/filter_event_test.h"
#include "verify/filter_roles.h"
#include "verify/format_test.h"
#include "verify/independence_test.h"
#include "verify/intersection_test.h"
#include "verify/keyword_stream.h"
#include "verify/latency_test.h"
#include "verify/levels_test.h"
#include "verify/mode_test.h"
#include "verify/node_test.h"
#include "verify/pin_conformance.h"
#include "verify/pin_properties.h"
#include "verify/position_drift.h"
#include "verify/property_sweep.h"
#include "verify/proposal_test.h"
#include "verify/scenario.h"
#include "verify/state_control.h"
#include "verify/topology_test.h"

namespace portside::verify {
namespace {

class Planner {
 public:
  explicit Planner(const ConformanceOptions& options) : options_(options) {}

  Result<std::vector<AssertionTest>> plan() {
    TRY_ASSIGN(filters_, client::list_filters());
    TRY_ASSIGN(endpoints_, matching_endpoints(options_.endpoint));
    for (const client::Endpoint& endpoint : endpoints_) TRY(choose_subjects(endpoint));
    plan_filters();
    for (const Subject& subject : subjects_) plan_streams(subject);
    plan_all_endpoints();
    plan_modes_together();
    plan_properties();
    plan_levels();
    for (const Subject& subject : subjects_)
      add("buffer sizes", subject.text(), [subject, t = options_.tolerances](Verdicts& v) {
        test_buffer_sizes(v, subject, client::read_packet_constraints(subject.endpoint.filter), t);
      });
    TRY(plan_formats());
    return std::move(tests_);
  }

 private:
  void add(std::string name, std::string subject, std::function<void(Verdicts&)> body) {
    tests_.push_back({std::move(name), std::move(subject), std::move(body)});
  }

  // An endpoint in each of its modes, in the format that the driver prefers there, else its usual one.
  Result<> choose_subjects(const client::Endpoint& endpoint) {
    std::vector<std::optional<GUID>> modes;
    for (const GUID& mode : endpoint.pin.modes)
      if (std::ranges::find(modes, std::optional(mode)) == modes.end()) modes.emplace_back(mode);
    if (modes.empty()) modes.emplace_back();
    TRY_ASSIGN(const client::AudioFormat usual, usual_format(endpoint));
    for (const auto& mode : modes) {
      Subject subject;
      subject.endpoint = endpoint;
      subject.processing = mode;
      subject.format = mode ? client::preferred_format(endpoint, mode).value_or(usual) : usual;
      TRY(play_beside(subject, endpoints_));
      subjects_.push_back(std::move(subject));
    }
    return {};
  }

  void plan_filters() {
    for (const client::FilterInfo& filter : filters_) {
      add("topology", filter.name, [filter](Verdicts& v) {
        test_connections(v, filter);
        test_node_properties(v, filter);
        test_jacks(v, filter);
        test_microphones(v, filter);
        test_categories(v, filter);
        test_converters(v, filter);
        test_node_pins(v, filter);
        test_engine(v, filter);
        test_sound_detector(v, filter);
        test_audio_modules(v, filter);
        test_filter_events(v, filter);
        test_peak_meters(v, filter);
        test_multiplexers(v, filter);
      });
      for (const client::PinInfo& pin : filter.pins) {
        const std::string subject = fmt::format("{} pin {}", filter.name, pin.id);
        add("pin properties", subject, [filter, pin](Verdicts& v) { test_pin_properties(v, filter, pin); });
        add("data intersection", subject, [filter, pin](Verdicts& v) { test_intersections(v, filter, pin); });
      }
    }
    add("physical connection", "all filters",
        [filters = filters_](Verdicts& v) { test_physical_connections(v, filters); });
  }

  void plan_streams(const Subject& subject) {
    const Tolerances t = options_.tolerances;
    // Once a pin, whatever its modes.
    if (subject.endpoint.name != last_pin_) {
      add("pin conformance", subject.endpoint.name,
          [subject, port_class = options_.port_class](Verdicts& v) { test_pin_conformance(v, subject, port_class); });
      add("proposed formats", subject.endpoint.name, [subject](Verdicts& v) { test_proposals(v, subject); });
    }
    last_pin_ = subject.endpoint.name;
    if (subject.bursts()) {
      add("keyword stream", subject.text(), [subject, t](Verdicts& v) { test_keyword_stream(v, subject, t); });
      return;
    }
    add("state control", subject.text(), [subject](Verdicts& v) { test_state_control(v, subject); });
    add("drift and jitter", subject.text(), [subject, t](Verdicts& v) { test_drift(v, subject, t); });
    add("latency", subject.text(), [subject, t](Verdicts& v) { test_latency(v, subject, t); });
  }

  void plan_all_endpoints() {
    // What Windows calls an endpoint: a filter's pin for applications; offload, loopback and keyword pins stand beside
    // it.
    std::vector<Subject> chosen;
    for (const Subject& subject : subjects_) {
      const client::Endpoint& e = subject.endpoint;
      const bool beside = e.role != client::PinRole::kHost;
      const bool seen = std::ranges::any_of(chosen, [&](const Subject& s) {
        return s.endpoint.filter == e.filter && s.endpoint.direction == e.direction;
      });
      if (!beside && !seen) chosen.push_back(subject);
    }
    if (!chosen.empty())
      add("all endpoints at once", fmt::format("{} endpoints", chosen.size()),
          [chosen](Verdicts& v) { test_all_endpoints(v, chosen); });
  }

  void plan_modes_together() {
    for (const client::Endpoint& endpoint : endpoints_) {
      std::vector<Subject> modes;
      for (const Subject& subject : subjects_)
        if (subject.processing && subject.endpoint.name == endpoint.name) modes.push_back(subject);
      if (!modes.empty())
        add("unknown mode", endpoint.name, [subject = modes.front()](Verdicts& v) { test_unknown_mode(v, subject); });
      if (modes.size() > 1)
        add("modes together", endpoint.name, [modes](Verdicts& v) { test_modes_together(v, modes); });
    }
  }

  void plan_sweep(const client::FilterInfo& filter, PropertyTarget::Kind kind, uint32_t id, uint32_t count,
                  std::string subject, std::optional<GUID> mode = {}) {
    add("property robustness", subject, [link = filter.symbolic_link, kind, id, count, subject, mode](Verdicts& v) {
      const auto file = client::KsFile::open(link);
      if (!file)
        return Verdict(v, "property robustness", subject, "audio/audio-property-handlers")
            .fail(file.error().to_string());
      sweep_properties(v, PropertyTarget(*file, kind, id, count, mode), subject);
    });
  }

  // The whole stream after all else: of it a driver may make much.
  void plan_levels() {
    for (const Subject& subject : subjects_)
      if (subject.endpoint.role == client::PinRole::kOffload &&
          subject.processing == client::default_processing(subject.endpoint.pin))
        add("levels", "a stream of " + subject.endpoint.name,
            [subject](Verdicts& v) { test_stream_levels(v, subject); });
    add("independent controls", "all filters", [filters = filters_](Verdicts& v) { test_independence(v, filters); });
    for (const auto& [name, test] :
         {std::pair{"levels", &test_levels}, std::pair{"level of the whole stream", &test_whole_stream}})
      for (const client::FilterInfo& filter : filters_)
        for (const client::NodeInfo& node : filter.nodes)
          add(name, fmt::format("{} node {}", filter.name, node.id),
              [filter, node, test](Verdicts& v) { test(v, filter, node); });
  }

  void plan_properties() {
    using Kind = PropertyTarget::Kind;
    for (const client::FilterInfo& filter : filters_) {
      const auto pins = static_cast<uint32_t>(filter.pins.size()), nodes = static_cast<uint32_t>(filter.nodes.size());
      plan_sweep(filter, Kind::kFilter, 0, 0, filter.name);
      for (uint32_t id = 0; id < pins; ++id)
        plan_sweep(filter, Kind::kPin, id, pins, fmt::format("{} pin {}", filter.name, id),
                   filter.pins[id].modes.empty() ? std::nullopt : std::optional(filter.pins[id].modes.front()));
      for (uint32_t id = 0; id < nodes; ++id)
        plan_sweep(filter, Kind::kNode, id, nodes,
                   fmt::format("{} node {} ({})", filter.name, id, client::guid_name(filter.nodes[id].type)));
    }
    for (const Subject& subject : subjects_) {
      if (subject.processing && subject.processing != client::default_processing(subject.endpoint.pin)) continue;
      const std::string name = fmt::format("a stream of {}", subject.endpoint.name);
      add("property robustness", name, [subject, name](Verdicts& v) {
        const auto stream = TestStream::open(subject);
        if (!stream)
          return Verdict(v, "property robustness", name, "audio/audio-property-handlers")
              .fail(stream.error().to_string());
        sweep_properties(v, PropertyTarget((*stream)->stream().pin(), Kind::kStream), name);
      });
    }
  }

  // Every format in every mode; endpoints and modes take turns, and so do rates, widths and channels: a budget that
  // ends early has seen some of each.
  Result<> plan_formats() {
    const auto offered = [](const client::Endpoint& endpoint) -> Result<std::vector<client::OfferedFormat>> {
      TRY_ASSIGN(auto formats, client::offered_formats(endpoint));
      std::erase_if(formats, [](const client::OfferedFormat& f) { return f.proposal == client::Proposal::kRefused; });
      return formats;
    };
    std::vector<std::vector<client::OfferedFormat>> lists;
    size_t most = 0;
    for (const Subject& subject : subjects_) {
      TRY_ASSIGN(std::vector<client::OfferedFormat> formats, offered(subject.endpoint));
      if (subject.played) {
        // What is given back is played in the same format.
        TRY_ASSIGN(const std::vector<client::OfferedFormat> played, offered(*subject.played));
        std::erase_if(formats, [&](const client::OfferedFormat& f) {
          return std::ranges::find(played, f.format, &client::OfferedFormat::format) == played.end();
        });
      }
      most = std::max(most, formats.size());
      lists.push_back(std::move(formats));
    }
    for (size_t step = 0; step < most; ++step) {
      for (size_t i = 0; i < subjects_.size(); ++i) {
        const size_t count = lists[i].size();
        if (step >= count) continue;
        // Walks the list by a stride that has no divisor in common with its length.
        const client::OfferedFormat& chosen = lists[i][step * stride_of(count) % count];
        Subject subject = subjects_[i];
        subject.format = chosen.format;
        add("formats and modes", subject.text(),
            [subject, proposal = chosen.proposal, t = options_.tolerances](Verdicts& v) {
              test_format(v, subject, proposal, t);
            });
      }
    }
    return {};
  }
  static size_t stride_of(size_t count) {
    for (const size_t prime : {37u, 41u, 43u, 47u, 53u, 59u})
      if (count % prime) return prime;
    return 1;
  }

  const ConformanceOptions& options_;
  std::vector<client::FilterInfo> filters_;
  std::vector<client::Endpoint> endpoints_;
  std::vector<Subject> subjects_;
  std::vector<AssertionTest> tests_;
  std::string last_pin_;
};

}  // namespace

Result<std::vector<AssertionTest>> plan_conformance(const ConformanceOptions& options) {
  return Planner(options).plan();
}

}  // namespace portside::verify
