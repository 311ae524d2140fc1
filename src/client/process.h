#pragma once
// What the operating system gives an application: events with handles, waits with time-outs, the time. Everything here
// is called on a simulated thread, by an application that runs inside the machine.

#include <wdm.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace portside::kernel {
class ThreadObject;
}

namespace portside::client {

// The machine's time since it started.
Nanoseconds now();
// Lets others run for that long, exactly.
void sleep_for(Nanoseconds time);

// CreateEvent: auto-reset, not signalled; closed with the object.
class Event {
 public:
  static Result<std::unique_ptr<Event>> create();
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  HANDLE handle() const { return handle_; }
  void set();
  // False: the time-out passed first. No time-out waits for ever.
  bool wait(std::optional<Nanoseconds> timeout = std::nullopt);
  // WaitForMultipleObjects: the place of the one that was set, the first of several; none: the time-out passed.
  static std::optional<size_t> wait_any(std::span<Event* const> events,
                                        std::optional<Nanoseconds> timeout = std::nullopt);

 private:
  Event() = default;
  PKEVENT event_ = nullptr;
  HANDLE handle_ = nullptr;
};

// CreateThread. Joined with the object.
class Thread {
 public:
  Thread(std::string name, std::function<void()> body);
  ~Thread();
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

 private:
  kernel::ThreadObject* thread_;
};

}  // namespace portside::client
