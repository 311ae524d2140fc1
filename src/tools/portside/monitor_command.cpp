// portside monitor: what a driver host does, live.

#include <fmt/format.h>
#include <langinfo.h>

#include <chrono>
#include <clocale>
#include <cstring>
#include <fstream>

#include "portside/client.h"
#include "portside/command.h"
#include "portside/monitor_view.h"
#include "portside/terminal_screen.h"

namespace portside::tools {
namespace {

using std::chrono::milliseconds;

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

// The kernel's name of each client: the host may not look at it.
void name_programs(MonitorSight& sight) {
  for (MonitorSight::Stream& stream : sight.streams)
    if (stream.program.empty()) std::getline(std::ifstream(fmt::format("/proc/{}/comm", stream.pid)), stream.program);
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

class Monitor {
 public:
  Monitor(std::unique_ptr<Client> client, const MonitorOptions& options, TerminalScreen& screen)
      : client_(std::move(client)), options_(options), screen_(screen), unicode_(speaks_utf8()) {}

  // Until it is quit. A host that has gone is waited for: its last picture stays, with the reason.
  void run() {
    using Clock = std::chrono::steady_clock;
    for (auto next = Clock::now();;) {
      if (Clock::now() >= next) {
        look();
        next = Clock::now() + milliseconds(options_.refresh_ms);
        draw();
      }
      const auto left = std::chrono::ceil<milliseconds>(next - Clock::now());
      const auto key = screen_.key(std::max(left, milliseconds(0)));
      if (!key) continue;
      if (*key == Key::kQuit) return;
      const size_t last = sight_.streams.empty() ? 0 : sight_.streams.size() - 1;
      if (*key == Key::kUp && chosen_ > 0) --chosen_;
      if (*key == Key::kDown && chosen_ < last) ++chosen_;
      if (*key == Key::kReset) history_.reset();
      draw();
    }
  }

 private:
  void look() {
    if (!client_) {
      if (auto again = Client::connect(options_.socket)) client_ = std::move(*again);
      else return;
      history_.reset();
    }
    const auto text = client_->snapshot();
    auto sight = text ? MonitorSight::read(*text) : Result<MonitorSight>(fail(text.error()));
    if (!sight) {
      trouble_ = sight.error().sentence();
      if (sight.error().code() == StatusCode::kMachineEnded) client_.reset();
      return;
    }
    trouble_.clear();
    sight_ = std::move(*sight);
    name_programs(sight_);
    history_.add(sight_);
    chosen_ = std::min(chosen_, sight_.streams.empty() ? 0 : sight_.streams.size() - 1);
  }
  void draw() {
    Canvas canvas(screen_.width(), screen_.height());
    MonitorView{.sight = sight_, .history = history_, .chosen = chosen_, .unicode = unicode_, .keys = true, .trouble = trouble_}.draw(canvas);
    screen_.show(canvas);
  }

  std::unique_ptr<Client> client_;
  const MonitorOptions& options_;
  TerminalScreen& screen_;
  const bool unicode_;
  MonitorSight sight_;
  MonitorHistory history_;
  size_t chosen_ = 0;
  std::string trouble_;
};

ExitCode watch(const Console& console, std::unique_ptr<Client> client, const MonitorOptions& options) {
  (void)speaks_utf8();  // before ncurses asks for the locale
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
  Monitor(std::move(client), options, **screen).run();
  const bool recorded = (*screen)->finish_recording();
  screen->reset();
  if (!recorded) return console.error(Status(StatusCode::kDiskFull, options.record + " could not be written"));
  return ExitCode::kClean;
}

ExitCode monitor(const Console& console, const MonitorOptions& options) {
  auto client = Client::connect(options.socket);
  if (!client) return console.error(client.error());
  if (!console.json && !options.once) return watch(console, std::move(*client), options);
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
  app.add_option("--socket", options->socket, "The host's socket; else $PORTSIDE_SOCKET, else $XDG_RUNTIME_DIR/portside/host")->type_name("PATH");
  auto* once = app.add_flag("--once", options->once, "Print one picture as plain text, and end");
  app.add_option("--record", options->record, "Write what is shown into an asciicast (version 2)")->type_name("FILE.cast")->excludes(once);
  app.add_option("--refresh", options->refresh_ms, "Milliseconds between two looks")->check(CLI::Range(20, 10000))->capture_default_str();
  return [options](const Console& console) { return monitor(console, *options); };
}

}  // namespace portside::tools
