// portside monitor: what a driver host does, live.

#include <langinfo.h>

#include <clocale>
#include <cstring>

#include "portside/client.h"
#include "portside/command.h"
#include "portside/monitor_loop.h"
#include "portside/monitor_view.h"
#include "portside/terminal_screen.h"

namespace portside::tools {
namespace {

struct MonitorOptions {
  std::string socket, record;
  bool once = false;
  int refresh_ms = 100;
};

// Bars and sparks need a terminal that is told UTF-8.
bool speaks_utf8() {
  std::setlocale(LC_CTYPE, "");
  return std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0;
}

ExitCode print_once(const Console& console, const MonitorSight& sight) {
  const MonitorHistory none;
  const MonitorView view{.sight = sight, .history = none, .unicode = speaks_utf8(), .keys = false};
  Canvas canvas(100, view.height());
  view.draw(canvas);
  std::string text;
  for (int y = 0; y < canvas.height(); ++y) text += canvas.line(y) + "\n";
  text.erase(text.find_last_not_of('\n') + 1);
  console.product(text);
  return ExitCode::kClean;
}

ExitCode watch(const Console& console, const MonitorOptions& options) {
  const bool unicode = speaks_utf8();  // before ncurses asks for the locale
  auto screen = TerminalScreen::open(console.color());
  if (!screen) return console.error(screen.error());
  if (!options.record.empty()) {
    auto cast = Asciicast::create(options.record, (*screen)->width(), (*screen)->height());
    if (!cast) {
      screen->reset();
      return console.error(cast.error());
    }
    (*screen)->record(std::move(*cast));
  }
  MonitorLoop([socket = options.socket] { return Client::connect(socket); }, **screen,
              std::chrono::milliseconds(options.refresh_ms), unicode)
      .run();
  const bool recorded = (*screen)->finish_recording();
  screen->reset();
  if (!recorded) return console.error(Status(StatusCode::kDiskFull, options.record + " could not be written"));
  return ExitCode::kClean;
}

ExitCode monitor(const Console& console, const MonitorOptions& options) {
  auto client = Client::connect(options.socket);
  if (!client) return console.error(client.error());
  if (!console.json && !options.once) {
    client->reset();  // there is a host: the loop connects by itself, and again
    return watch(console, options);
  }
  const auto text = (*client)->snapshot();
  if (!text) return console.error(text.error());
  if (console.json) {
    console.product(*text);
    return ExitCode::kClean;
  }
  auto sight = MonitorSight::read(*text);
  if (sight) name_programs(*sight);
  return sight ? print_once(console, *sight) : console.error(sight.error());
}

}  // namespace

Runner add_monitor(CLI::App& app) {
  auto options = std::make_shared<MonitorOptions>();
  app.add_option("--socket", options->socket,
                 "The host's socket; else $PORTSIDE_SOCKET, else $XDG_RUNTIME_DIR/portside/host")
      ->type_name("PATH");
  auto* once = app.add_flag("--once", options->once, "Print one picture as plain text, and end");
  app.add_option("--record", options->record, "Write what is shown into an asciicast (version 2)")
      ->type_name("FILE.cast")
      ->excludes(once);
  app.add_option("--refresh", options->refresh_ms, "Milliseconds between two looks")
      ->check(CLI::Range(20, 10000))
      ->capture_default_str();
  return [options](const Console& console) { return monitor(console, *options); };
}

}  // namespace portside::tools
