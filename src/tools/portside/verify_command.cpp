// portside verify: whether a driver is right: every check there is, one report.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "host/device_choice.h"
#include "host/import_table.h"
#include "portside/command.h"
#include "portside/interrupt.h"
#include "report/campaign_text.h"
#include "report/json_report.h"
#include "report/report_folder.h"
#include "verify/campaign.h"
#include "verify/checks.h"
#include "verify/fault_injector.h"
#include "verify/life_point.h"
#include "verify/schedule_scenarios.h"
#include "verify/start_trial.h"

namespace portside::tools {
namespace {

struct VerifyOptions {
  verify::Request request;
  std::string driver;
  bool no_inf = false;
  std::string hardware_id;
  std::string device, bus_faults;
  std::string budget = "50s";
  std::string tolerance = "published";
  std::string report;  // the folder
  std::string source;  // the root of the driver's sources
};

// Where sources are looked for, and what their paths are told relative to: the folder that the user names, else the checkout that
// the driver lies in, else the one that we are in.
report::SourceFiles sources_of(const VerifyOptions& options) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path beside = fs::absolute(options.driver, error).parent_path(), here = fs::current_path(error);
  if (!options.source.empty()) return report::SourceFiles({options.source, beside}, options.source);
  fs::path root;
  for (const fs::path& start : {beside, here})
    for (fs::path folder = start; root.empty() && !folder.empty(); folder = folder.parent_path()) {
      if (fs::exists(folder / ".git", error)) root = folder;
      if (folder == folder.parent_path()) break;
    }
  if (root.empty()) root = here;
  return report::SourceFiles({beside, root}, root);
}

Result<Nanoseconds> parse_budget(std::string_view text) {
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<size_t>(stop - text.data()));
  const double scale = unit == "s" ? 1 : unit == "min" || unit == "m" ? 60 : unit == "h" ? 3600 : 0;
  if (error != std::errc() || scale == 0 || !(number > 0) || number * scale > 86400.0 * 7)
    return fail(StatusCode::kInvalidParameter,
                fmt::format("\"{}\" is no budget: a number and s, min or h, as in 5min", text));
  return Nanoseconds(static_cast<int64_t>(number * scale * 1e9));
}

// In virtual time rates are exact and reads take no time: a tenth of what certification allows is room enough.
constexpr double kTight = 0.1;

Result<double> parse_tolerance(std::string_view text) {
  if (text == "published") return 1.0;
  if (text == "tight") return kTight;
  double factor = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), factor);
  if (error != std::errc() || stop != text.data() + text.size() || !(factor > 0) || factor > 1000)
    return fail(StatusCode::kInvalidParameter,
                fmt::format("\"{}\" is no tolerance: published, tight, or a factor as in 0.5", text));
  return factor;
}

// --device and --bus-faults. A model, and one of it: campaigns are in virtual time.
Result<> name_device(const VerifyOptions& options, host::InstallRequest& driver) {
  if (options.device.empty()) {
    if (options.bus_faults.empty()) return {};
    return fail(StatusCode::kInvalidParameter, "--bus-faults are a device's: name one with --device");
  }
  if (!options.hardware_id.empty())
    return fail(StatusCode::kInvalidParameter,
                "--device says what the driver is for: --hardware-id is for root-enumerated devices");
  TRY_ASSIGN(const auto choice, host::DeviceChoice::create({.devices = {options.device}, .models_only = true}));
  TRY_ASSIGN(driver.device, choice.only_maker());
  if (options.bus_faults.empty()) return {};
  TRY_ASSIGN(driver.bus_faults, hardware::BusFaults::parse(options.bus_faults));
  return {};
}

// What the driver's files come to on a machine with its device.
Result<host::InstallPlan> plan_for_device(host::InstallRequest driver) {
  TRY_ASSIGN(const auto machine, host::Machine::create({}));
  TRY_ASSIGN(driver.slot, machine->plug(driver.device));
  return host::make_install_plan(driver);
}

// What is missing here is no mistake of the driver's.
Result<> check_imports(const std::vector<host::ImportRow>& imports, const std::filesystem::path& image) {
  std::vector<std::string> missing;
  for (const host::ImportRow& row : imports)
    if (!row.standing.completeness) missing.push_back(row.dll + "!" + row.name);
  if (missing.empty()) return {};
  return fail(StatusCode::kEntrypointNotFound,
              fmt::format("{} imports what Portside does not have: {} (--allow-missing tries it all the same)",
                          image.filename().string(), fmt::join(missing, ", ")));
}

