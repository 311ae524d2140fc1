// portside: the command line.

#include <fmt/format.h>

#include <cstdio>

#include "portside/command.h"
#include "portside/gdb.h"

namespace portside::tools {
namespace {

int run(int argc, char** argv) {
  CLI::App app{
      "Runs Windows WaveRT audio drivers in user space: installs one, plays and records through it, and\n"
      "holds every call it makes against the written contract.",
      "portside"};
  app.set_version_flag("--version", "portside " PORTSIDE_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 clean (deviations and advice do not fail a run), 1 the driver broke a rule, bug-checked, "
      "glitched in\nvirtual time, or lost its device, 2 bad usage or bad input.\n"
      "Manual: portside man | man -l -");

  Console console;
  app.add_flag("-q,--quiet", console.quiet, "Print nothing but errors");
  app.fallthrough();

  struct Entry {
    CLI::App* app;
    Runner run;
  };
  std::vector<Entry> entries;
  const auto add = [&](const char* name, const char* about, Runner (*declare)(CLI::App&)) {
    CLI::App* sub = app.add_subcommand(name, about);
    entries.push_back({sub, declare(*sub)});
    return sub;
  };
  add("play", "Play a sound file through a driver's render endpoint", add_play);
  add("record", "Record a driver's capture endpoint into a WAV", add_record);
  add("try", "Play and record every endpoint in every format and mode it offers", add_try);
  add("verify", "Put a driver to every check there is, and report", add_verify);
  add("explain", "Say what a rule or a bug check means, with a wrong and a right example", add_explain);
  add("inspect", "Show a driver's filters, pins, formats, nodes and connections", add_inspect);
  add("devices", "List what can be put under a driver on this machine", add_devices);
  add("serve", "Give a driver's endpoints to other programs", add_serve);
  add("list", "List the endpoints that a driver host serves", add_list);
  add("monitor", "Watch what a driver host does, live", add_monitor);
  add("imports", "List what a driver image imports, and how complete each import is here", add_imports);
  add("demo", "Play and record through the sample driver, then show what its broken twin is told", add_demo);
  add("new", "Write a small driver project that builds, plays and has tests", add_new);
  add("support", "List what is supported: exports, interfaces, properties", add_support);
  add("completion", "Print the completion script for bash, zsh or fish", add_completion);
  add("man", "Print the manual page", add_man)->group("");
  bool gdb = false;
  for (const Entry& entry : entries) {
    const std::string& name = entry.app->get_name();
    if (name == "play" || name == "record" || name == "try" || name == "inspect")
      entry.app->add_flag("--gdb", gdb, "Start gdb with the driver's symbols: break DriverEntry, run");
    if (name == "play" || name == "record" || name == "try" || name == "verify" || name == "inspect" ||
        name == "imports" || name == "explain" || name == "devices" || name == "support" || name == "list" ||
        name == "monitor")
      entry.app->add_flag("--json", console.json, "Print one JSON document");
  }

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) { return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::kBadInput); }
  if (gdb) return static_cast<int>(run_under_gdb(console, argc, argv));
  for (const Entry& entry : entries)
    if (entry.app->parsed()) {
      const ExitCode exit = entry.run(console);
      // What did not reach its reader must not look like a success.
      if (std::fflush(stdout) != 0)
        return static_cast<int>(console.error(Status(StatusCode::kUnsuccessful, "the output could not be written")));
      return static_cast<int>(exit);
    }
  return static_cast<int>(ExitCode::kBadInput);
}

}  // namespace
}  // namespace portside::tools

int main(int argc, char** argv) { return portside::tools::run(argc, argv); }
