#pragma once
// DrmContents: the content identifiers of one machine and their rights: a mix carries the strictest of its parts.

#include <drmk.h>
#include <portcls.h>
#include <wdm.h>

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/stack.h"

namespace portside::portcls {

class DrmContents {
 public:
  // DrmCreateContentMixed. STATUS_INVALID_PARAMETER for an identifier that is none.
  Result<ULONG> create_mixed(std::span<const ULONG> parts);
  // Content with these rights, for whoever stands in for DRMK.
  ULONG create(const DRMRIGHTS& rights);
  // DrmDestroyContent: not for 0, the content with default rights.
  Status destroy(ULONG id);
  // What was created and not destroyed: told once, and forgotten.
  struct Left {
    ULONG id = 0;
    StackTrace made_at;
  };
  std::vector<Left> take_left();
  // DrmGetContentRights.
  Result<DRMRIGHTS> rights(ULONG id) const;
  // Forwarding: the identifier must exist; a sink that protects nothing may get only content without protection.
  Status check_forward(ULONG id) const;
  // DrmForwardContentToInterface: the object's IDrmAudioStream is told the content and its rights, and may refuse them;
  // one without it protects nothing.
  Status forward_to_interface(ULONG id, IUnknown* object) const;

 private:
  mutable Mutex mutex_;
  struct Content {
    DRMRIGHTS rights{};
    StackTrace made_at;
  };
  std::map<ULONG, Content> contents_ GUARDED_BY(mutex_);
  ULONG next_ GUARDED_BY(mutex_) = 1;
};

}  // namespace portside::portcls
