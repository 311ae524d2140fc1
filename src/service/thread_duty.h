#pragma once
// ThreadDuty: what scheduling a host's threads have under --priority, by what they are there for. Each takes it up itself.

namespace portside::service {

class ThreadDuty {
 public:
  // Of SCHED_FIFO; 0: every thread has the usual scheduling.
  explicit ThreadDuty(int priority = 0) : priority_(priority) {}

  // Carries sound: must run when it is due. A stream's; the machine's own have it from the thread that made the machine.
  void carry_sound() const { take_up("stream", priority_); }
  // Calls the driver, but nobody's sound waits for it; unless it holds a lock of the driver's, or a processor: then it
  // must not stand behind ordinary work. One below, and never none.
  void call_driver(const char* name) const { take_up(name, priority_ > 1 ? priority_ - 1 : priority_); }
  // Never calls the driver: nobody's sound waits for it.
  void serve() const { take_up("service", 0); }

 private:
  void take_up(const char* name, int priority) const;

  int priority_;
};

}  // namespace portside::service
