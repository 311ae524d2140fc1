// What the commands that run a driver share.

#include <fmt/format.h>

#include "client/topology.h"
#include "portside/command.h"
#include "portside/coverage_file.h"
#include "portside/json.h"
#include "report/text_report.h"

namespace portside::tools {

void DriverOptions::declare(CLI::App& app) {
  app.add_option("--driver,-d", driver, "The driver image (.sys)")->required()->type_name("FILE");
  app.add_option("--seed", seed, "Seed of the scheduler and of the page allocator")->check(seed_number())->capture_default_str();
  app.add_flag("--realtime", realtime, "Run on the host's clock and threads instead of virtual time");
  app.add_flag("--no-verify", no_verify, "Leave out special pool, histories and rules: faster, sees less");
  app.add_flag("--allow-missing", allow_missing, "Load a driver whose imports are not all here; the first call of one stops it");
  app.add_option("--trace", trace, "Write the kernel's events to this file")->type_name("FILE");
  app.add_option("--coverage", coverage, "Write which lines of a driver built with COVERAGE ran: .txt, .html, .lcov, .json, .profdata or .profraw")
      ->type_name("FILE");
}

ExitCode DriverOptions::with_machine(const Console& console, const std::function<ExitCode(host::Machine&)>& body) const {
  const auto counted = CoverageFile::create(coverage);
  if (!counted) return console.error(counted.error());
  auto machine = host::Machine::create(machine_options());
  if (!machine) return console.error(machine.error());
  const ExitCode exit = body(**machine);
  if (!counted->wanted()) return exit;
  const auto told = counted->write(**machine);
  if (!told) return console.error(told.error());
  console.line(*told);
  return exit;
}

host::MachineOptions DriverOptions::machine_options() const {
  host::MachineOptions options;
  options.seed = seed;
  options.realtime = realtime;
  options.verify = !no_verify;
  options.allow_missing_imports = allow_missing;
  options.trace = trace;
  return options;
}

ExitCode print_verdict(const Console& console, host::Machine& machine) {
  const std::vector<verifier::Finding> findings = machine.findings();
  const report::TextOptions text{.color = console.color()};
  if (!findings.empty()) console.heading("Findings");
  console.line(findings.empty() ? fmt::format("\nverdict: clean{}", machine.options().verify ? "" : " (not verified)")
                                : report::to_text(findings, machine.symbols(), text));
  for (const auto& finding : findings)
    if (finding.rule().grade == verifier::Grade::kViolation) return ExitCode::kDriverFault;
  return machine.bug_check() ? ExitCode::kDriverFault : ExitCode::kClean;
}

ExitCode failed(const Console& console, host::Machine& machine, const Status& status) {
  // A machine that bug-checked has said why in its findings.
  if (machine.bug_check()) {
    if (console.json) console.product(report_json(machine).dump(2));
    else print_verdict(console, machine);
    return ExitCode::kDriverFault;
  }
  console.error(status);
  if (!machine.findings().empty()) return print_verdict(console, machine) == ExitCode::kClean ? ExitCode::kBadInput : ExitCode::kDriverFault;
  return ExitCode::kBadInput;
}

}  // namespace portside::tools
