#include "portside/terminal_screen.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include <ncurses.h>

#include <array>
#include <cerrno>

#include "base/descriptor.h"

namespace portside::tools {
namespace {

constexpr int kControlC = 3, kControlZ = 26, kControlBackslash = 28;

volatile sig_atomic_t ended = 0;

void end_is_asked_for(int) { ended = 1; }

constexpr size_t kInks = static_cast<size_t>(Ink::kChosen) + 1;

struct Look {
  short color;
  attr_t attributes;
};
// In the order of Ink. Without colors the attributes tell the same.
constexpr std::array<Look, kInks> kLooks = {{{-1, A_NORMAL},
                                             {-1, A_BOLD},
                                             {-1, A_DIM},
                                             {COLOR_GREEN, A_NORMAL},
                                             {COLOR_YELLOW, A_NORMAL},
                                             {COLOR_RED, A_BOLD},
                                             {COLOR_CYAN, A_NORMAL},
                                             {-1, A_REVERSE}}};

}  // namespace

Result<std::unique_ptr<TerminalScreen>> TerminalScreen::open(bool color) {
  if (!::isatty(STDIN_FILENO) || !::isatty(STDOUT_FILENO))
    return fail(StatusCode::kInvalidParameter,
                "no terminal here: --once prints one picture as text, --json the raw snapshot");
  std::unique_ptr<TerminalScreen> screen(new TerminalScreen);
  // Not a pipe: a picture of any size goes in, and ncurses never waits for us.
  Descriptor memory(::memfd_create("terminal", MFD_CLOEXEC));
  if (!memory) return fail(StatusCode::kInsufficientResources, "no memory or descriptors for the terminal");
  screen->sent_.reset(::fdopen(memory.release(), "w"));
  screen->screen_ = ::newterm(nullptr, screen->sent_.get(), stdin);
  if (screen->screen_ == nullptr)
    return fail(StatusCode::kNotSupported, "the terminal ($TERM) is not known to ncurses");

  struct sigaction action{};
  action.sa_handler = end_is_asked_for;
  for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
  screen->take_terminal();
  ::noecho();  // ncurses has an echo of its own
  ::nodelay(stdscr, TRUE);
  ::keypad(stdscr, TRUE);
  ::set_escdelay(25);
  ::curs_set(0);
  screen->color_ = color && ::has_colors();
  if (screen->color_) {
    ::start_color();
    ::use_default_colors();
    for (size_t ink = 0; ink < kInks; ++ink) ::init_pair(static_cast<short>(ink + 1), kLooks[ink].color, -1);
  }
  screen->began_ = std::chrono::steady_clock::now();
  screen->measure();
  return screen;
}

TerminalScreen::~TerminalScreen() {
  if (screen_ != nullptr) {
    ::endwin();
    pass_on();
    ::delscreen(screen_);
  }
  give_terminal_back();
}

// ncurses sees a file, and cannot set the terminal's modes itself. Keys that send signals are keys here: a signal that
// nobody expects would leave the terminal as it is.
void TerminalScreen::take_terminal() {
  termios modes{};
  if (::tcgetattr(STDIN_FILENO, &modes) != 0) return;
  before_ = modes;
  modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
  modes.c_cc[VMIN] = 1;
  modes.c_cc[VTIME] = 0;
  ::tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

void TerminalScreen::give_terminal_back() {
  if (before_) ::tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
  before_.reset();
}

// As the terminal would have it done: the whole job stops, and where no shell could go on with it nothing does.
void TerminalScreen::suspend() {
  ::endwin();
  pass_on();
  give_terminal_back();
  ::kill(0, SIGTSTP);
  take_terminal();
  ::clearok(curscr, TRUE);
  ::refresh();
  pass_on();
}

void TerminalScreen::measure() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return;
  width_ = size.ws_col;
  height_ = size.ws_row;
  if (width_ != COLS || height_ != LINES) {
    ::resizeterm(height_, width_);
    if (cast_) cast_->resize(std::chrono::steady_clock::now() - began_, width_, height_);
    ::clearok(curscr, TRUE);
  }
}

int TerminalScreen::width() {
  measure();
  return width_;
}

int TerminalScreen::height() {
  measure();
  return height_;
}

void TerminalScreen::record(std::unique_ptr<Asciicast> cast) {
  cast_ = std::move(cast);
  began_ = std::chrono::steady_clock::now();
}

bool TerminalScreen::finish_recording() {
  if (!cast_) return true;
  const bool good = cast_->close();
  cast_.reset();
  return good;
}

// What ncurses has sent goes to the terminal, and into the recording.
void TerminalScreen::pass_on() {
  std::fflush(sent_.get());
  const int memory = ::fileno(sent_.get());
  std::string piece;
  std::array<char, 16384> block;
  for (ssize_t bytes; (bytes = ::pread(memory, block.data(), block.size(), static_cast<off_t>(piece.size()))) > 0;)
    piece.append(block.data(), static_cast<size_t>(bytes));
  ::lseek(memory, 0, SEEK_SET);
  (void)!::ftruncate(memory, 0);
  for (size_t done = 0; done < piece.size();) {
    const ssize_t bytes = ::write(STDOUT_FILENO, piece.data() + done, piece.size() - done);
    if (bytes < 0 && errno != EINTR) break;
    if (bytes > 0) done += static_cast<size_t>(bytes);
  }
  if (cast_) cast_->output(std::chrono::steady_clock::now() - began_, piece);
}

void TerminalScreen::show(const Canvas& canvas) {
  ::erase();
  for (int y = 0; y < canvas.height(); ++y)
    for (int x = 0; x < canvas.width(); ++x) {
      const Canvas::Cell& cell = canvas.at(x, y);
      if (cell.glyph == 0 || (cell.glyph == U' ' && cell.ink != Ink::kChosen)) continue;
      const size_t ink = static_cast<size_t>(cell.ink);
      const wchar_t glyph[2] = {static_cast<wchar_t>(cell.glyph), 0};
      cchar_t made;
      ::setcchar(&made, glyph, kLooks[ink].attributes, color_ ? static_cast<short>(ink + 1) : short{0}, nullptr);
      ::mvadd_wch(y, x, &made);
    }
  ::refresh();
  pass_on();
}

std::optional<Key> TerminalScreen::key(std::chrono::milliseconds within) {
  if (ended) return Key::kQuit;
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  const int came = ::poll(&input, 1, static_cast<int>(within.count()));
  if (ended) return Key::kQuit;
  if (came <= 0) return std::nullopt;
  const int code = ::getch();
  pass_on();  // getch refreshes
  switch (code) {
    case 'q':
    case 'Q':
    case kControlC:
    case kControlBackslash: return Key::kQuit;
    case kControlZ: suspend(); return Key::kOther;
    case KEY_UP:
    case 'k': return Key::kUp;
    case KEY_DOWN:
    case 'j': return Key::kDown;
    case 'r': return Key::kReset;
    case ERR: return input.revents & (POLLHUP | POLLERR) ? std::optional(Key::kQuit) : std::nullopt;
    default: return Key::kOther;
  }
}

}  // namespace portside::tools
