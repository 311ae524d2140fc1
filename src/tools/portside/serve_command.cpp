// portside serve: a driver for other processes: portside list, play and record --socket, ALSA's plugin, anything that
// links Portside::client.

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "base/descriptor.h"
#include "host/device_watch.h"
#include "host/driver_symbols.h"
#include "host/processor_load.h"
#include "portside/command.h"
#include "portside/injection.h"
#include "report/report_folder.h"
#include "service/driver_host.h"
#include "service/folder_keeper.h"
#include "service/sandbox.h"
#include "verify/problem_list.h"

namespace portside::tools {
namespace {

namespace fs = std::filesystem;

struct ServeOptions {
  DriverOptions driver;
  std::string socket, report, inject;
  bool no_sandbox = false;
  int priority = 0;
};

// SIGTERM and SIGINT, for this thread and all that come after it.
Descriptor ends_asked_for() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  if (pthread_sigmask(SIG_BLOCK, &ends, nullptr) != 0) return {};
  return Descriptor(::signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK));
}

// Hears SIGTERM and SIGINT on a thread that never calls the driver: the first asks the host to end, the second ends it,
// should the driver stand in the host's way. From when the process is confined: the thread is, too.
class EndsHeard {
 public:
  explicit EndsHeard(int signals)
      : signals_(signals), asked_(::eventfd(0, EFD_CLOEXEC)), over_(::eventfd(0, EFD_CLOEXEC)),
        thread_([this] { hear(); }) {}
  ~EndsHeard() {
    set(over_);
    thread_.join();
  }
  EndsHeard(const EndsHeard&) = delete;
  EndsHeard& operator=(const EndsHeard&) = delete;
  // Readable once the host shall end.
  int asked() const { return asked_.get(); }

 private:
  static void set(const Descriptor& event) {
    const uint64_t one = 1;
    (void)!::write(event.get(), &one, sizeof one);
  }
  void hear() {
    for (bool again = false;; again = true) {
      pollfd waits[] = {{signals_, POLLIN, 0}, {over_.get(), POLLIN, 0}};
      while (::poll(waits, 2, -1) < 0 && errno == EINTR) {}
      signalfd_siginfo signal{};
      if (waits[1].revents || ::read(signals_, &signal, sizeof signal) != sizeof signal) return;
      if (again) {
        fmt::print(stderr, "portside: ended at once, as it was told to a second time\n");
        ::_exit(128 + static_cast<int>(signal.ssi_signo));
      }
      set(asked_);
    }
  }

  const int signals_;
  const Descriptor asked_, over_;
  std::thread thread_;
};

// Before the driver's code is there. What is asked of other programs afterwards is asked of those that run already.
Result<> confine(const Console& console, const ServeOptions& options, const fs::path& own, host::Machine& machine) {
  static_cast<host::DriverSymbols&>(machine.symbols()).prepare();
  service::SandboxRequest request;
  request.readable = service::readable_beside(options.driver.driver);
  request.writable = {own, options.driver.drive_c};
  if (!options.report.empty()) request.writable.push_back(options.report);
  if (!options.driver.coverage.empty()) request.writable.push_back(fs::absolute(options.driver.coverage).parent_path());
  request.signals = !options.driver.devices.empty();
  request.priority = options.priority != 0;
  TRY_ASSIGN(const std::vector<std::string> notes, service::confine(request));
  for (const std::string& note : notes) console.note(note);
  return {};
}

// What the driver did wrong while it was served, as portside verify writes it.
ExitCode write_report(const Console& console, const ServeOptions& options, host::Machine& machine, ExitCode exit) {
  report::CampaignReport report;
  report.portside_version = PORTSIDE_VERSION;
  report.command = fmt::format("portside serve --driver {}", options.driver.driver);
  report.driver = machine.drivers().empty() ? fs::path(options.driver.driver).filename().string()
                                            : machine.drivers().front().file.filename().string();
  report.machine_time = machine.now();
  report.runs = 1;
  verify::ProblemList problems(report.problems);
  (void)problems.add(machine, machine.findings(),
                     {.check = "serve", .scenario = "clients of the driver host", .fault = {}, .replay = {}});
  report.checks.push_back({.check = "serve", .planned = 1, .run = 1, .note = {}});
  const fs::path beside = fs::absolute(options.driver.driver).parent_path();
  report::SourceFiles sources({beside}, beside);
  if (const auto written = report::write_report_folder(options.report, report, sources); !written)
    return console.error(written.error());
  return exit;
}

// What a host has beside its machine.
struct Place {
  std::unique_ptr<service::FolderKeeper> keeper;  // outlives the listener, whose files it removes
  std::unique_ptr<service::Listener> listener;
  fs::path own;  // a folder for what the machine keeps while it runs
};

