#pragma once
// BarePin: a pin without its buffer, which a test asks for itself.

#include <optional>
#include <string>

#include "base/result.h"
#include "client/filter.h"
#include "verifier/rule.h"
#include "verify/test_stream.h"

namespace portside::verify {

class BarePin {
 public:
  static Result<BarePin> open(const Subject& subject);

  // With no notifications: KSPROPERTY_RTAUDIO_BUFFER.
  Result<KSRTAUDIO_BUFFER> ask(uint64_t bytes, unsigned notifications) const;
  Result<> set_state(KSSTATE state) const;
  Result<uint64_t> position() const;

  struct Wrong {
    verifier::RuleId rule{};
    std::string what;
  };
  // Runs it for a while, and stops it: what is wrong when the position stands, or leaves the buffer.
  Result<std::optional<Wrong>> run(const KSRTAUDIO_BUFFER& buffer, const Subject& subject) const;

 private:
  client::KsFile filter_, pin_;
  uint64_t frame_bytes_ = 1;
};

// Why nothing can be said of unusual requests: a pin does not do what is usual either, opened, given 20 ms and run. Empty
// when it does.
std::string usual_stream_fails(const Subject& subject);

}  // namespace portside::verify
