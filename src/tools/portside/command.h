#pragma once
// A command of the command line: one file each. add_x() declares its options on a CLI11 app and returns what runs it.

#include <CLI/CLI.hpp>
#include <charconv>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "client/audio_format.h"
#include "host/device_choice.h"
#include "host/machine.h"
#include "portside/console.h"

namespace portside::tools {

// A number between two bounds; unlike CLI::Range it refuses what is no number.
inline CLI::Validator within(double low, double high) {
  return CLI::Validator(
      [low, high](std::string& text) {
        char* end = nullptr;
        const double value = std::strtod(text.c_str(), &end);
        return end && *end == 0 && value >= low && value <= high
                   ? std::string()
                   : text + " is not between " + std::to_string(low) + " and " + std::to_string(high);
      },
      "NUMBER");
}

// A number from 0 to 2^64 - 1, in digits alone: "-1" is none, however many bits it has.
inline CLI::Validator seed_number() {
  return CLI::Validator(
      [](std::string& text) {
        uint64_t value = 0;
        const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc() && stop == text.data() + text.size() && !text.empty()
                   ? std::string()
                   : text + " is no seed: a seed is a number from 0 to 18446744073709551615";
      },
      "NUMBER");
}

using Runner = std::function<ExitCode(const Console&)>;

// What every command that runs a driver takes.
struct DriverOptions {
  std::string driver;
  bool no_inf = false;
  std::string hardware_id;
  uint32_t instances = 1;
  std::string endpoint;
  uint64_t seed = 1;
  bool realtime = false;
  bool no_verify = false;
  bool allow_missing = false;
  bool debug_print = false;
  std::string trace;
  std::string drive_c;
  std::string coverage;
  std::vector<std::string> devices;  // --device
  std::string heard, input, bus_faults;
  uint32_t sound_rate = 48000;  // of what a card says and hears

  // play and record: instead of a driver, one that another process hosts.
  std::string socket;
  const CLI::App* app = nullptr;
  bool at_host() const { return app && app->count("--socket") > 0; }

  void declare(CLI::App& app);
  // The driver of a host (--socket) is one as well.
  void declare_with_socket(CLI::App& app);
  host::MachineOptions machine_options() const;
  // Installs the driver as the options say. A person is told of an INF that was found; what the INF asks for in vain is told always.
  Result<> install(const Console& console, host::Machine& machine) const;
  // The options of devices, and whether they go together; an error is a sentence.
  Result<host::DeviceRequest> device_request() const;
  // Makes the machine, runs the body with it, and writes what was counted (--coverage).
  ExitCode with_machine(const Console& console, const std::function<ExitCode(host::Machine&)>& body) const;
};

Runner add_play(CLI::App& app);
Runner add_record(CLI::App& app);
Runner add_try(CLI::App& app);
Runner add_verify(CLI::App& app);
Runner add_explain(CLI::App& app);
Runner add_inspect(CLI::App& app);
Runner add_imports(CLI::App& app);
Runner add_devices(CLI::App& app);
Runner add_serve(CLI::App& app);
Runner add_list(CLI::App& app);
Runner add_monitor(CLI::App& app);
Runner add_demo(CLI::App& app);
Runner add_completion(CLI::App& app);
Runner add_man(CLI::App& app);
Runner add_new(CLI::App& app);
Runner add_support(CLI::App& app);

// Prints the findings and the bug check, if any; the exit code that follows from them.
ExitCode print_verdict(const Console& console, host::Machine& machine);
// The same after an error: a bug check is the driver's fault, anything else bad input.
ExitCode failed(const Console& console, host::Machine& machine, const Status& status);

}  // namespace portside::tools
