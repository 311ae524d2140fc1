// PowerGate: nobody touches the registers of a device that sleeps. Power IRPs come whenever they like, in the middle of
// the close of a pin too; so whoever uses registers at PASSIVE_LEVEL passes the gate, and the sleep waits for who is
// inside. The command ring and the service routine have their own ways to be closed: CommandRing::stop(),
// Controller::hear().
#pragma once

#include <wdm.h>

class PowerGate {
 public:
  PowerGate() { ExInitializeFastMutex(&mutex_); }
  PowerGate(const PowerGate&) = delete;
  PowerGate& operator=(const PowerGate&) = delete;

  // Held for a scope, at APC_LEVEL. True: the device is awake, and stays so.
  class Pass {
   public:
    explicit Pass(PowerGate& gate) : gate_(gate) { ExAcquireFastMutex(&gate_.mutex_); }
    ~Pass() { ExReleaseFastMutex(&gate_.mutex_); }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
    explicit operator bool() const { return gate_.open_; }
    // For the one who puts the device to sleep, or has woken it.
    void set_open(bool open) { gate_.open_ = open; }

   private:
    PowerGate& gate_;
  };

 private:
  FAST_MUTEX mutex_;
  bool open_ = true;
};
