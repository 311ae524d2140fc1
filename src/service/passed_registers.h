#pragma once
// PassedRegisters: the registers of a stream that its client may read by itself: those that the driver keeps on a page with
// nothing beside it. Made before the client is told of them, and not needed after.

#include <optional>
#include <vector>

#include "base/descriptor.h"
#include "client/stream.h"
#include "wire/message.h"

namespace portside::host {
class Machine;
}

namespace portside::service {

class PassedRegisters {
 public:
  PassedRegisters(host::Machine& machine, const client::Stream& stream);
  // A place of the driver's buffer means nothing to a client that has another one, or that is told of packets alone.
  void withhold_position() { position_.reset(); }
  // Nor does a place that may be off by half of the buffer: ahead and behind would be the same.
  void withhold_inaccurate_position(uint64_t buffer_bytes) {
    if (position_ && uint64_t{position_->passed.facts.accuracy} * 2 >= buffer_bytes) position_.reset();
  }
  void add_to(wire::Opened& opened, std::vector<int>& descriptors) const;

 private:
  struct Given {
    Descriptor page;
    wire::PassedRegister passed;
  };
  static std::optional<Given> give(host::Machine& machine, const KSRTAUDIO_HWREGISTER* reg);

  std::optional<Given> position_, clock_;
};

}  // namespace portside::service
