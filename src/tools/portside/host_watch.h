#pragma once
// HostWatch: looks at a host in a thread of its own: one that stands, under a debugger say, must not hold up who
// listens to the keys.
//
// Threads: all calls from one thread. The looking thread owns the client; it is left alone when the watch ends, since
// nothing ends a look at a host that does not answer, and what it still touches is its own.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "portside/client.h"

namespace portside::tools {

class HostWatch {
 public:
  // Called in the other thread, at any time until the process ends: it holds what it needs by value.
  using Connect = std::function<Result<std::unique_ptr<Client>>()>;

  explicit HostWatch(Connect connect);
  ~HostWatch();
  HostWatch(const HostWatch&) = delete;
  HostWatch& operator=(const HostWatch&) = delete;

  struct Look {
    Result<std::string> snapshot;
    bool anew = false;  // the first of a connection
  };
  // Begins a look; nothing while one is under way.
  void begin();
  // The look that has ended, once. Waits so long for it, when one is under way.
  std::optional<Look> take(std::chrono::milliseconds within);
  // How long the look that is under way has lasted; none: zero.
  std::chrono::nanoseconds under_way() const;

 private:
  struct Shared;
  const std::shared_ptr<Shared> shared_;
  std::optional<std::chrono::steady_clock::time_point> began_;
};

}  // namespace portside::tools
