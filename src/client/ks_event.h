#pragma once
// KsEvent: an event that a driver offers on a filter (KSEVENT_CONTROL_CHANGE, KSEVENT_PINCAPS_JACKINFOCHANGE), enabled as
// an application does it (IOCTL_KS_ENABLE_EVENT) and told by an event of the application's own. Disabled with the object.

#include <ks.h>
#include <wdm.h>
#include <windef.h>

#include <memory>
#include <optional>

#include "client/filter.h"
#include "client/process.h"

namespace portside::client {

class KsEvent {
 public:
  // Of the filter as a whole; of one of its nodes (KSE_NODE); of one of its pins (KSE_PIN).
  struct Target {
    std::optional<ULONG> node, pin;
  };
  // `filter` and `told` outlive the object; the filter may be closed before it, which disables the event as well. The
  // driver's status where it offers no such event there.
  static Result<std::unique_ptr<KsEvent>> enable(const KsFile& filter, const GUID& set, ULONG id, const Target& target,
                                                 const Event& told);
  ~KsEvent();
  KsEvent(const KsEvent&) = delete;
  KsEvent& operator=(const KsEvent&) = delete;

 private:
  explicit KsEvent(const KsFile& filter) : filter_(filter) {}

  const KsFile& filter_;
  KSEVENTDATA data_{};  // its place is the event's name when it is disabled
};

}  // namespace portside::client