// What a shell reads back as that word.
std::string shell_word(const std::string& word) {
  if (word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-") ==
          std::string::npos &&
      !word.empty())
    return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// What only one check understands is for that check: alone when none was named, and in vain when another was.
Result<> name_checks(verify::Request& request) {
  const auto names_one = [](const std::string& text) { return !text.empty() && text != verify::kNothing; };
  if (verify::StartFault::is_one(request.fault)) TRY(verify::StartFault::check(request.fault));
  else if (names_one(request.fault)) TRY(verify::FaultId::parse(request.fault));
  if (names_one(request.life_event)) TRY(verify::LifePoint::parse(request.life_event));
  const auto only = [&](bool given, const char* option, const char* check) -> Result<> {
    if (!given) return {};
    if (request.checks.empty()) request.checks = {check};
    if (std::ranges::count(request.checks, check)) return {};
    return fail(StatusCode::kInvalidParameter,
                fmt::format("{} is for the check {}, which --checks leaves out", option, check));
  };
  TRY(only(!request.fault.empty(), "--fault", "faults"));
  TRY(only(request.fault_rate > 0, "--fault-rate", "faults"));
  TRY(only(!request.life_event.empty(), "--life", "life"));
  TRY(only(!request.scenario.empty(), "--scenario", "schedules"));
  return only(request.minimise, "--minimise", "schedules");
}

ExitCode run_verify(const Console& console, VerifyOptions options) {
  auto budget = parse_budget(options.budget);
  if (!budget) return console.error(budget.error());
  options.request.budget = *budget;
  auto tolerance = parse_tolerance(options.tolerance);
  if (!tolerance) return console.error(tolerance.error());
  options.request.tolerance = *tolerance;
  for (const std::string& check : options.request.checks)
    if (!verify::find_check(check))
      return console.error(Status(StatusCode::kInvalidParameter, fmt::format("there is no check \"{}\"", check)));
  host::InstallRequest& driver = options.request.driver;
  driver.driver = options.driver;
  driver.use_inf = !options.no_inf;
  driver.hardware_id = options.hardware_id;
  if (const auto device = name_device(options, driver); !device) return console.error(device.error());
  // A file that is none is the user's mistake, and not a driver that fails.
  auto plan = host::make_install_plan(driver);
  // Which of the INF's models it is, the device will say.
  if (!plan && driver.device) plan = plan_for_device(driver);
  if (!plan) return console.error(plan.error());
  const auto imports = host::list_imports(plan->image);
  if (!imports) return console.error(imports.error());
  if (const auto here = check_imports(*imports, plan->image); !here && !options.request.allow_missing_imports)
    return console.error(here.error());
  if (const std::string absent = driver.device ? "" : host::absent_hardware(*plan); !absent.empty())
    console.note(absent);
  if (driver.bus_faults) options.request.device_pace_not_judged = "seen over a bus with faults";
  if (options.device.starts_with("model:card")) {
    const bool counts = options.device.find("count=") != std::string::npos;
    if (!counts) options.request.device_pace_not_judged = "seen on a card that counts nothing";
    console.note(fmt::format("of the card nothing is there but what --device says{}",
                             counts ? "" : ": no count= moves its streams on, and their pace is not judged"));
  }
  if (plan->installation)
    for (const std::string& note : plan->installation->notes) console.note(note);
  verify::Request& r = options.request;
  if (const auto named = name_checks(r); !named) return console.error(named.error());
  if (!r.strategy.empty()) {
    if (r.scenario.empty())
      return console.error(
          Status(StatusCode::kInvalidParameter, "--strategy says how one run goes: name its --scenario"));
    if (const auto strategy = kernel::ScheduleOptions::parse(r.strategy); !strategy)
      return console.error(strategy.error());
  } else if (!r.trace.empty()) {
    return console.error(Status(StatusCode::kInvalidParameter, "--trace is of one run: name its --strategy"));
  }
  if (!r.scenario.empty() && !std::ranges::count(verify::schedule_scenario_names(), r.scenario))
    return console.error(
        Status(StatusCode::kInvalidParameter, fmt::format("there is no scenario \"{}\": {}", r.scenario,
                                                          fmt::join(verify::schedule_scenario_names(), ", "))));
  options.request.command = fmt::format("portside verify --driver {}", shell_word(options.driver));
  if (options.no_inf) options.request.command += " --no-inf";
  if (!options.hardware_id.empty()) options.request.command += " --hardware-id " + shell_word(options.hardware_id);
  if (!options.device.empty()) options.request.command += " --device " + shell_word(options.device);
  if (!options.bus_faults.empty()) options.request.command += " --bus-faults " + shell_word(options.bus_faults);
  if (!options.source.empty() && !std::filesystem::is_directory(options.source))
    return console.error(
        Status(StatusCode::kNotADirectory, fmt::format("--source {}: there is no such folder", options.source)));
  if (!options.report.empty())
    if (const auto prepared = report::prepare_report_folder(options.report); !prepared)
      return console.error(prepared.error());
  if (!options.request.endpoint.empty())
    options.request.command += " --endpoint " + shell_word(options.request.endpoint);
  if (options.request.loopback) options.request.command += " --loopback";
  if (*tolerance != 1) options.request.command += " --tolerance " + options.tolerance;
  if (options.request.realtime) options.request.command += " --realtime";
  if (options.request.allow_missing_imports) options.request.command += " --allow-missing";
  if (r.set_state_limit_ms > 0) options.request.command += fmt::format(" --set-state-limit {}", r.set_state_limit_ms);
  options.request.progress = [&](double fraction, std::string_view check) { console.progress(fraction, check); };

  // What was found is told however it ends; a second interrupt ends the program at once.
  const Interrupt interrupt;
  options.request.interrupted = [] { return Interrupt::came(); };
  verify::Campaign campaign(options.request);
  campaign.report().portside_version = PORTSIDE_VERSION;
  campaign.report().driver = plan->image.filename().string();
  campaign.report().inf = plan->inf_file.filename().string();
  campaign.run_checks();
  console.progress_done();
  if (!options.report.empty()) {
    report::SourceFiles sources = sources_of(options);
    if (const auto written = report::write_report_folder(options.report, campaign.report(), sources); !written)
      return console.error(written.error());
  }
  if (console.json) console.product(report::to_json(campaign.report()));
  console.line(report::to_text(campaign.report(), {.text = {.color = console.color()}, .folder = options.report}));
  return campaign.report().failed() ? ExitCode::kDriverFault : ExitCode::kClean;
}

}  // namespace

