#pragma once
// Services: the kernel's services that need no scheduler: pool, objects, registry, files, log. One a machine, reached by
// portside::current<kernel::Services>().

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <typeindex>
#include <utility>

#include "base/machine_context.h"
#include "base/mutex.h"
#include "base/random.h"
#include "kernel/exception_raiser.h"
#include "kernel/failure_points.h"
#include "kernel/file_system.h"
#include "kernel/kernel_log.h"
#include "kernel/object.h"
#include "kernel/pool.h"
#include "kernel/refusals.h"
#include "kernel/registry.h"
#include "kernel/thread_source.h"

namespace portside::kernel {

struct ServicesOptions {
  PoolOptions pool;
  FileSystemOptions files;
  uint64_t seed = 1;
};

// Drivers pass its address on and never look inside (EPROCESS is opaque), so that all machines can share it.
alignas(16) extern std::byte system_process_body[2048];

class Services {
 public:
  static constexpr LayerSlot kSlot = LayerSlot::kServices;

  static Result<std::unique_ptr<Services>> create(memory::Memory&, const ServicesOptions&);

  Pool& pool() { return *pool_; }
  ObjectDirectory& objects() { return objects_; }
  Registry& registry() { return registry_; }
  FileSystem& files() { return *files_; }
  KernelLog& log() { return log_; }
  Refusals& refusals() { return refusals_; }
  FailurePoints& failures() { return failures_; }

  // The machine's own random numbers, for what a driver asks for (ExUuidCreate): the same in every run of a seed.
  uint64_t next_random();

  // What srand() sets and rand() moves.
  std::atomic<uint32_t>& crt_random() { return crt_random_; }

  // How MmGetSystemRoutineAddress finds a function; empty: in the export table. The host's finder also knows what the
  // loader exports, and gives a driver the thunk that an import would be bound to.
  using RoutineFinder = std::function<void*(std::string_view name)>;
  const RoutineFinder& routine_finder() const { return routine_finder_; }
  void set_routine_finder(RoutineFinder finder) { routine_finder_ = std::move(finder); }

  // What one file of a layer above keeps for one machine, made when it is first asked for: a list of callbacks, a log. One a
  // type; lives as long as the services do.
  template <class T>
  T& state() {
    MutexLock lock(state_mutex_);
    std::shared_ptr<void>& slot = states_[std::type_index(typeid(T))];
    if (!slot) slot = std::make_shared<T>();
    return *static_cast<T*>(slot.get());
  }

  // The process that every thread runs in: PsGetCurrentProcess, PsInitialSystemProcess. Opaque.
  static void* system_process() { return system_process_body; }

  ExceptionRaiser* exception_raiser() const { return exception_raiser_; }
  void set_exception_raiser(ExceptionRaiser* raiser) { exception_raiser_ = raiser; }

 private:
  Services(uint64_t seed, std::unique_ptr<Pool> pool, std::unique_ptr<FileSystem> files);

  FailurePoints failures_;  // the pool asks it
  // Objects go first: their deletion may free pool.
  std::unique_ptr<Pool> pool_;
  std::unique_ptr<FileSystem> files_;
  Registry registry_;
  KernelLog log_;
  Refusals refusals_;
  ThreadSource threads_;
  ObjectDirectory objects_;
  ExceptionRaiser* exception_raiser_ = nullptr;
  std::atomic<uint32_t> crt_random_{1};
  RoutineFinder routine_finder_;
  Mutex random_mutex_;
  Random random_ GUARDED_BY(random_mutex_);
  Mutex state_mutex_;
  std::map<std::type_index, std::shared_ptr<void>> states_ GUARDED_BY(state_mutex_);
};

// Whether the driver's call that asks is to fail now (kernel/failure_points.h). Asked behind its ApiScope and the checks of its
// arguments, before anything is done.
bool made_to_fail(FailureKind kind, const char* api);
// The value that a driver reads is another one now, where that is what fails.
void give_strange_value(RegistryValue& value, const char* api);

}  // namespace portside::kernel
