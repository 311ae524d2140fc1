#include "plugins/alsa/wakeups.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace portside::alsa {
Wakeups::~Wakeups() {
  if (own_ >= 0) ::close(own_);
}

Result<> Wakeups::open(int changes) {
  changes_ = changes;
  own_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (own_ < 0) return fail(StatusCode::kInsufficientResources, "no descriptors are left for a PCM's waits");
  return {};
}

void Wakeups::use(int notification) { notification_ = notification; }

unsigned Wakeups::fill(std::span<pollfd> out) const {
  const int descriptors[kCount] = {notification_, own_, changes_};  // poll() passes over -1
  const unsigned count = std::min<unsigned>(kCount, static_cast<unsigned>(out.size()));
  for (unsigned i = 0; i < count; ++i) out[i] = {.fd = descriptors[i], .events = POLLIN, .revents = 0};
  return count;
}

bool Wakeups::changes_are_in(std::span<const pollfd> polled) const {
  return changes_ >= 0 &&
         std::ranges::any_of(polled, [&](const pollfd& p) { return p.fd == changes_ && p.revents != 0; });
}

void Wakeups::call() {
  if (called_) return;
  const uint64_t one = 1;
  called_ = ::write(own_, &one, sizeof one) == sizeof one || errno == EAGAIN;  // a full counter is readable, too
}

void Wakeups::rest(bool notified) {
  uint64_t count = 0;
  // Nothing there is well, too.
  if (notified && notification_ >= 0) (void)!::read(notification_, &count, sizeof count);
  if (std::exchange(called_, false)) (void)!::read(own_, &count, sizeof count);
}

void Wakeups::wait(std::chrono::nanoseconds most) {
  pollfd set[kCount];
  const unsigned count = fill(set);
  const timespec time{.tv_sec = static_cast<time_t>(most.count() / 1'000'000'000),
                      .tv_nsec = static_cast<long>(most.count() % 1'000'000'000)};
  (void)::ppoll(set, count, &time, nullptr);  // a failure is a signal
}

}  // namespace portside::alsa
