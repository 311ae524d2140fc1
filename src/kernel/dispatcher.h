#pragma once
// Dispatcher: the objects that threads wait for. Events, mutexes, semaphores, timers and threads are Windows' structures
// in the driver's memory (their headers' SignalState and WaitListHead are the state); this class gives them meaning.

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

#include "kernel/dispatcher_lock.h"
#include "kernel/irql.h"
#include "kernel/thread.h"

struct _KEVENT;
struct _KMUTANT;
struct _KSEMAPHORE;
struct _DISPATCHER_HEADER;

namespace portside::kernel {

class Kernel;

// DISPATCHER_HEADER.Type (KOBJECTS).
enum class ObjectKind : uint8_t {
  kNotificationEvent = 0,
  kSynchronizationEvent = 1,
  kMutex = 2,
  kSemaphore = 5,
  kThread = 6,
  kNotificationTimer = 8,
  kSynchronizationTimer = 9,
};

struct WaitRequest {
  std::span<void* const> objects;  // each begins with a DISPATCHER_HEADER
  bool all = false;
  bool alertable = false;
  // Absent: for ever. As Windows: negative relative, positive absolute, zero polls; 100 ns.
  std::optional<int64_t> timeout_hns;
  bool exact = false;  // the time-out ignores the timer granularity
  const char* api = "KeWaitForSingleObject";
};

class Dispatcher {
 public:
  explicit Dispatcher(Kernel& kernel) : kernel_(kernel) {}

  void initialize(_DISPATCHER_HEADER* header, ObjectKind kind, int32_t signal_state, uint8_t words);
  void initialize_event(_KEVENT* event, bool notification, bool signalled);
  void initialize_mutex(_KMUTANT* mutex);
  void initialize_semaphore(_KSEMAPHORE* semaphore, int32_t count, int32_t limit);

  // Each returns the previous state.
  int32_t set_event(_KEVENT* event, const char* api = "KeSetEvent");
  int32_t pulse_event(_KEVENT* event);
  int32_t reset_event(_KEVENT* event);
  int32_t read_state(void* object);
  // Sets `success` false, and changes nothing, when the caller does not own the mutex.
  int32_t release_mutex(_KMUTANT* mutex, bool& success);
  // Sets `success` false, and changes nothing, beyond the limit.
  int32_t release_semaphore(_KSEMAPHORE* semaphore, int32_t adjustment, bool& success);

  // NTSTATUS: STATUS_WAIT_0 + i, STATUS_ABANDONED_WAIT_0 + i, STATUS_TIMEOUT.
  int32_t wait(const WaitRequest& request);
  // KeDelayExecutionThread.
  int32_t delay(int64_t hns, bool exact, const char* api);
  // The calling thread stands still until then, whatever it is in the middle of.
  void pause_until(Nanoseconds due);

  // False, and told: what a driver gave was never initialised.
  bool check_header(void* object, const char* api);
  // The same of what must be a timer.
  bool check_timer(void* object, const char* api);

  // The object's memory is about to go: whoever waits for it waits for its time-out, or for ever.
  void forget(void* object);

  // For the layer's own parts, lock held.
  void signal_locked(_DISPATCHER_HEADER* header, int32_t state, DispatcherLock& lock) REQUIRES(lock);
  void time_out_locked(ThreadObject* thread, DispatcherLock& lock) REQUIRES(lock);
  // The memory goes, and with it the mutexes in it that a thread owns: nobody owns them any more, and they are not touched.
  void forget_owned(uint64_t begin, uint64_t end);
  void abandon_mutexes_locked(ThreadObject* thread, DispatcherLock& lock) REQUIRES(lock);

 private:
  void release_waiters(_DISPATCHER_HEADER* header, DispatcherLock& lock) REQUIRES(lock);
  bool is_signalled(_DISPATCHER_HEADER* header, const ThreadObject* thread) const;
  bool all_signalled(const ThreadObject* thread) const;
  // Takes what a satisfied wait takes; true when a mutex was abandoned.
  bool acquire(_DISPATCHER_HEADER* header, ThreadObject* thread);
  void link(ThreadObject* thread, const WaitRequest& request);
  void unlink(ThreadObject* thread);
  void wake(ThreadObject* thread, int32_t status, DispatcherLock& lock) REQUIRES(lock);
  void check_wait_irql(const char* api);
  int32_t wait_for(const WaitRequest& request);

  Kernel& kernel_;
  std::atomic<uint32_t> owned_mutexes_ = 0;  // of all threads
};

}  // namespace portside::kernel
