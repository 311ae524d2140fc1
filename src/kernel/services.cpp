#include "kernel/services.h"

#include <cstddef>

namespace portside::kernel {
namespace {
// Drivers pass its address on and never look inside (EPROCESS is opaque), so that all machines can share it.
alignas(16) constinit std::byte process_body[2048] = {};
}  // namespace

void* Services::system_process() { return process_body; }

Services::Services(std::unique_ptr<Pool> pool, std::unique_ptr<FileSystem> files)
    : pool_(std::move(pool)), files_(std::move(files)) {
  NewObject process;
  process.type = &object_types::kProcess;
  process.body = system_process();
  (void)objects_.insert(std::move(process));
  objects_.set_current_process(system_process());
}

Result<std::unique_ptr<Services>> Services::create(memory::Memory& memory, const ServicesOptions& options) {
  TRY_ASSIGN(std::unique_ptr<Pool> pool, Pool::create(memory, options.pool));
  TRY_ASSIGN(std::unique_ptr<FileSystem> files, FileSystem::create(options.files));
  return std::unique_ptr<Services>(new Services(std::move(pool), std::move(files)));
}

}  // namespace portside::kernel
