#pragma once
// ResourceCount: what a machine still holds after its last driver is gone, counted by kind, beside pool and pages,
// which have rules of their own. A run is compared with one in which nothing failed: what is there more, the driver has
// left.

#include <array>
#include <cstdint>
#include <string>

#include "base/stack.h"

namespace portside::host {
class Machine;
}

namespace portside::verify {

struct ResourceCount {
  enum Kind : size_t { kHandles, kObjects, kMdls, kRequests, kTimers, kThreads, kPorts, kKinds };
  std::array<uint64_t, kKinds> counts{};

  static ResourceCount of(host::Machine& machine);
  // What as many again would come to: of a driver that was installed twice.
  ResourceCount twice() const;
  // "2 handles, 1 MDL"; empty: no more than in `before`.
  std::string beyond(const ResourceCount& before) const;
};

// Where the driver got a handle or an MDL that it has left; empty when that is not known.
StackTrace stack_of_left(host::Machine& machine);

}  // namespace portside::verify
