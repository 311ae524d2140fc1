#include "portside/interrupt.h"

#include <signal.h>

#include <atomic>

namespace portside::tools {
namespace {

std::atomic<bool> noted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "it is set by a signal handler");

constexpr int kSignals[] = {SIGINT, SIGTERM};

}  // namespace

Interrupt::Interrupt() {
  noted = false;
  struct sigaction action{};
  action.sa_handler = [](int) { noted = true; };
  action.sa_flags = SA_RESETHAND | SA_RESTART;
  for (const int signal : kSignals) ::sigaction(signal, &action, nullptr);
}

Interrupt::~Interrupt() {
  for (const int signal : kSignals) ::signal(signal, SIG_DFL);
}

bool Interrupt::came() { return noted; }

}  // namespace portside::tools
