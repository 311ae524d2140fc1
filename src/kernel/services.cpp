#include "kernel/services.h"

namespace portside::kernel {

Result<std::unique_ptr<Services>> Services::create(memory::Memory& memory, const ServicesOptions& options) {
  TRY_ASSIGN(std::unique_ptr<Pool> pool, Pool::create(memory, options.pool));
  TRY_ASSIGN(std::unique_ptr<FileSystem> files, FileSystem::create(options.files));
  return std::unique_ptr<Services>(new Services(std::move(pool), std::move(files)));
}

}  // namespace portside::kernel
