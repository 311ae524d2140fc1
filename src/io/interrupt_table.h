#pragma once
// InterruptTable: the interrupt objects that IoConnectInterrupt(Ex) gives out. A KINTERRUPT is opaque to drivers, and ours.

#include <wdm.h>

#include <memory>
#include <unordered_map>

#include "base/mutex.h"
#include "base/result.h"

namespace portside::io {

class Io;

struct InterruptSpec {
  PKSERVICE_ROUTINE routine = nullptr;
  void* context = nullptr;
  KSPIN_LOCK* lock = nullptr;  // null: the interrupt object's own
  uint32_t vector = 0;
  KIRQL irql = 0;
  KIRQL synchronize_irql = 0;  // never below irql
  KINTERRUPT_MODE mode = LevelSensitive;
  bool shareable = false;
  uint64_t affinity = 0;
};

class InterruptTable {
 public:
  explicit InterruptTable(Io& io);
  ~InterruptTable();

  // While mistakes are looked for, another device on a shared line interrupts as soon as the routine is connected, and once more
  // before it is disconnected. STATUS_INVALID_PARAMETER when the machine has no interrupt source (a root-enumerated device has no vector to name).
  Result<PKINTERRUPT> connect(const InterruptSpec& spec);
  Result<> disconnect(PKINTERRUPT interrupt);
  // It interrupts now, on each shared line where the driver's own device does not. PASSIVE_LEVEL, on a simulated thread.
  void interrupt_by_another();
  bool has_any() const;
  // KeSynchronizeExecution: `routine` at the interrupt's synchronise IRQL with its lock held.
  Result<bool> synchronize(PKINTERRUPT interrupt, PKSYNCHRONIZE_ROUTINE routine, void* context);
  // KeAcquireInterruptSpinLock, KeReleaseInterruptSpinLock: the same by hand. What was acquired is the IRQL to go back to.
  KIRQL acquire_lock(PKINTERRUPT interrupt);
  void release_lock(PKINTERRUPT interrupt, KIRQL old);

 private:
  struct Entry;
  void interrupt_by_another(Entry& entry, PKINTERRUPT interrupt, const char* function);
  std::shared_ptr<Entry> find(PKINTERRUPT interrupt);
  // The same; null is told.
  std::shared_ptr<Entry> need(PKINTERRUPT interrupt, const char* function);

  Io& io_;
  mutable Mutex mutex_;
  std::unordered_map<PKINTERRUPT, std::shared_ptr<Entry>> entries_ GUARDED_BY(mutex_);
};

}  // namespace portside::io
