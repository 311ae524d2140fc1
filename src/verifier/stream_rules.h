#pragma once
// StreamRules: what a miniport's stream answers as an object: that it is given, fills its outputs, changes its state in
// time, and what it says of its hardware's registers.

#include "portcls/stream_observer.h"
#include "verifier/stream_book.h"
#include "verifier/verifier.h"

namespace portside::verifier {

class StreamRules final : public portcls::StreamObserver {
 public:
  // `set_state_limit`: Driver Verifier has such a limit (0x72001) and does not publish it.
  StreamRules(Verifier& verifier, const StreamBook& book, Nanoseconds set_state_limit)
      : verifier_(verifier), book_(book), set_state_limit_(set_state_limit) {}

  void on_new_stream(const portcls::NewStreamCall& call) override;
  void on_state_change(const portcls::StateChange& change) override;
  void on_output_unfilled(const portcls::UnfilledOutput& output) override;
  void on_register_call(const portcls::RegisterCall& call) override;
  void on_stream_closed(const portcls::StreamClosed& closed) override;

 private:
  Verifier& verifier_;
  const StreamBook& book_;
  const Nanoseconds set_state_limit_;
};

}  // namespace portside::verifier
