#include "portside/host_watch.h"

#include <signal.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace portside::tools {

using std::chrono::steady_clock;

struct HostWatch::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  bool asked = false, over = false;
  std::optional<Look> ended;

  void work(const Connect& connect);
};

void HostWatch::Shared::work(const Connect& connect) {
  std::unique_ptr<Client> client;
  for (;;) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return asked || over; });
      if (over) return;
      asked = false;
    }
    Look look{.snapshot = std::string()};
    if (!client) {
      auto connected = connect();
      if (connected) {
        client = std::move(*connected);
        look.anew = true;
      } else {
        look.snapshot = fail(connected.error());
      }
    }
    if (client) look.snapshot = client->snapshot();
    if (!look.snapshot && look.snapshot.error().code() == StatusCode::kMachineEnded) client.reset();
    const std::lock_guard lock(mutex);
    ended = std::move(look);
    changed.notify_all();
  }
}

HostWatch::HostWatch(Connect connect) : shared_(std::make_shared<Shared>()) {
  // Signals are the other thread's, which waits to be stopped by ^Z before it takes the terminal again.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([shared = shared_, connect = std::move(connect)] { shared->work(connect); }).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

HostWatch::~HostWatch() {
  const std::lock_guard lock(shared_->mutex);
  shared_->over = true;
  shared_->changed.notify_all();
}

void HostWatch::begin() {
  if (began_) return;
  began_ = steady_clock::now();
  const std::lock_guard lock(shared_->mutex);
  shared_->asked = true;
  shared_->changed.notify_all();
}

std::optional<HostWatch::Look> HostWatch::take(std::chrono::milliseconds within) {
  if (!began_) return std::nullopt;
  std::unique_lock lock(shared_->mutex);
  if (!shared_->changed.wait_for(lock, within, [&] { return shared_->ended.has_value(); })) return std::nullopt;
  began_.reset();
  return std::exchange(shared_->ended, std::nullopt);
}

std::chrono::nanoseconds HostWatch::under_way() const {
  return began_ ? steady_clock::now() - *began_ : std::chrono::nanoseconds(0);
}

}  // namespace portside::tools
