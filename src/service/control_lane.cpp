#include "service/control_lane.h"

namespace portside::service {

Result<std::unique_ptr<ControlLane>> ControlLane::start(std::shared_ptr<Peer> peer, ControlInbox& inbox,
                                                        ThreadDuty duty, std::function<void()> over) {
  std::unique_ptr<ControlLane> lane(new ControlLane(std::move(peer), inbox, duty, std::move(over)));
  TRY_ASSIGN(lane->wake_, client::Event::create());
  lane->thread_ = std::make_unique<client::Thread>("control", [l = lane.get()] { l->body(); });
  return lane;
}

ControlLane::~ControlLane() = default;

bool ControlLane::ask(Request request) {
  {
    MutexLock lock(mutex_);
    if (requests_.size() >= kMostUnderWay) return false;
    requests_.push_back(std::move(request));
  }
  wake_->set();
  return true;
}

void ControlLane::close() {
  {
    MutexLock lock(mutex_);
    closing_ = true;
  }
  wake_->set();
}

void ControlLane::body() {
  duty_.call_driver("control");
  for (;;) {
    std::optional<Request> next;
    {
      MutexLock lock(mutex_);
      if (closing_) break;
      if (!requests_.empty()) next = requests_.front();
    }
    if (next) carry_out(*next);
    else wake_->wait();
  }
  over_.store(true, std::memory_order_release);
  tell_over_();
}

void ControlLane::forget_first() {
  MutexLock lock(mutex_);
  requests_.pop_front();
}

void ControlLane::carry_out(const Request& request) {
  const Result<> written = request.values ? request.control->write(*request.values) : Result<>();
  // What was set is read again: the driver may have taken the next step that it has, and others are told.
  auto values = written ? request.control->read() : Result<std::vector<int32_t>>(fail(written.error()));
  if (values) inbox_.put({request.control, *values});
  // Before the answer: who has it may ask again.
  forget_first();
  if (!written) peer_->refuse(request.number, written.error());
  else if (request.values) peer_->tell(request.number, wire::Done{});
  else if (values) peer_->tell(request.number, wire::Values{std::move(*values)});
  else peer_->refuse(request.number, values.error());
}

}  // namespace portside::service
