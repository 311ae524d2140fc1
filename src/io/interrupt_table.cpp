#include "io/interrupt_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "io/io.h"
#include "kernel/kernel.h"
#include "kernel/spin_locks.h"
#include "kernel/thread.h"

namespace portside::io {

struct InterruptTable::Entry {
  InterruptSpec spec;
  uint64_t own_lock = 0;
  uint64_t token = 0;
  std::atomic<uint32_t> running{0};

  uint64_t* lock() { return spec.lock ? reinterpret_cast<uint64_t*>(spec.lock) : &own_lock; }

  // The service routine: above whatever the processor was doing.
  bool serve(PKINTERRUPT interrupt) {
    auto& kernel = current<kernel::Kernel>();
    kernel::ThreadObject& below = *kernel.current_thread();
    ++below.in_interrupts;
    kernel.takes(this);
    const bool mine = locked("KSERVICE_ROUTINE", [&] { return spec.routine(interrupt, spec.context) != FALSE; });
    kernel.gives(kernel::end_of(this));
    --below.in_interrupts;
    return mine;
  }

  template <class Body>
  bool locked(const char* api, Body body) {
    auto& locks = current<kernel::Kernel>().spin_locks();
    kernel::Irql old = locks.acquire(lock(), api, spec.synchronize_irql, kernel::LockKind::kInterrupt);
    bool result = body();
    locks.release(lock(), old, api);
    return result;
  }
};

InterruptTable::InterruptTable(Io& io) : io_(io) {}
InterruptTable::~InterruptTable() = default;

Result<PKINTERRUPT> InterruptTable::connect(const InterruptSpec& spec) {
  if (!spec.routine) return fail(StatusCode::kInvalidParameter, "no service routine");
  InterruptSource* source = io_.interrupts();
  if (!source) return fail(StatusCode::kInvalidParameter, "this machine has no device that interrupts");
  auto entry = std::make_shared<Entry>();
  entry->spec = spec;
  entry->spec.synchronize_irql = std::max(spec.irql, spec.synchronize_irql);
  // The entry's own address is the object: unique while it lives, and never followed by a driver.
  auto interrupt = reinterpret_cast<PKINTERRUPT>(entry.get());
  InterruptRequest request;
  request.vector = spec.vector;
  request.irql = spec.irql;
  request.mode = spec.mode;
  request.shareable = spec.shareable;
  request.affinity = spec.affinity;
  request.under_way = {entry, &entry->running};
  request.service = [entry, interrupt] { return entry->serve(interrupt); };
  current<kernel::Kernel>().gives(entry.get());
  TRY_ASSIGN(entry->token, source->connect(std::move(request)));
  {
    MutexLock lock(mutex_);
    entries_.emplace(interrupt, entry);
  }
  interrupt_by_another(*entry, interrupt, "IoConnectInterrupt");
  return interrupt;
}

// A routine that has its device's old interrupt to answer for may claim one call, not each of them: on the line of a device that
// waits to be served Windows would call it for ever.
void InterruptTable::interrupt_by_another(Entry& entry, PKINTERRUPT interrupt, const char* function) {
  constexpr int kCalls = 16;  // more than the causes that a routine serves one by one
  if (!entry.spec.shareable || entry.spec.mode != LevelSensitive || !io_.options().verify) return;
  if (io_.interrupts()->is_asserted(entry.spec.vector)) return;
  for (int calls = 0; calls < kCalls; ++calls)
    if (!entry.serve(interrupt) || io_.interrupts()->is_asserted(entry.spec.vector)) return;
  io_.misuse(
      IoMisuse::kInterruptOfAnotherClaimed, function, interrupt,
      fmt::format("the line is shared, another device interrupts, and the service routine claims {} calls in a row",
                  kCalls));
}

void InterruptTable::interrupt_by_another() {
  std::vector<std::pair<PKINTERRUPT, std::shared_ptr<Entry>>> entries;
  {
    MutexLock lock(mutex_);
    entries.assign(entries_.begin(), entries_.end());
  }
  for (const auto& [interrupt, entry] : entries) {
    if (!find(interrupt)) continue;  // disconnected by the routine before
    ++entry->running;
    interrupt_by_another(*entry, interrupt, "KSERVICE_ROUTINE");
    --entry->running;
  }
}

bool InterruptTable::has_any() const {
  MutexLock lock(mutex_);
  return !entries_.empty();
}

Result<> InterruptTable::disconnect(PKINTERRUPT interrupt) {
  std::shared_ptr<Entry> entry = find(interrupt);
  if (!entry) {
    io_.misuse(IoMisuse::kBadArgument, "IoDisconnectInterrupt", interrupt, "not a connected interrupt object");
    return fail(StatusCode::kInvalidParameter, "not a connected interrupt object");
  }
  if (InterruptSource* source = io_.interrupts()) {
    // Once more, and nothing is held against it: a device that is gone answers with ones.
    if (entry->spec.shareable && entry->spec.mode == LevelSensitive && io_.options().verify)
      (void)entry->serve(interrupt);
    (void)source->disconnect(entry->token);
  }
  // Its routine may run on the other processor, or be about to: the driver may free what it uses when this returns.
  current<kernel::Kernel>().yield_until([&] { return entry->running == 0; }, "IoDisconnectInterrupt");
  current<kernel::Kernel>().takes(kernel::end_of(entry.get()));
  MutexLock lock(mutex_);
  entries_.erase(interrupt);
  return {};
}

Result<bool> InterruptTable::synchronize(PKINTERRUPT interrupt, PKSYNCHRONIZE_ROUTINE routine, void* context) {
  const std::shared_ptr<Entry> entry = need(interrupt, "KeSynchronizeExecution");
  if (!entry || !routine) return fail(StatusCode::kInvalidParameter, "not a connected interrupt object");
  return entry->locked("KeSynchronizeExecution", [&] { return routine(context) != FALSE; });
}

KIRQL InterruptTable::acquire_lock(PKINTERRUPT interrupt) {
  constexpr const char* kApi = "KeAcquireInterruptSpinLock";
  const auto entry = need(interrupt, kApi);
  auto& kernel = current<kernel::Kernel>();
  if (!entry) return kernel.current_irql();
  return kernel.spin_locks().acquire(entry->lock(), kApi, entry->spec.synchronize_irql, kernel::LockKind::kInterrupt);
}

void InterruptTable::release_lock(PKINTERRUPT interrupt, KIRQL old) {
  constexpr const char* kApi = "KeReleaseInterruptSpinLock";
  if (const auto entry = need(interrupt, kApi))
    current<kernel::Kernel>().spin_locks().release(entry->lock(), old, kApi);
}

std::shared_ptr<InterruptTable::Entry> InterruptTable::need(PKINTERRUPT interrupt, const char* function) {
  auto entry = find(interrupt);
  if (!entry) io_.misuse(IoMisuse::kBadArgument, function, interrupt, "not a connected interrupt object");
  return entry;
}

std::shared_ptr<InterruptTable::Entry> InterruptTable::find(PKINTERRUPT interrupt) {
  MutexLock lock(mutex_);
  auto it = entries_.find(interrupt);
  return it == entries_.end() ? nullptr : it->second;
}

}  // namespace portside::io
