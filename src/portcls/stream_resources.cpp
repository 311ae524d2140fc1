#include "portcls/stream_resources.h"

#include <algorithm>

#include <fmt/format.h>

#include "kernel/services.h"
#include "portcls/portcls.h"

namespace portside::portcls {
namespace {

// Of interrupts nothing is known here.
bool is_dead(const StreamResource& resource) {
  return resource.type == ePcStreamResourceThread && !current<kernel::Services>().objects().contains(resource.object);
}

void report(const char* function, const char* sentence) {
  current<PortCls>().report_misuse(Misuse::kStreamResourceInvalid, function, sentence);
}

}  // namespace

Result<PCSTREAMRESOURCE> StreamResources::add(PDEVICE_OBJECT pdo, const void* set,
                                              const PCSTREAMRESOURCE_DESCRIPTOR* descriptor) {
  if (!descriptor || descriptor->Size < sizeof *descriptor) return fail(StatusCode::kInvalidParameter, "no descriptor");
  // "Reserved for future use, set to NULL. Only device-scoped resources are supported at this time."
  if (set || descriptor->Flags) return fail(StatusCode::kInvalidParameter, "ResourceSet and Flags are reserved");
  auto resource = std::make_unique<StreamResource>();
  resource->pdo = descriptor->Pdo ? descriptor->Pdo : pdo;
  resource->type = descriptor->Type;
  switch (descriptor->Type) {
    case ePcStreamResourceInterrupt: resource->object = descriptor->Resource.Interrupt.Generic; break;
    case ePcStreamResourceThread: resource->object = descriptor->Resource.Thread; break;
    default:
      return fail(StatusCode::kInvalidParameter,
                  fmt::format("{} is no type of stream resource", static_cast<int>(descriptor->Type)));
  }
  if (!resource->object) return fail(StatusCode::kInvalidParameter, "the resource is NULL");
  // "Audio driver must make sure the resource is valid when making this call" (PcAddStreamResource, Remarks).
  if (is_dead(*resource)) {
    report("AddStreamResource", "the thread that is added is no live thread object");
    return fail(StatusCode::kInvalidParameter, "no live thread object");
  }
  resource->added_at = capture_stack();
  MutexLock lock(mutex_);
  resources_.push_back(std::move(resource));
  return reinterpret_cast<PCSTREAMRESOURCE>(resources_.back().get());
}

Status StreamResources::remove(PCSTREAMRESOURCE handle) {
  std::unique_ptr<StreamResource> removed;
  {
    MutexLock lock(mutex_);
    const auto at = std::ranges::find_if(
        resources_, [&](const auto& r) { return reinterpret_cast<PCSTREAMRESOURCE>(r.get()) == handle; });
    if (at != resources_.end()) {
      removed = std::move(*at);
      resources_.erase(at);
    }
  }
  if (!removed) {
    report("RemoveStreamResource", "the handle is none that AddStreamResource gave, or was removed before");
    return Status(StatusCode::kInvalidParameter, "no such stream resource");
  }
  // "The audio driver must make sure the resource is valid when making this call" (RemoveStreamResource, Remarks).
  if (is_dead(*removed)) report("RemoveStreamResource", "the thread of the resource is gone already");
  return Status::ok();
}

std::vector<StreamResource> StreamResources::all() const {
  std::vector<StreamResource> copy;
  MutexLock lock(mutex_);
  for (const auto& r : resources_) copy.push_back(*r);
  return copy;
}

std::vector<StreamResource> StreamResources::take_left(PDEVICE_OBJECT pdo) {
  std::vector<StreamResource> left;
  MutexLock lock(mutex_);
  for (const auto& r : resources_)
    if (r->pdo == pdo) left.push_back(*r);
  std::erase_if(resources_, [&](const auto& r) { return r->pdo == pdo; });
  return left;
}

}  // namespace portside::portcls
