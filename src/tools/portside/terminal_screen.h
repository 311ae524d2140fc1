#pragma once
// TerminalScreen: a Canvas on the terminal, by ncurses, and the keys that come from it. What ncurses sends goes through
// a pipe, so that it can be recorded to the byte as it is shown.

#include <termios.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>

#include "base/result.h"
#include "portside/asciicast.h"
#include "portside/canvas.h"

struct screen;  // ncurses' SCREEN

namespace portside::tools {

enum class Key : uint8_t { kQuit, kUp, kDown, kReset, kOther };

class TerminalScreen {
 public:
  // The terminal on standard input and output. It is given back as it was by the destructor, and when a signal ends the
  // process.
  static Result<std::unique_ptr<TerminalScreen>> open(bool color);
  ~TerminalScreen();
  TerminalScreen(const TerminalScreen&) = delete;
  TerminalScreen& operator=(const TerminalScreen&) = delete;

  // The terminal's size now: asked for before each picture.
  int width();
  int height();
  // What is shown from now on is recorded, too.
  void record(std::unique_ptr<Asciicast> cast);
  bool finish_recording();

  void show(const Canvas& canvas);
  // The next key within that time; kQuit also for a signal that ends.
  std::optional<Key> key(std::chrono::milliseconds within);

 private:
  TerminalScreen() = default;
  void measure();
  void pass_on();

  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Closer> to_curses_;  // ncurses' end of the pipe
  int from_curses_ = -1;
  ::screen* screen_ = nullptr;
  std::optional<termios> before_;
  bool color_ = false;
  int width_ = 80, height_ = 24;
  std::unique_ptr<Asciicast> cast_;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace portside::tools
