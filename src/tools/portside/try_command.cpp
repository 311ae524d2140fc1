// portside try: a driver's whole offer, streamed: each endpoint in each format and processing mode, by packets, by events
// and by positions.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "client/processing_mode.h"
#include "client/trial.h"
#include "portside/json.h"
#include "portside/stream_output.h"

namespace portside::tools {
namespace {

using client::Trial;
using client::TrialOutcome;

constexpr size_t kMostMachines = 100;  // that end, before a driver is given up

struct TryOptions {
  DriverOptions driver;
  std::string endpoint;
  std::vector<std::string> modes{"packet", "event", "position"};
  double milliseconds = 60, buffer_ms = 20;
  bool all = false;
};

std::string mode_of(const Trial& trial) { return trial.processing ? client::processing_name(*trial.processing) : "-"; }

std::string format_of(const client::AudioFormat& f) {
  return fmt::format("{}/{}{}{}/{}", f.rate_hz, f.bits, f.kind == client::SampleKind::kFloat ? "f" : "",
                     f.valid_bits ? fmt::format("({})", f.valid_bits) : "", f.channels);
}

std::string sentence_of(const Trial& trial) {
  if (!trial.log.stalled.empty()) return trial.log.stalled;
  if (!trial.log.glitches.empty())
    return fmt::format("{} glitches, the first: {}", trial.log.glitch_count, trial.log.glitches[0].sentence);
  return trial.status.to_string();
}

nlohmann::json trial_json(const client::Trials& trials, const Trial& t) {
  const client::Endpoint& e = trials.endpoints[t.endpoint];
  constexpr const char* kProposals[] = {"taken", "refused", "not asked"};
  nlohmann::json out{{"endpoint", e.name},
                     {"pin", e.pin.id},
                     {"format", format_json(t.format)},
                     {"proposal", kProposals[static_cast<size_t>(t.proposal)]},
                     {"mode", client::name_of(t.mode)},
                     {"outcome", client::name_of(t.outcome)},
                     {"fault", t.at_fault()}};
  out["processing_mode"] = t.processing ? nlohmann::json(mode_of(t)) : nlohmann::json(nullptr);
  if (t.outcome != TrialOutcome::kFlawless && t.outcome != TrialOutcome::kNotOffered) out["what"] = sentence_of(t);
  if (t.outcome != TrialOutcome::kRefused && t.outcome != TrialOutcome::kNotOffered) out["stream"] = stream_json(t.log);
  return out;
}

// One line for a format in a processing mode, a column for each way of streaming.
void print_table(const Console& console, const client::Trials& trials, const TryOptions& options) {
  for (size_t i = 0; i < trials.endpoints.size(); ++i) {
    const client::Endpoint& e = trials.endpoints[i];
    console.heading(fmt::format("{} ({}, {} pin {})", e.name,
                                e.direction == client::Direction::kRender ? "render" : "capture", e.filter_name,
                                e.pin.id));
    std::string head = fmt::format("  {:<18}{:<18}", "processing", "format");
    for (const std::string& mode : options.modes) head += fmt::format("{:<12}", mode);
    console.line(head);
    // Lines that say the same as the one before are counted: a range of rates is dozens of formats.
    std::string last;
    uint64_t same = 0;
    const auto end_run = [&] {
      if (same) console.line(fmt::format("  {:<18}... and {} more the same", "", same));
      same = 0;
    };
    for (size_t at = 0; at < trials.trials.size(); at += options.modes.size()) {
      const std::span row(&trials.trials[at], options.modes.size());
      if (row[0].endpoint != i) continue;
      std::string cells;
      for (const Trial& t : row) cells += fmt::format("{:<12}", client::name_of(t.outcome));
      if (!options.all && mode_of(row[0]) + cells == last) {
        ++same;
        continue;
      }
      end_run();
      last = mode_of(row[0]) + cells;
      console.line(fmt::format("  {:<18}{:<18}{}", mode_of(row[0]), format_of(row[0].format), cells));
    }
    end_run();
    if (trials.not_offered[i])
      console.line(
          fmt::format("  {} more formats lie inside its data ranges, and it refuses them when they are proposed",
                      trials.not_offered[i]));
  }
}

// What was wrong, each sentence once.
void print_sentences(const Console& console, const client::Trials& trials, const TryOptions& options) {
  std::map<std::string, std::pair<size_t, const Trial*>> sentences;
  for (const Trial& t : trials.trials) {
    if (t.outcome == TrialOutcome::kFlawless || t.outcome == TrialOutcome::kNotOffered) continue;
    auto& [times, first] = sentences[fmt::format("{}: {}", client::name_of(t.outcome), sentence_of(t))];
    if (times++ == 0) first = &t;
  }
  if (!sentences.empty()) console.heading("what was seen");
  size_t shown = 0;
  for (const auto& [sentence, seen] : sentences) {
    if (++shown > 20 && !options.all) {
      console.line(fmt::format("  and {} more; --all or --json shows them", sentences.size() - 20));
      break;
    }
    console.line(fmt::format("  {} in {} {}: {}{}", trials.endpoints[seen.second->endpoint].name,
                             format_of(seen.second->format), client::name_of(seen.second->mode), sentence,
                             seen.first > 1 ? fmt::format(" ({} times)", seen.first) : ""));
  }
}

// The end of the last machine: what was tried in all of them, and what its own rules say.
ExitCode tell(const Console& console, host::Machine& machine, const client::Trials& trials, const TryOptions& options,
              bool ended) {
  const auto count_if = [&](auto is) { return std::ranges::count_if(trials.trials, is); };
  const auto streamed = count_if(
      [](const Trial& t) { return t.outcome != TrialOutcome::kNotOffered && t.outcome != TrialOutcome::kRefused; });
  const auto flawless = count_if([](const Trial& t) { return t.outcome == TrialOutcome::kFlawless; });
  const auto faults = count_if([](const Trial& t) { return t.at_fault(); });
  Console verdict_console = console;
  if (console.json) {
    nlohmann::json out = report_json(machine);
    out["driver"] = std::filesystem::path(options.driver.driver).filename().string();
    out["endpoints"] = nlohmann::json::array();
    for (size_t i = 0; i < trials.endpoints.size(); ++i) {
      out["endpoints"].push_back(endpoint_json(trials.endpoints[i]));
      out["endpoints"].back()["not_offered"] = trials.not_offered[i];
    }
    out["trials"] = nlohmann::json::array();
    for (const Trial& t : trials.trials) out["trials"].push_back(trial_json(trials, t));
    out["streams"] = {
        {"tried", trials.trials.size()}, {"streamed", streamed}, {"flawless", flawless}, {"faults", faults}};
    console.document(out);
    verdict_console.quiet = true;
  } else {
    print_table(console, trials, options);
    print_sentences(console, trials, options);
    const auto without = std::ranges::count(trials.trials, TrialOutcome::kNotOffered, &Trial::outcome);
    console.line(fmt::format("\n{} streams, {} flawless{}", streamed, flawless,
                             without ? "; -: a way of streaming that the driver's stream does not offer" : ""));
  }
  const ExitCode verdict = print_verdict(verdict_console, machine);
  return verdict == ExitCode::kClean && (ended || (faults && !machine.options().realtime)) ? ExitCode::kDriverFault
                                                                                           : verdict;
}

ExitCode run_try(const Console& console, const TryOptions& options) {
  client::TrialOptions trial_options;
  trial_options.endpoint = options.endpoint;
  trial_options.time = Nanoseconds(static_cast<int64_t>(options.milliseconds * 1e6));
  trial_options.buffer = Nanoseconds(static_cast<int64_t>(options.buffer_ms * 1e6));
  trial_options.modes.clear();
  using client::StreamMode;
  for (const std::string& name : options.modes)
    for (const StreamMode mode : {StreamMode::kPacket, StreamMode::kEvent, StreamMode::kPosition})
      if (name == client::name_of(mode)) trial_options.modes.push_back(mode);
  trial_options.progress = [&](double f) { console.progress(f, "trying"); };

  client::Trials trials;
  bool ended = false;
  // A driver that stops its machine is tried further in a new one: what else it does wrong is worth knowing as well.
  for (size_t machines = 1;; ++machines) {
    bool again = false;
    const ExitCode exit = options.driver.with_machine(console, [&](host::Machine& machine) {
      if (auto installed = options.driver.install(console, machine); !installed)
        return failed(console, machine, installed.error());
      Result<> listed;
      const Result<> ran = machine.run([&] { listed = client::run_trials(trial_options, trials); });
      console.progress_done();
      const bool in_a_trial = !ran && machine.bug_check() && !trials.trials.empty() &&
                              trials.trials.back().outcome == TrialOutcome::kBugCheck;
      if (in_a_trial && machines < kMostMachines) {
        trials.trials.back().status = Status(StatusCode::kMachineEnded, machine.bug_check()->to_string());
        ended = again = true;
        if (!console.json) print_verdict(console, machine);
        return ExitCode::kDriverFault;
      }
      if (!ran) return failed(console, machine, ran.error());
      if (!listed) return failed(console, machine, listed.error());
      if (auto removed = machine.uninstall(); !removed) return failed(console, machine, removed.error());
      return tell(console, machine, trials, options, ended);
    });
    if (!again) return exit;
  }
}

}  // namespace

Runner add_try(CLI::App& app) {
  auto options = std::make_shared<TryOptions>();
  options->driver.declare(app);
  app.add_option("--endpoint", options->endpoint, "Name of the endpoint, or a part of it; else every one");
  app.add_option("--mode", options->modes, "Ways of streaming to try, with commas: packet, event, position")
      ->delimiter(',')
      ->check(CLI::IsMember({"packet", "event", "position"}))
      ->capture_default_str();
  app.add_option("--ms", options->milliseconds, "Length of each stream")
      ->check(within(1, 60000))
      ->capture_default_str();
  app.add_option("--buffer-ms", options->buffer_ms, "Length of the cyclic buffer")
      ->check(within(0.1, 10000.0))
      ->capture_default_str();
  app.add_flag("--all", options->all, "Print a line for every format, also where it says the same as the one before");
  return [options](const Console& console) { return run_try(console, *options); };
}

}  // namespace portside::tools
