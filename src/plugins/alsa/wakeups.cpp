#include "plugins/alsa/wakeups.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

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

void Wakeups::use(int notification) {
  notification_ = notification;
  called_ = false;
}

unsigned Wakeups::fill(std::span<pollfd> out) const {
  const int descriptors[kCount] = {event(), changes_};
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
  called_ = ::write(event(), &one, sizeof one) == sizeof one || errno == EAGAIN;  // a full counter is readable, too
}

void Wakeups::rest(bool notified) {
  if (!notified && !called_) return;
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t cleared = ::read(event(), &count, sizeof count);  // nothing there is well, too
  called_ = false;
}

void Wakeups::wait(std::chrono::nanoseconds most) {
  pollfd set[kCount];
  const unsigned count = fill(set);
  const timespec time{.tv_sec = static_cast<time_t>(most.count() / 1'000'000'000),
                      .tv_nsec = static_cast<long>(most.count() % 1'000'000'000)};
  (void)::ppoll(set, count, &time, nullptr);  // a failure is a signal
}

}  // namespace portside::alsa
