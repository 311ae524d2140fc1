#include "loader/loader.h"

#include <algorithm>

#include <fmt/format.h>

#include "kernel/fault.h"
#include "loader/fault_handler.h"

// Where a debugger hears of images (tools/gdb/portside.py): it stops here and reads the arguments.
extern "C" [[gnu::noinline, gnu::used]] void portside_image_loaded(const char* path, uint64_t base) {
  __asm__ volatile("" ::"r"(path), "r"(base) : "memory");
}

namespace portside::loader {

Loader::Loader(kernel::FaultHub& hub, LoaderHooks& hooks, PrivilegedOps& ops, const LoaderOptions& options)
    : hub_(hub), hooks_(hooks), ops_(ops), options_(options),
      fault_handler_(std::make_unique<DriverFaultHandler>(*this)) {
  hub_.add(*fault_handler_, kernel::FaultOrder::kStructuredException);
}

Loader::~Loader() { hub_.remove(*fault_handler_); }

ImageOptions Loader::image_options() const {
  return {.allow_missing_imports = options_.allow_missing_imports,
          .check_indirect_calls = options_.check_indirect_calls,
          .seed = options_.seed,
          .hooks = &hooks_};
}

Result<Image*> Loader::keep(Result<std::unique_ptr<Image>> image) {
  TRY(image);
  if (!images_.add(**image))
    return fail(StatusCode::kInsufficientResources, fmt::format("{} cannot be loaded: {} images are loaded already.",
                                                                (*image)->name(), ImageList::kCapacity));
  Image* kept = owned_.emplace_back(std::move(*image)).get();
  portside_image_loaded(kept->path().c_str(), kept->base());
  return kept;
}

Result<Image*> Loader::load(const std::filesystem::path& path, ImportResolver& resolver) {
  return keep(Image::load(path, resolver, image_options()));
}

Result<Image*> Loader::load(std::span<const uint8_t> bytes, std::string name, ImportResolver& resolver) {
  return keep(Image::load(bytes, std::move(name), resolver, image_options()));
}

void Loader::unload(Image& image) {
  images_.remove(image);
  std::erase_if(owned_, [&](const std::unique_ptr<Image>& owned) { return owned.get() == &image; });
}

void Loader::add_trapped_memory(TrappedMemory& memory) { trapped_.push_back(&memory); }
void Loader::remove_trapped_memory(TrappedMemory& memory) { std::erase(trapped_, &memory); }

}  // namespace portside::loader

// thunks.S: an indirect call of a driver under control flow guard, when ImageOptions::check_indirect_calls is set.
extern "C" __attribute__((ms_abi)) void portside_check_call_target(uint64_t target, uint64_t caller) {
  using namespace portside::loader;
  Loader& loader = portside::current<Loader>();
  const Image* image = loader.images().find(target);
  // Outside every image lie our own functions and thunks: a driver got them from us.
  if (!image || image->is_valid_call_target(target)) return;
  if (loader.hooks().on_invalid_call_target(caller, target)) return;
  constexpr uint32_t kKernelSecurityCheckFailure = 0x139;
  constexpr uint64_t kGuardIcallCheckFailure = 10;
  loader.hooks().bug_check(kKernelSecurityCheckFailure, kGuardIcallCheckFailure, target, caller, 0,
                           fmt::format("The driver made an indirect call to {}+0x{:x}, which is no function.",
                                       image->name(), target - image->base()),
                           portside::capture_stack());
}
