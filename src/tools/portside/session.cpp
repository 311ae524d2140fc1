// What the commands that run a driver share.

#include <fmt/format.h>

#include "base/printable.h"
#include "base/temporary_folder.h"
#include "client/topology.h"
#include "client/wav_file.h"
#include "host/debug_print.h"
#include "host/lost_subdevices.h"
#include "host/machine_hardware.h"
#include "portside/command.h"
#include "portside/coverage_file.h"
#include "portside/json.h"
#include "report/text_report.h"

namespace portside::tools {

void DriverOptions::declare(CLI::App& app) {
  app.add_option("--driver,-d", driver,
                 "The driver: its INF (.inf, .inx), or its image (.sys) with or without an INF beside it")
      ->required()
      ->type_name("FILE");
  app.add_flag("--no-inf", no_inf, "Take the image alone, even when an INF beside it names it");
  app.add_option("--hardware-id", hardware_id, "Which of the INF's devices; else the first that is root-enumerated")
      ->type_name("ID");
  app.add_option("--instances", instances, "How many devices of the driver")
      ->check(within(1, 64))
      ->capture_default_str();
  app.add_option(
         "--device", devices,
         "The device under the driver: qemu:DEVICE[,OPTION=VALUE...][,DEVICE...] or model:NAME; see portside devices")
      ->type_name("DEVICE")
      ->allow_extra_args(false);
  app.add_option("--heard", heard, "Write what comes out of the device, behind its codec, to this WAV")
      ->type_name("FILE");
  app.add_option("--input", input, "What the device hears at its input: a sound file, again and again")
      ->type_name("FILE");
  app.add_option(
         "--bus-faults", bus_faults,
         "Faults between driver and device, by the seed: registers=TIME,interrupts=TIME,lost=1/N,doubled=1/N,hang@TIME")
      ->type_name("FAULTS");
  app.add_option("--seed", seed, "Seed of the scheduler and of the page allocator")
      ->check(seed_number())
      ->capture_default_str();
  app.add_flag("--realtime", realtime, "Run on the host's clock and threads instead of virtual time");
  app.add_flag("--no-verify", no_verify, "Leave out special pool, histories and rules: faster, sees less");
  app.add_flag("--allow-missing", allow_missing,
               "Load a driver whose imports are not all here; the first call of one stops it");
  app.add_flag("--debug-print", debug_print,
               "Show what the driver prints (DbgPrint and its kin), on stderr, as it does");
  app.add_option("--drive-c", drive_c,
                 "Keep the machine's drive C: in this folder, with the files that the driver writes")
      ->type_name("DIR");
  app.add_option("--trace", trace, "Write the kernel's events to this file")->type_name("FILE");
  app.add_option(
         "--coverage", coverage,
         "Write which lines of a driver built with COVERAGE ran: .txt, .html, .lcov, .json, .profdata or .profraw")
      ->type_name("FILE");
}

void DriverOptions::declare_with_socket(CLI::App& declared) {
  declare(declared);
  app = &declared;
  CLI::Option* driver_option = declared.get_option("--driver")->required(false);
  CLI::Option* socket_option =
      declared
          .add_option("--socket", socket,
                      "The socket of a driver host (portside serve), instead of --driver; \"\" for the usual one")
          ->type_name("PATH");
  driver_option->excludes(socket_option);
  // What a host's driver is, its host was told.
  for (const char* of_driver :
       {"--device", "--seed", "--trace", "--coverage", "--drive-c", "--no-verify", "--realtime"})
    if (CLI::Option* other = declared.get_option_no_throw(of_driver)) other->excludes(socket_option);
  declared.callback([&declared] {
    if (!declared.count("--driver") && !declared.count("--socket")) throw CLI::RequiredError("--driver, or --socket,");
    if (!declared.count("--socket")) return;
    // Nothing that a host does not do is taken and left undone.
    for (const char* of_machine :
         {"--no-inf", "--hardware-id", "--instances", "--heard", "--debug-print", "--input", "--bus-faults",
          "--allow-missing", "--identical", "--capture-endpoint", "--mode", "--processing-mode"}) {
      const CLI::Option* other = declared.get_option_no_throw(of_machine);
      if (other && other->count() > 0) throw CLI::ExcludesError(of_machine, "--socket");
    }
  });
}

ExitCode DriverOptions::with_machine(const Console& console,
                                     const std::function<ExitCode(host::Machine&)>& body) const {
  const auto counted = CoverageFile::create(coverage);
  if (!counted) return console.error(counted.error());
  auto request = device_request();
  if (!request) return console.error(request.error());
  // A card hears 16 bits and two channels at one rate, whatever the file has.
  std::optional<TemporaryFolder> converted;
  if (!input.empty()) {
    const auto sound = client::read_sound(input);
    if (!sound) return console.error(sound.error());
    client::AudioFormat format = *client::AudioFormat::parse("48000/16/2");
    format.rate_hz = sound_rate;
    const auto heard_as = client::convert(*sound, format);
    if (!heard_as) return console.error(heard_as.error());
    request->spoken = converted.emplace().path() / "input.wav";
    if (auto written = client::write_wav(request->spoken, heard_as->format, heard_as->frames); !written)
      return console.error(written.error());
  }
  auto choice = host::DeviceChoice::create(*request);
  if (!choice) return console.error(choice.error());
  host::MachineOptions options = machine_options();
  choice->apply(options);
  auto machine = host::Machine::create(options);
  if (!machine) return console.error(machine.error());
  if (auto plugged = choice->plug(**machine); !plugged) return console.error(plugged.error());
  std::optional<host::DebugPrint> printed;
  if (debug_print)
    printed.emplace(**machine, [](const std::string& line) { fmt::print(stderr, "driver: {}\n", printable(line)); });
  const ExitCode exit = body(**machine);
  for (const std::string& loss : (*machine)->hardware().losses()) console.note(loss);
  if (!counted->wanted()) return exit;
  const auto told = counted->write(**machine);
  if (!told) return console.error(told.error());
  console.line(*told);
  return exit;
}

Result<> DriverOptions::install(const Console& console, host::Machine& machine) const {
  host::InstallRequest request;
  request.driver = driver;
  request.use_inf = !no_inf;
  request.hardware_id = hardware_id;
  request.instances = instances;
  const host::InstalledDriver* installed = nullptr;
  if (devices.empty()) {
    const auto outcome = machine.install(request);
    if (!machine.absent_hardware().empty()) console.note(machine.absent_hardware());
    TRY_ASSIGN(installed, outcome);
  }
  for (hardware::PciSlot& slot : machine.hardware().bus().slots()) {
    request.slot = &slot;
    TRY_ASSIGN(installed, machine.install(request));
  }
  if (!installed->inf_file.empty() && installed->inf_file != request.driver)
    console.hint(fmt::format("installed from {}, which lies beside {} and names it (--no-inf ignores it)",
                             installed->inf_file.filename().string(), request.driver.filename().string()));
  for (const std::string& note : installed->notes) console.note(note);
  return {};
}

Result<host::DeviceRequest> DriverOptions::device_request() const {
  host::DeviceRequest request;
  request.devices = devices;
  request.heard = heard;
  request.rate = sound_rate;
  request.seed = seed;
  if (devices.empty() && (!heard.empty() || !input.empty() || !bus_faults.empty()))
    return fail(StatusCode::kInvalidParameter,
                "--heard, --input and --bus-faults are a device's: name one with --device");
  if (!devices.empty() && (instances != 1 || !hardware_id.empty()))
    return fail(StatusCode::kInvalidParameter,
                "--device names the devices: --instances and --hardware-id are for root-enumerated ones");
  if (!bus_faults.empty()) { TRY_ASSIGN(request.faults, hardware::BusFaults::parse(bus_faults)); }
  return request;
}

host::MachineOptions DriverOptions::machine_options() const {
  host::MachineOptions options;
  options.seed = seed;
  options.realtime = realtime;
  options.verify = !no_verify;
  options.allow_missing_imports = allow_missing;
  options.trace = trace;
  options.drive_c = drive_c;
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
    if (console.json) console.document(report_json(machine));
    else print_verdict(console, machine);
    return ExitCode::kDriverFault;
  }
  // Nobody's fault here: what became of the device stands in a note of its own.
  if (!machine.hardware().losses().empty()) {
    console.error(Status(status.code(), "the device was lost while it was used: " + status.to_string()));
    if (!console.json) print_verdict(console, machine);
    return ExitCode::kDriverFault;
  }
  console.error(status);
  for (const host::LostSubdevice& lost : host::lost_subdevices(machine)) console.note(host::sentence(lost));
  if (!machine.findings().empty())
    return print_verdict(console, machine) == ExitCode::kClean ? ExitCode::kBadInput : ExitCode::kDriverFault;
  return ExitCode::kBadInput;
}

}  // namespace portside::tools
