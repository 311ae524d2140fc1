#pragma once
// StreamResources: the interrupts and threads that drivers declare as theirs (IPortClsStreamResourceManager,
// PcAddStreamResource). Nothing is scheduled by them here; the list is what a check can look at.

#include <portcls.h>
#include <wdm.h>

#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/stack.h"

namespace portside::portcls {

struct StreamResource {
  PDEVICE_OBJECT pdo = nullptr;
  PcStreamResourceType type = ePcStreamResourceInterrupt;
  void* object = nullptr;  // the interrupt's connection or the thread
  StackTrace added_at;
};

class StreamResources {
 public:
  // "STATUS_INVALID_PARAMETER: if it finds any other parameter invalid" (AddStreamResource).
  Result<PCSTREAMRESOURCE> add(PDEVICE_OBJECT pdo, const void* set, const PCSTREAMRESOURCE_DESCRIPTOR* descriptor);
  Status remove(PCSTREAMRESOURCE handle);
  std::vector<StreamResource> all() const;
  // What a removed device has left: "Audio drivers must remove a previously registered resource" (RemoveStreamResource,
  // Remarks). They are forgotten.
  std::vector<StreamResource> take_left(PDEVICE_OBJECT pdo);

 private:
  mutable Mutex mutex_;
  std::vector<std::unique_ptr<StreamResource>> resources_ GUARDED_BY(mutex_);
};

}  // namespace portside::portcls
