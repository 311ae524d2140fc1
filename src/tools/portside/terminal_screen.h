#pragma once
// TerminalScreen: a Canvas on the terminal, by ncurses, and the keys that come from it. What ncurses sends goes into
// a file in memory, so that it can be recorded to the byte as it is shown.

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
  // The terminal on standard input and output. It is given back as it was by the destructor, when a signal ends the
  // process, and while it is stopped by ^Z.
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
  // The next key within that time; kQuit also for a signal that ends, and for the keys that send one (^C, ^\).
  std::optional<Key> key(std::chrono::milliseconds within);

 private:
  TerminalScreen() = default;
  void measure();
  void pass_on();
  void take_terminal();
  void give_terminal_back();
  void suspend();

  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Closer> sent_;  // by ncurses, and not yet passed on
  ::screen* screen_ = nullptr;
  std::optional<termios> before_;
  bool color_ = false;
  int width_ = 80, height_ = 24;
  std::unique_ptr<Asciicast> cast_;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace portside::tools
