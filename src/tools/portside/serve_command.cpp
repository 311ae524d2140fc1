// portside serve: a driver for other processes: portside list, play and record --socket, ALSA's plugin, anything that links
// Portside::client.

#include <fmt/format.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "base/descriptor.h"
#include "host/processor_load.h"
#include "portside/command.h"
#include "service/driver_host.h"

namespace portside::tools {
namespace {

struct ServeOptions {
  DriverOptions driver;
  std::string socket, report;
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

ExitCode serve(const Console& console, const ServeOptions& options) {
  const Descriptor ends = ends_asked_for();
  if (!ends) return console.error(Status(StatusCode::kInsufficientResources, "no descriptor for signals"));
  auto listener = service::Listener::create(options.socket);
  if (!listener) return console.error(listener.error());
  DriverOptions driver = options.driver;
  driver.realtime = true;
  return driver.with_machine(console, [&](host::Machine& machine) {
    const host::ProcessorLoad load(machine);
    if (auto installed = driver.install(console, machine); !installed) return failed(console, machine, installed.error());
    const std::string path = (*listener)->path();
    auto host = service::DriverHost::create(machine, load, std::move(*listener), ends.get());
    if (!host) return failed(console, machine, host.error());
    console.line(fmt::format("serving {} at {}", (*host)->driver_name(), path));
    std::fflush(stdout);
    if (auto ran = (*host)->run(); !ran) return failed(console, machine, ran.error());
    if (auto removed = machine.uninstall(); !removed) return failed(console, machine, removed.error());
    return print_verdict(console, machine);
  });
}

}  // namespace

Runner add_serve(CLI::App& app) {
  auto options = std::make_shared<ServeOptions>();
  options->driver.declare(app);
  app.add_option("--socket", options->socket, "Where clients connect; else $PORTSIDE_SOCKET, else $XDG_RUNTIME_DIR/portside/host")->type_name("PATH");
  return [options](const Console& console) { return serve(console, *options); };
}

}  // namespace portside::tools