Runner add_verify(CLI::App& app) {
  auto options = std::make_shared<VerifyOptions>();
  app.add_option("--driver,-d", options->driver,
                 "The driver: its INF (.inf, .inx), or its image (.sys) with or without an INF beside it")
      ->required()
      ->type_name("FILE");
  app.add_flag("--no-inf", options->no_inf, "Take the image alone, even when an INF beside it names it");
  app.add_option("--hardware-id", options->hardware_id,
                 "Which of the INF's devices; else the first that is root-enumerated")
      ->type_name("ID");
  app.add_option("--device", options->device, "The device under the driver, a model: model:NAME; see portside devices")
      ->type_name("DEVICE");
  app.add_option("--bus-faults", options->bus_faults,
                 "Faults between driver and device, by each run's seed: "
                 "registers=TIME,interrupts=TIME,lost=1/N,doubled=1/N,hang@TIME")
      ->type_name("FAULTS");
  app.add_option("--endpoint", options->request.endpoint, "Name of the endpoint, or a part of it; else every one");
  std::string checks;
  for (const auto& check : verify::all_checks())
    checks += fmt::format("{}{} ({})", checks.empty() ? "" : ", ", check->name(), check->about());
  app.add_option("--checks", options->request.checks, "What to check, with commas; else all: " + checks)
      ->delimiter(',');
  app.add_option("--seed", options->request.seed, "Seed of the first run")->check(seed_number())->capture_default_str();
  app.add_option("--seeds", options->request.seeds, "Schedules that each scenario is run under")
      ->check(within(1, 1e9))
      ->capture_default_str();
  app.add_option("--scenario", options->request.scenario, "Schedules of this scenario alone");
  app.add_option("--strategy", options->request.strategy,
                 "With --scenario and --seed: that one schedule, as a report names it")
      ->type_name("STRATEGY");
  app.add_option("--trace", options->request.trace, "With --strategy: write what happens in that run, one event a line")
      ->type_name("FILE");
  app.add_flag("--minimise", options->request.minimise,
               "Shorten each schedule that finds something to the fewest switches");
  app.add_option("--budget", options->budget, "Time for all of it: 30s, 5min, 1h")
      ->type_name("TIME")
      ->capture_default_str();
  app.add_flag("--until-first", options->request.until_first,
               "End with the first violation or failed assertion: all that a bisection has to know");
  app.add_flag("--strict", options->request.strict, "Deviations fail the run as well: the exit code is 1");
  app.add_option("--tolerance", options->tolerance,
                 "Limits of the conformance check: published, tight (a tenth of them), or a factor")
      ->type_name("LIMITS")
      ->capture_default_str();
  app.add_flag("--loopback", options->request.loopback,
               "The driver gives back what it plays, as a virtual cable does: it is wrong if nothing comes back");
  app.add_flag("--realtime", options->request.realtime,
               "Conformance on the system's clock; its figures are told, and not judged");
  app.add_option("--fault", options->request.fault,
                 "The one failure to make, by the name that a report gives it: pool:1a2b3c4d, or none; else every one")
      ->type_name("KIND:STACK");
  app.add_option("--fault-rate", options->request.fault_rate,
                 "Let each call that can fail do so with this probability, in --seeds runs, instead of one at a time")
      ->check(within(0, 1))
      ->excludes("--fault");
  app.add_option("--life", options->request.life_event,
                 "The one event of the life check to make, by the name that a report gives it, or none; else every one")
      ->type_name("EVENT");
  app.add_option("--report", options->report,
                 "Write report.html, junit.xml, report.sarif and trace.json here; made when missing")
      ->type_name("DIR");
  app.add_option("--source", options->source,
                 "The root of the driver's sources; else the checkout that the driver lies in")
      ->type_name("DIR");
  app.add_option("--set-state-limit", options->request.set_state_limit_ms,
                 "The longest that SetState may take, in ms; else 500")
      ->check(within(0.001, 1e6));
  app.add_flag("--allow-missing", options->request.allow_missing_imports,
               "Load a driver whose imports are not all here; the first call of one stops it");
  return [options](const Console& console) { return run_verify(console, *options); };
}

}  // namespace portside::tools
