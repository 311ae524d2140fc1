#pragma once
// Refusals: why calls failed, in words, as they happen. A request that a driver fails has a status and no reason; what
// failed on the way is the reason as often as not: a file that is not there, registers that are none, an answer of its miniport.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/mutex.h"

namespace portside::kernel {

class Refusals {
 public:
  // "MmMapIoSpace gives NULL: there is no RAM at ...". Any thread, any IRQL.
  void note(std::string sentence) EXCLUDES(mutex_);

  // What was noted while it lives.
  class Watch {
   public:
    explicit Watch(const Refusals& refusals) : refusals_(refusals), first_(refusals.count()) {}
    // "IRP_MN_START_DEVICE was refused; before that: IMiniport::Init of a ... returned ...", or, nothing being known, "the driver
    // refused IRP_MN_START_DEVICE".
    std::string sentence(std::string_view request) const;

   private:
    const Refusals& refusals_;
    const uint64_t first_;
  };

 private:
  static constexpr size_t kKept = 3;  // a person reads
  uint64_t count() const EXCLUDES(mutex_);

  mutable Mutex mutex_;
  struct Noted {
    uint64_t number;  // from 1 on
    std::string sentence;
  };
  uint64_t count_ GUARDED_BY(mutex_) = 0;
  std::deque<Noted> last_ GUARDED_BY(mutex_);
};

}  // namespace portside::kernel
