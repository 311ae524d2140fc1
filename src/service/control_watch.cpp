#include "service/control_watch.h"

#include <algorithm>

namespace portside::service {
namespace {

constexpr std::chrono::milliseconds kLook{500};  // from look to look at what tells nothing by itself
constexpr std::chrono::milliseconds kAgain{50};  // until half a device is looked at again
constexpr std::chrono::milliseconds kCalm{20};   // in which no filter came or went: the device is whole, or gone
constexpr size_t kMostEvents = MAXIMUM_WAIT_OBJECTS - 1;  // beside `wake_`

}  // namespace

Result<std::unique_ptr<ControlWatch>> ControlWatch::create(std::string device, const EndpointTable& table,
                                                           ControlInbox& inbox) {
  std::unique_ptr<ControlWatch> watch(new ControlWatch(std::move(device), inbox));
  TRY_ASSIGN(watch->wake_, client::Event::create());
  TRY_ASSIGN(watch->let_gone_, client::Event::create());
  watch->controls_ = table.controls();
  return watch;
}

ControlWatch::~ControlWatch() = default;

void ControlWatch::order(bool Orders::* what) {
  {
    MutexLock lock(mutex_);
    orders_.*what = true;
  }
  wake_->set();
}

void ControlWatch::follow(bool somebody) {
  {
    MutexLock lock(mutex_);
    if (std::exchange(somebody_, somebody) == somebody) return;
    orders_.other = true;
  }
  wake_->set();
}

uint64_t ControlWatch::look() {
  uint64_t number = 0;
  {
    MutexLock lock(mutex_);
    number = ++looks_;
    orders_.other = true;
  }
  wake_->set();
  return number;
}

// The device's removal is asked for on another thread, which waits until there is no file of ours that would refuse it.
void ControlWatch::removal_asked() {
  {
    MutexLock lock(mutex_);
    if (!running_) return;
    orders_.let_go = true;
  }
  wake_->set();
  (void)let_gone_->wait();
}

void ControlWatch::run() {
  attach();
  for (;;) {
    const std::optional<size_t> told = wait();
    Orders orders;
    {
      MutexLock lock(mutex_);
      orders = std::exchange(orders_, {});
      if (orders.end) running_ = false;
    }
    if (orders.let_go || orders.end) detach();
    if (orders.let_go) {
      away_ = true;
      let_gone_->set();
    }
    if (orders.end) return;
    if (orders.anew || unread_) read_anew();
    else if (told) read(followed_[*told].controls);
    look_if_due();
  }
}

// The place of the event that was set; none: woken, or it is time.
std::optional<size_t> ControlWatch::wait() {
  std::vector<client::Event*> events{wake_.get()};
  for (const Followed& followed : followed_) events.push_back(followed.told.get());
  std::optional<Nanoseconds> patience;
  {
    MutexLock lock(mutex_);
    if (unread_) patience = kAgain;
    else if (somebody_ && !polled_.empty() && !away_)
      patience = std::max<Nanoseconds>(looked_at_ + kLook - client::now(), std::chrono::milliseconds(1));
  }
  const auto set = client::Event::wait_any(events, patience);
  return set && *set > 0 ? std::optional(*set - 1) : std::nullopt;
}

void ControlWatch::attach() {
  polled_.clear();
  for (const auto& control : controls_)
    if (!attach(control)) polled_.push_back(control);
  std::erase_if(files_, [&](const auto& file) {
    return std::ranges::none_of(followed_, [&](const Followed& followed) {
      return std::ranges::any_of(followed.controls, [&](const auto& c) { return c->filter() == file.first; });
    });
  });
  polled_count_.store(polled_.size(), std::memory_order_relaxed);
  // What has changed since it was read, and before it was listened to.
  for (const Followed& followed : followed_) read(followed.controls);
}

// Whether the driver tells when it changes.
bool ControlWatch::attach(const std::shared_ptr<const Control>& control) {
  auto file = files_.find(control->filter());
  if (file == files_.end()) {
    auto opened = client::KsFile::open(control->filter());
    if (!opened) return false;
    file = files_.emplace(control->filter(), std::move(*opened)).first;
  }
  const bool room = followed_.size() < kMostEvents;
  if (room) {
    auto told = client::Event::create();
    if (!told) return false;
    followed_.push_back({.told = std::move(*told), .controls = {}, .enabled = {}});
  }
  Followed& followed = followed_.back();
  auto enabled = control->follow(file->second, *followed.told);
  if (enabled) {
    followed.controls.push_back(control);
    followed.enabled.push_back(std::move(*enabled));
  } else if (room) {
    followed_.pop_back();
  }
  return enabled.has_value();
}

void ControlWatch::detach() {
  followed_.clear();
  files_.clear();
}

// A device comes and goes in several steps, of which the last is the one to look at.
void ControlWatch::read_anew() {
  detach();
  away_ = false;
  for (int patience = 0; patience < 50 && wake_->wait(kCalm); ++patience) {
    MutexLock lock(mutex_);
    if (orders_.end || orders_.let_go) return wake_->set();
    orders_.anew = false;
  }
  auto table = EndpointTable::read(device_);
  unread_ = !table;
  if (!table) return;
  controls_ = table->controls();
  inbox_.put(std::move(*table));
  attach();
}

void ControlWatch::look_if_due() {
  uint64_t asked = 0;
  bool somebody = false;
  {
    MutexLock lock(mutex_);
    asked = looks_;
    somebody = somebody_;
  }
  if (asked == looked_ && (away_ || !somebody || client::now() - looked_at_ < kLook)) return;
  if (!away_) read(polled_);
  looked_at_ = client::now();
  if (asked != looked_) inbox_.looked(asked);
  looked_ = asked;
}

void ControlWatch::read(const std::vector<std::shared_ptr<const Control>>& controls) {
  for (const auto& control : controls)
    if (auto values = control->read()) inbox_.put({control, std::move(*values)});
}

}  // namespace portside::service
