// portside demo: the sample driver played and recorded, then its twin that forgets UnmapAllocatedPages.

#include <fmt/format.h>
#include <unistd.h>

#include "host/page_call_log.h"
#include "portside/stream_output.h"

namespace portside::tools {
namespace {

struct DemoOptions {
  std::string drivers;
  std::string sound = "/usr/share/sounds/alsa/Front_Center.wav";
  std::string out = "portside-demo.wav";
  std::string trace;
  uint64_t seed = 1;
};

// Where the drivers lie that were built with this program: beside it in a build tree.
std::filesystem::path built_drivers() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  for (auto folder = self.parent_path(); !folder.empty() && folder != folder.root_path(); folder = folder.parent_path())
    if (std::filesystem::exists(folder / "drivers/cable/cable.sys")) return folder / "drivers/cable";
  return "drivers/cable";
}

void print_pages(const Console& console, const host::PageCallLog& log) {
  console.heading("cyclic buffers");
  for (const host::PageCallLog::Buffer& buffer : log.buffers()) {
    console.fact(
        fmt::format("stream {}", buffer.stream),
        fmt::format("{} bytes in {} pages, cache type {}", buffer.bytes, buffer.pages.size(), buffer.cache_type));
    std::string addresses;
    for (size_t i = 0; i < std::min<size_t>(6, buffer.pages.size()); ++i)
      addresses += fmt::format(" 0x{:X}", buffer.pages[i].value);
    console.fact("", "physical" + addresses + (buffer.pages.size() > 6 ? " ..." : ""));
  }
}

struct DemoRun {
  ExitCode exit = ExitCode::kClean;
  bool identical = false;
};

DemoRun run_driver(const Console& console, const DemoOptions& options, const std::filesystem::path& driver,
                   const client::Sound& sound, const std::string& out, const std::string& trace, bool calls_only) {
  host::MachineOptions machine_options;
  machine_options.seed = options.seed;
  machine_options.trace = trace;
  auto created = host::Machine::create(machine_options);
  if (!created) return {console.error(created.error())};
  host::Machine& machine = **created;
  host::PageCallLog log(machine);
  if (auto installed = machine.install(driver); !installed) return {failed(console, machine, installed.error())};

  client::DuplexRequest request;
  request.sound = sound;
  request.record = true;
  request.stream.buffer = std::chrono::milliseconds(200);  // several pages, so that one sees them scattered
  auto outcome = run_session(console, machine, std::move(request));
  if (!outcome) return {failed(console, machine, outcome.error())};
  if (auto removed = machine.uninstall(); !removed) return {failed(console, machine, removed.error())};

  const client::Comparison none{};
  const client::Comparison& c = outcome->comparison ? *outcome->comparison : none;
  if (calls_only) {
    console.heading("IPortWaveRTStream calls");
    for (const std::string& line : log.lines()) console.line("  " + line);
    return {print_verdict(console, machine), c.all_identical()};
  }
  print_endpoints(console, *outcome);
  print_stream(console, "played to " + outcome->render->name, *outcome->play_log);
  print_stream(console, "recorded from " + outcome->capture->name, outcome->recording->log);
  print_pages(console, log);
  console.heading("IPortWaveRTStream calls");
  for (const std::string& line : log.lines()) console.line("  " + line);
  const client::Sound& recorded = outcome->recording->sound;
  if (!out.empty()) {
    if (auto written = client::write_wav(out, recorded.format, recorded.frames); !written)
      return {console.error(written.error())};
  }
  console.heading("result");
  const double audio = static_cast<double>(outcome->audio_time.count()) / 1e9;
  console.fact("time", fmt::format("{:.3f} s of audio in {:.3f} s on the wall: {:.0f} times real time", audio,
                                   outcome->wall_seconds, audio / std::max(outcome->wall_seconds, 1e-9)));
  console.fact("loopback", fmt::format("{} of {} samples identical", c.identical, c.samples));
  if (!out.empty()) console.fact("recording", out);
  return {print_verdict(console, machine), c.all_identical()};
}

ExitCode demo(const Console& console, DemoOptions options) {
  const std::filesystem::path drivers =
      options.drivers.empty() ? built_drivers() : std::filesystem::path(options.drivers);
  const auto sound = client::read_sound(options.sound);
  if (!sound) return console.error(sound.error());

  console.line(fmt::format("cable.sys plays {} and records itself (seed {})", options.sound, options.seed));
  const DemoRun good = run_driver(console, options, drivers / "cable.sys", *sound, options.out, options.trace, false);
  if (good.exit == ExitCode::kBadInput) return good.exit;

  console.line("\ncable_forgets_unmap.sys is the same driver without its call of UnmapAllocatedPages");
  const DemoRun bad = run_driver(console, options, drivers / "cable_forgets_unmap.sys", *sound, {}, {}, true);
  // The demonstration is right when the good driver is clean and the broken one is caught.
  const bool as_it_should = good.exit == ExitCode::kClean && good.identical && bad.exit == ExitCode::kDriverFault;
  console.line(as_it_should ? "\nThe driver is clean, and its broken twin was caught."
                            : "\nThe demonstration did not go as it should.");
  return as_it_should ? ExitCode::kClean : ExitCode::kDriverFault;
}

}  // namespace

Runner add_demo(CLI::App& app) {
  auto options = std::make_shared<DemoOptions>();
  app.add_option("--drivers", options->drivers, "Folder of cable.sys and its twin; else those of this build")
      ->type_name("DIR");
  app.add_option("--sound", options->sound, "What to play")->type_name("FILE")->capture_default_str();
  app.add_option("--out", options->out, "Where to write the recording")->type_name("FILE")->capture_default_str();
  app.add_option("--seed", options->seed, "Seed of the scheduler and of the page allocator")
      ->check(seed_number())
      ->capture_default_str();
  app.add_option("--trace", options->trace, "Write the kernel's events to this file")->type_name("FILE");
  return [options](const Console& console) { return demo(console, *options); };
}

}  // namespace portside::tools
