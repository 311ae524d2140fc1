#pragma once
// Loader: the images of one machine and what running them needs: their list, the stack walker, structured exceptions
// and privileged instructions.

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "base/machine_context.h"
#include "base/result.h"
#include "loader/driver_exception_raiser.h"
#include "loader/image.h"
#include "loader/image_list.h"
#include "loader/loader_hooks.h"
#include "loader/privileged_ops.h"
#include "loader/stack_walk.h"

namespace portside::kernel {
class FaultHub;
}

namespace portside::loader {

class DriverFaultHandler;

struct LoaderOptions {
  uint64_t seed = 1;
  bool allow_missing_imports = false;
  bool check_indirect_calls = false;
};

class Loader {
 public:
  static constexpr LayerSlot kSlot = LayerSlot::kLoader;

  // Registers at the hub until it is destroyed. `hooks` and `ops` outlive it.
  Loader(kernel::FaultHub& hub, LoaderHooks& hooks, PrivilegedOps& ops, const LoaderOptions& options = {});
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  Result<Image*> load(const std::filesystem::path& path, ImportResolver& resolver);
  Result<Image*> load(std::span<const uint8_t> bytes, std::string name, ImportResolver& resolver);
  void unload(Image& image);

  ImageList& images() { return images_; }
  const ImageList& images() const { return images_; }
  DriverStackWalker& stack_walker() { return walker_; }
  LoaderHooks& hooks() { return hooks_; }
  PrivilegedOps& ops() { return ops_; }
  // For kernel::Services: exceptions that the kernel's own functions raise in their caller.
  DriverExceptionRaiser& exception_raiser() { return exception_raiser_; }

  // KUSER_SHARED_DATA, device registers. Not while a driver runs on another host thread.
  void add_trapped_memory(TrappedMemory& memory);
  void remove_trapped_memory(TrappedMemory& memory);
  const std::vector<TrappedMemory*>& trapped_memory() const { return trapped_; }

 private:
  Result<Image*> keep(Result<std::unique_ptr<Image>> image);
  ImageOptions image_options() const;

  kernel::FaultHub& hub_;
  LoaderHooks& hooks_;
  PrivilegedOps& ops_;
  LoaderOptions options_;
  ImageList images_;
  DriverStackWalker walker_{images_, &hub_};
  DriverExceptionRaiser exception_raiser_{*this};
  std::vector<TrappedMemory*> trapped_;
  std::vector<std::unique_ptr<Image>> owned_;
  std::unique_ptr<DriverFaultHandler> fault_handler_;
};

}  // namespace portside::loader
