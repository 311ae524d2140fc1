#pragma once
// Wakeups: the descriptors that an application of a PCM polls, kept level: one of them is readable while there is something to do, and
// none while there is not. The stream's eventfd, a timerfd, and the client's descriptor of changes, by which a host that died is heard.
//
// What it costs: nothing while the application is busy; when it is about to wait, one read() of the eventfd or one
// timerfd_settime(), which clears what woke it last.

#include <poll.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.h"

namespace portside::alsa {

class Wakeups {
 public:
  static constexpr unsigned kCount = 3;

  Wakeups() = default;
  ~Wakeups();
  Wakeups(const Wakeups&) = delete;
  Wakeups& operator=(const Wakeups&) = delete;

  // Neither is owned; either may be -1.
  Result<> open(int changes);
  void use(int notification);  // a stream's; -1: none

  unsigned fill(std::span<pollfd> out) const;
  bool changes_are_in(std::span<const pollfd> polled) const;

  // There is something to do: the application's next poll returns at once.
  void call();
  // There is nothing: clears what is readable, and wakes at `at`, or when it is called or notified. `notified`: the eventfd may be
  // readable, by the stream's count.
  void rest(bool notified, std::optional<std::chrono::nanoseconds> at);

  // For drain: until a notification, a change, or `at`. What came since the last rest() counts. False: a signal came.
  bool wait_until(std::chrono::nanoseconds at);

 private:
  int event() const { return notification_ >= 0 ? notification_ : own_; }

  int own_ = -1;           // stands in for the stream's eventfd while there is none
  int timer_ = -1;
  int changes_ = -1;
  int notification_ = -1;
  bool called_ = false;    // we wrote the eventfd since it was last read
  bool armed_ = false;     // the timer runs, or has expired and is readable
};

}  // namespace portside::alsa
