#pragma once
// LifeClient: an application that opens a stream up to a state, asks for its position all the time, and afterwards goes
// on, or closes and says why it could not.

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "client/stream.h"
#include "verify/call_gate.h"
#include "verify/life_point.h"

namespace portside::verify {

class LifeClient {
 public:
  LifeClient(const client::Endpoint& endpoint, const LifePoint& point, CallGate& gate)
      : endpoint_(endpoint), point_(point), gate_(gate) {}

  // All on one simulated thread, in this order. `at_stage` is called when the stream is where the event is to meet it.
  void open(const std::function<void()>& at_stage);
  void ask_until(const std::function<bool()>& over);
  // From another thread: no position is asked for from here on, nor is one being asked for when it returns. What a card that
  // nobody knows to be gone says of its position is nothing that its driver could be held to.
  void ask_no_more();
  // Sets the stream to RUN and waits until it moves. Empty, or what did not go.
  // A client that was told clearly that it could not open the stream opens it anew.
  std::string go_on();
  void close();

  bool is_open() const { return stream_ != nullptr; }
  bool notified() const { return stream_ && stream_->notified(); }
  uint64_t opening_calls() const { return opening_; }
  uint64_t closing_calls() const { return closing_; }
  // The errors of requests, as they came.
  const std::set<StatusCode>& errors() const { return errors_; }
  const Status& first_error() const { return first_error_; }

 private:
  Result<> noted(Result<> outcome);

  const client::Endpoint& endpoint_;
  const LifePoint& point_;
  CallGate& gate_;
  std::unique_ptr<client::Stream> stream_;
  KSSTATE state_ = KSSTATE_STOP;
  uint64_t opening_ = 0, closing_ = 0;
  bool asks_no_more_ = false, asking_ = false;
  std::set<StatusCode> errors_;
  Status first_error_;
};

}  // namespace portside::verify
