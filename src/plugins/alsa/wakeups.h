#pragma once
// Wakeups: the descriptors that an application of a PCM polls, kept level: one of them is readable while there is
// something to do, and none while there is not. The stream's notification, an eventfd of our own, and the client's
// descriptor of changes, by which a host that died is heard.
//
// What it costs: nothing while the application is busy; when it is about to wait, one read() of what woke it last.

#include <poll.h>

#include <chrono>
#include <cstdint>
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
  // There is nothing, until the next call or notification. `notified`: the stream's descriptor may be readable, by its
  // count.
  void rest(bool notified);

  // For drain: until a notification, a change, a signal, or that time has passed. What came since the last rest()
  // counts.
  void wait(std::chrono::nanoseconds most);

 private:
  int own_ = -1;
  int changes_ = -1;
  int notification_ = -1;
  bool called_ = false;  // we wrote our own since it was last read
};

}  // namespace portside::alsa
