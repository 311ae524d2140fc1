#include "kernel/services.h"

namespace portside::kernel {

alignas(16) constinit std::byte system_process_body[2048] = {};

uint64_t Services::next_random() {
  MutexLock lock(random_mutex_);
  return random_.next();
}

Services::Services(uint64_t seed, std::unique_ptr<Pool> pool, std::unique_ptr<FileSystem> files)
    : pool_(std::move(pool)), files_(std::move(files)), random_(Random(seed).fork(0x5EC5)) {
  pool_->set_failure_hook(
      [this](const PoolRequest& request) { return failures_.should_fail(FailureKind::kPool, request.api); });
  NewObject process;
  process.type = &object_types::kProcess;
  process.body = system_process();
  (void)objects_.insert(std::move(process));
  objects_.set_current_process(system_process());
  objects_.add_source(threads_);
  objects_.set_current_thread(&ThreadSource::current_thread);
}

Result<std::unique_ptr<Services>> Services::create(memory::Memory& memory, const ServicesOptions& options) {
  TRY_ASSIGN(std::unique_ptr<Pool> pool, Pool::create(memory, options.pool));
  TRY_ASSIGN(std::unique_ptr<FileSystem> files, FileSystem::create(options.files));
  return std::unique_ptr<Services>(new Services(options.seed, std::move(pool), std::move(files)));
}

bool made_to_fail(FailureKind kind, const char* api) {
  MachineContext* machine = MachineContext::current();
  Services* services = machine ? machine->find<Services>() : nullptr;
  return services && services->failures().should_fail(kind, api);
}

void give_strange_value(RegistryValue& value, const char* api) {
  if (made_to_fail(FailureKind::kValueType, api)) make_strange(value, Strangeness::kType);
  else if (made_to_fail(FailureKind::kValueSize, api)) make_strange(value, Strangeness::kSize);
}

}  // namespace portside::kernel
