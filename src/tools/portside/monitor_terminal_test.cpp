// The monitor in a terminal: a child process on a pseudo-terminal, whose screen libvterm makes of what it sends.
#include <gtest/gtest.h>

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vterm.h>

#include <array>
#include <clocale>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/temporary_folder.h"
#include "plugins/alsa/fake_host_fixture.h"
#include "portside/monitor_loop.h"

namespace portside::tools {
namespace {

constexpr const char* kTwoStreams = R"({"version":1,"driver":"cable","uptime_ns":61000000000,
  "endpoints":[{"id":"speaker","name":"Speaker","direction":"render","plugged_in":true}],
  "streams":[{"id":1,"program":"aplay","pid":11,"endpoint":"speaker","state":"run","format":{"type":"s16","channels":2,"rate":48000},"glitches":0,
              "levels":[{"peak":0.5,"rms":0.3},{"peak":0.5,"rms":0.3}]},
             {"id":2,"program":"mpv","pid":12,"endpoint":"speaker","state":"pause","format":{"type":"s16","channels":2,"rate":48000},"glitches":0}]})";

// The child's screen, and its keyboard.
class Terminal {
 public:
  Terminal(int rows, int columns, const std::function<int()>& child) {
    winsize size{.ws_row = static_cast<unsigned short>(rows),
                 .ws_col = static_cast<unsigned short>(columns),
                 .ws_xpixel = 0,
                 .ws_ypixel = 0};
    child_ = ::forkpty(&master_, nullptr, nullptr, &size);
    if (child_ == 0) {
      ::setenv("TERM", "xterm-256color", 1);
      std::_Exit(child());
    }
    terminal_ = ::vterm_new(rows, columns);
    ::vterm_set_utf8(terminal_, 1);
    ::vterm_screen_enable_altscreen(::vterm_obtain_screen(terminal_), 1);
    ::vterm_screen_reset(::vterm_obtain_screen(terminal_), 1);
  }
  ~Terminal() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    ::close(master_);
    ::vterm_free(terminal_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void press(std::string_view keys) {
    [[maybe_unused]] const ssize_t bytes = ::write(master_, keys.data(), keys.size());
  }
  void resize(int rows, int columns) {
    winsize size{.ws_row = static_cast<unsigned short>(rows),
                 .ws_col = static_cast<unsigned short>(columns),
                 .ws_xpixel = 0,
                 .ws_ypixel = 0};
    ::vterm_set_size(terminal_, rows, columns);
    ::ioctl(master_, TIOCSWINSZ, &size);
  }
  // Until the screen says that; false when the child ended, or nothing came for ten seconds.
  bool shows(std::string_view text) {
    while (screen().find(text) == std::string::npos)
      if (!take()) return false;
    return true;
  }
  std::string screen() const {
    int rows = 0, columns = 0;
    ::vterm_get_size(terminal_, &rows, &columns);
    std::string text;
    std::vector<char> line(static_cast<size_t>(columns) * 4 + 1);
    for (int row = 0; row < rows; ++row) {
      const size_t bytes =
          ::vterm_screen_get_text(::vterm_obtain_screen(terminal_), line.data(), line.size() - 1,
                                  {.start_row = row, .end_row = row + 1, .start_col = 0, .end_col = columns});
      text += std::string(line.data(), bytes) + "\n";
    }
    return text;
  }
  // The child's end: its exit status, or minus the signal.
  int end() {
    while (take()) {}
    int status = 0;
    ::waitpid(std::exchange(child_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  void signal(int number) const { ::kill(child_, number); }
  bool echoes() const {
    termios modes{};
    ::tcgetattr(master_, &modes);
    return (modes.c_lflag & ECHO) != 0;
  }

 private:
  bool take() {
    pollfd input{.fd = master_, .events = POLLIN, .revents = 0};
    if (::poll(&input, 1, 10'000) <= 0) return false;
    std::array<char, 4096> block;
    const ssize_t bytes = ::read(master_, block.data(), block.size());
    if (bytes <= 0) return false;
    ::vterm_input_write(terminal_, block.data(), static_cast<size_t>(bytes));
    return true;
  }

  int master_ = -1;
  pid_t child_ = -1;
  VTerm* terminal_ = nullptr;
};

// In the child: a monitor of a host that says what it says, and after that many looks has gone.
// The host outlives the watch, whose thread may still look at it.
int watch(const std::string& cast, int looks = -1, std::function<void()> before_snapshot = {}) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  auto& host = *new testing::FakeHost;
  host.before_snapshot = std::move(before_snapshot);
  host.snapshot = kTwoStreams;
  auto screen = TerminalScreen::open(true);
  if (!screen) return 3;
  if (!cast.empty()) {
    auto made = Asciicast::create(cast, (*screen)->width(), (*screen)->height());
    if (!made) return 4;
    (*screen)->record(std::move(*made));
  }
  MonitorLoop(
      [&host, looks]() mutable -> Result<std::unique_ptr<Client>> {
        if (looks-- == 0) host.alive = Status(StatusCode::kMachineEnded, "the driver host has gone");
        if (!host.alive.is_ok()) return fail(host.alive);
        return std::make_unique<testing::FakeClient>(host);
      },
      **screen, std::chrono::milliseconds(20), true)
      .run();
  const bool recorded = (*screen)->finish_recording();
  screen->reset();
  return recorded ? 0 : 5;
}

TEST(MonitorTerminal, ShowsTheHost_ChoosesAndQuits) {
  Terminal terminal(24, 80, [] { return watch({}); });
  ASSERT_TRUE(terminal.shows("▸ aplay 11 → speaker")) << terminal.screen();
  EXPECT_TRUE(terminal.shows("-6.0 dB"));
  EXPECT_FALSE(terminal.echoes());
  terminal.press("\x1b[15~x");  // what it does not know does nothing
  terminal.press("\x1bOB");
  EXPECT_TRUE(terminal.shows("▸ mpv 12")) << terminal.screen();
  terminal.press("\x1bOA");
  EXPECT_TRUE(terminal.shows("▸ aplay 11")) << terminal.screen();
  terminal.press("zzz");
  terminal.press("\x1bOB");
  EXPECT_TRUE(terminal.shows("▸ mpv 12")) << terminal.screen();
  EXPECT_EQ(terminal.screen().find("zz"), std::string::npos) << terminal.screen();
  terminal.press("q");
  EXPECT_EQ(terminal.end(), 0);
  EXPECT_TRUE(terminal.echoes()) << "the terminal is given back as it was";
}

TEST(MonitorTerminal, FollowsTheTerminalsSize) {
  Terminal terminal(24, 80, [] { return watch({}); });
  ASSERT_TRUE(terminal.shows("aplay 11")) << terminal.screen();
  terminal.resize(12, 44);
  ASSERT_TRUE(terminal.shows("q quit")) << terminal.screen();
  terminal.press("j");
  EXPECT_TRUE(terminal.shows("▸ mpv 12")) << terminal.screen();
  terminal.press("q");
  EXPECT_EQ(terminal.end(), 0);
}

TEST(MonitorTerminal, ASignalEndsItInOrder) {
  Terminal terminal(24, 80, [] { return watch({}); });
  ASSERT_TRUE(terminal.shows("aplay 11"));
  terminal.signal(SIGTERM);
  EXPECT_EQ(terminal.end(), 0);
  EXPECT_TRUE(terminal.echoes());
}

TEST(MonitorTerminal, KeysThatWouldSendASignalEndItInOrder) {
  for (const char* key : {"\x03", "\x1c"}) {
    Terminal terminal(24, 80, [] { return watch({}); });
    ASSERT_TRUE(terminal.shows("aplay 11"));
    terminal.press(key);
    EXPECT_EQ(terminal.end(), 0);
    EXPECT_TRUE(terminal.echoes());
  }
}

// As a shell runs a job: in the foreground until it stops, and again.
int run_as_job(const std::function<int()>& job) {
  ::signal(SIGTTOU, SIG_IGN);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setpgid(0, 0);
    ::tcsetpgrp(STDIN_FILENO, ::getpid());
    ::signal(SIGTTOU, SIG_DFL);
    std::_Exit(job());
  }
  int status = 0;
  ::waitpid(pid, &status, WUNTRACED);
  if (!WIFSTOPPED(status)) return 6;
  termios modes{};
  ::tcgetattr(STDIN_FILENO, &modes);
  const bool well = (modes.c_lflag & ECHO) != 0 && (modes.c_lflag & ISIG) != 0 && (modes.c_lflag & ICANON) != 0;
  ::dprintf(STDOUT_FILENO, "\r\n%s\r\n", well ? "stopped, all is well" : "stopped, modes are wrong");
  ::tcsetpgrp(STDIN_FILENO, ::getpgrp());
  char go_on = 0;
  if (::read(STDIN_FILENO, &go_on, 1) != 1) return 7;
  ::tcsetpgrp(STDIN_FILENO, pid);
  ::kill(-pid, SIGCONT);
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 8;
}

TEST(MonitorTerminal, ControlZGivesTheTerminalBack_UntilItGoesOn) {
  Terminal terminal(24, 80, [] { return run_as_job([] { return watch({}); }); });
  ASSERT_TRUE(terminal.shows("aplay 11")) << terminal.screen();
  terminal.press("\x1a");
  ASSERT_TRUE(terminal.shows("stopped, all is well")) << terminal.screen();
  EXPECT_EQ(terminal.screen().find("aplay 11"), std::string::npos) << "the screen before it is there again";
  terminal.press("\n");
  ASSERT_TRUE(terminal.shows("aplay 11")) << terminal.screen();
  EXPECT_FALSE(terminal.echoes());
  terminal.press("q");
  EXPECT_EQ(terminal.end(), 0);
}

TEST(MonitorTerminal, AHostThatStandsIsSaidSo_AndTheKeysAreHeard) {
  Terminal terminal(24, 80, [] {
    return watch({}, -1, [] {
      for (;;) ::pause();
    });
  });
  EXPECT_TRUE(terminal.shows("the driver host does not answer")) << terminal.screen();
  terminal.press("q");
  EXPECT_EQ(terminal.end(), 0);
}

TEST(MonitorTerminal, AHostThatIsNotThereIsSaidSo) {
  Terminal terminal(24, 80, [] { return watch({}, 0); });
  EXPECT_TRUE(terminal.shows("the driver host has gone")) << terminal.screen();
  terminal.press("q");
  EXPECT_EQ(terminal.end(), 0);
}

TEST(MonitorTerminal, WhatItRecordsIsWhatItShowed) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "m.cast").string();
  Terminal terminal(24, 80, [&] { return watch(path); });
  ASSERT_TRUE(terminal.shows("▸ aplay 11"));
  const std::string shown = terminal.screen();
  terminal.press("q");
  ASSERT_EQ(terminal.end(), 0);

  // Played into another terminal it gives the same picture.
  std::ifstream cast(path);
  std::string line;
  ASSERT_TRUE(std::getline(cast, line));
  VTerm* again = ::vterm_new(24, 80);
  ::vterm_set_utf8(again, 1);
  ::vterm_screen_reset(::vterm_obtain_screen(again), 1);
  double before = 0;
  std::string picture;
  while (std::getline(cast, line)) {
    const auto piece = nlohmann::json::parse(line);
    EXPECT_GE(piece[0].get<double>(), before);
    before = piece[0];
    const std::string bytes = piece[2];
    ::vterm_input_write(again, bytes.data(), bytes.size());
    std::array<char, 4096> row;
    const size_t length = ::vterm_screen_get_text(::vterm_obtain_screen(again), row.data(), row.size(),
                                                  {.start_row = 0, .end_row = 1, .start_col = 0, .end_col = 80});
    const std::string text(row.data(), length);
    if (shown.starts_with(text) && !text.empty()) picture = text;
  }
  ::vterm_free(again);
  EXPECT_NE(picture.find("portside monitor  cable"), std::string::npos);
}

}  // namespace
}  // namespace portside::tools