Result<Place> take_place(const std::string& socket) {
  Place place;
  TRY_ASSIGN(place.listener, service::Listener::create(socket));
  place.own = fs::absolute(place.listener->path() + ".run");
  // Of a host that was killed together with its keeper.
  std::error_code error;
  fs::remove_all(place.own, error);
  if (!fs::create_directories(place.own / "drive-c", error) || !fs::create_directory(place.own / "tmp", error))
    return fail(StatusCode::kDiskFull, fmt::format("{}: {}", place.own.string(), error.message()));
  TRY_ASSIGN(place.keeper, service::FolderKeeper::start(*place.listener, place.own));
  place.listener->leave_files_to(*place.keeper);
  return place;
}

ExitCode serve_machine(const Console& console, const ServeOptions& options, Place& place, int ends,
                       Injection& injection, host::Machine& machine) {
  const std::string path = place.listener->path();
  if (!options.no_sandbox)
    if (const auto confined = confine(console, options, place.own, machine); !confined)
      return console.error(confined.error());
  const EndsHeard heard(ends);
  const host::ProcessorLoad load(machine);
  host::DeviceWatch devices(machine);
  if (auto installed = options.driver.install(console, machine); !installed)
    return failed(console, machine, installed.error());
  auto host = service::DriverHost::create(machine, load, devices, std::move(place.listener), heard.asked());
  if (!host) return failed(console, machine, host.error());
  (*host)->schedule(service::ThreadDuty(options.priority));
  (*host)->list_by([&](std::span<const EndpointInfo> endpoints) { place.keeper->list(endpoints); });
  if (!injection.empty())
    (*host)->add_companion("injection", [&](const std::function<bool()>& over) { injection.run(machine, over); });
  if (const auto ran = (*host)->run([&] {
        console.line(fmt::format("serving {} at {}", (*host)->driver_name(), path));
        std::fflush(stdout);
      });
      !ran) {
    const ExitCode exit = failed(console, machine, ran.error());
    // The threads of a machine that has ended stand in it for good.
    if (machine.ended()) (void)host->release();
    return exit;
  }
  if (auto removed = machine.uninstall(); !removed) return failed(console, machine, removed.error());
  injection.print(console);
  return print_verdict(console, machine);
}

ExitCode serve(const Console& console, ServeOptions options) {
  for (const std::string& device : options.driver.devices)
    if (device.starts_with("model:"))
      return console.error(Status(StatusCode::kNotSupported,
                                  device + " lives on virtual time and cannot be served; portside play --device "
                                           "plays to it, and --device qemu:... is served"));
  auto injection = Injection::parse(options.inject);
  if (!injection) return console.error(injection.error());
  const Descriptor ends = ends_asked_for();
  if (!ends) return console.error(Status(StatusCode::kInsufficientResources, "no descriptor for signals"));
  // Streams have descriptors, and clients have streams.
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &files);
  }
  if (!options.report.empty())
    if (const auto prepared = report::prepare_report_folder(options.report); !prepared)
      return console.error(prepared.error());
  auto place = take_place(options.socket);
  if (!place) return console.error(place.error());
  // Of this thread, and of all that come from it: the machine's. Others take up their own (ThreadDuty).
  const sched_param priority{.sched_priority = options.priority};
  if (options.priority && ::sched_setscheduler(0, SCHED_FIFO, &priority) != 0)
    return console.error(Status(
        StatusCode::kAccessDenied,
        fmt::format("--priority {}: {} (ulimit -r says what is allowed)", options.priority, std::strerror(errno))));
  if (options.driver.drive_c.empty()) options.driver.drive_c = place->own / "drive-c";
  ::setenv("TMPDIR", (place->own / "tmp").c_str(), 1);
  options.driver.realtime = true;
  return options.driver.with_machine(console, [&](host::Machine& machine) {
    const ExitCode served = serve_machine(console, options, *place, ends.get(), *injection, machine);
    return options.report.empty() ? served : write_report(console, options, machine, served);
  });
}

}  // namespace

Runner add_serve(CLI::App& app) {
  auto options = std::make_shared<ServeOptions>();
  options->driver.declare(app);
  // It is always the host's clock, on which no seed has a say.
  for (const char* of_virtual_time : {"--realtime", "--seed"}) app.remove_option(app.get_option(of_virtual_time));
  app.add_option("--socket", options->socket,
                 "Where clients connect; else $PORTSIDE_SOCKET, else $XDG_RUNTIME_DIR/portside/host")
      ->type_name("PATH");
  app.add_option("--report", options->report,
                 "At the end, write report.html, junit.xml, report.sarif and trace.json here")
      ->type_name("DIR");
  app.add_option(
         "--inject", options->inject,
         "What happens meanwhile, EVENT@TIME,...: sleep@500ms,wake@700ms; d3@1s; rebalance, remove, surprise-remove")
      ->type_name("EVENTS");
  app.add_option("--priority", options->priority,
                 "Real-time priority (SCHED_FIFO) of the threads that carry sound; else the usual scheduling")
      ->check(within(1, 99));
  app.add_flag("--no-sandbox", options->no_sandbox,
               "Leave out seccomp and Landlock: for a debugger, or a kernel that refuses them");
  return [options](const Console& console) { return serve(console, *options); };
}

}  // namespace portside::tools
