#pragma once
// IdleDetection: PoRegisterDeviceForIdleDetection. A counter a device, advanced once a second while the device is in D0 and
// not busy; at its limit the power manager asks the stack for the idle state by IRP_MN_SET_POWER.

#include <wdm.h>

#include <memory>
#include <unordered_map>

#include "base/mutex.h"

namespace portside::io {

class Io;

// Which of the two limits holds: the documentation ties the policy to the power source.
enum class PowerPolicy : uint8_t { kPerformance, kConservation };

class IdleDetection {
 public:
  explicit IdleDetection(Io& io);
  ~IdleDetection();

  // Times in seconds; zero disables. Null: idle detection is off for this device (both zero, or a value of -1, which
  // stands for a policy that audio devices do not have).
  ULONG* register_device(DEVICE_OBJECT* device, ULONG conservation, ULONG performance, DEVICE_POWER_STATE state);
  // PoSetDeviceBusyEx: the count begins anew. PoStartDeviceBusy, PoEndDeviceBusy: it stands still between them.
  void set_busy(ULONG* counter);
  void start_busy(ULONG* counter);
  void end_busy(ULONG* counter);

  PowerPolicy policy() const { return policy_; }
  void set_policy(PowerPolicy policy);

  // A device has come back to D0: there may be something to count again.
  void device_awake() { arm(); }
  void forget(DEVICE_OBJECT* device);

 private:
  struct Entry;
  struct Ticker;
  static void NTAPI on_second(KDPC* dpc, void* self, void*, void*);
  void tick();
  void arm();
  ULONG limit_of(const Entry& entry) const;
  bool counting_locked(const Entry& entry) REQUIRES(mutex_);
  Entry* find_locked(const ULONG* counter) REQUIRES(mutex_);

  Io& io_;
  PowerPolicy policy_ = PowerPolicy::kPerformance;
  Mutex mutex_;
  std::unordered_map<DEVICE_OBJECT*, std::unique_ptr<Entry>> entries_ GUARDED_BY(mutex_);
  std::unique_ptr<Ticker> ticker_;
};

}  // namespace portside::io
