#pragma once
// What the operating system gives an application: events with handles, waits with time-outs, the time. Everything here
// is called on a simulated thread, by an application that runs inside the machine.

#include <wdm.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/result.h"

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

 private:
  Event() = default;
  PKEVENT event_ = nullptr;
  HANDLE handle_ = nullptr;
};

}  // namespace portside::client
