#pragma once
// Bell: a pipe of which the client has the reading end and the host the other: whatever a client does with its own, a
// ring never waits. (An eventfd is one open file for both: who clears O_NONBLOCK of it clears it for the host, too.)

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cstdint>

#include "base/descriptor.h"
#include "base/result.h"

namespace portside::service {

class Bell {
 public:
  static Result<Bell> create() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
      return fail(StatusCode::kInsufficientResources, "no more descriptors");
    Bell bell;
    bell.heard_ = Descriptor(ends[0]);
    bell.rung_ = Descriptor(ends[1]);
    return bell;
  }
  // One that rings already need not ring twice. What has happened is there to be seen before this is called.
  void ring() const {
    pollfd rings{heard_.get(), POLLIN, 0};
    if (::poll(&rings, 1, 0) > 0 && (rings.revents & POLLIN)) return;
    const uint64_t one = 1;
    (void)!::write(rung_.get(), &one, sizeof one);
  }
  void quiet() const {
    uint64_t rings[8];
    (void)!::read(heard_.get(), rings, sizeof rings);
  }
  // To wait for, and to give away.
  int descriptor() const { return heard_.get(); }

 private:
  Descriptor heard_, rung_;
};

}  // namespace portside::service
