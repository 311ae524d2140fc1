#pragma once
// Connection: the client's end of the socket. Asks and waits for the answer; news that come meanwhile are kept. Any
// thread: a Client and its Streams may each be in another one's hands; they ask one after the other.

#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include "base/descriptor.h"
#include "base/mutex.h"
#include "wire/message.h"
#include "wire/socket.h"

namespace portside::wire {

class Connection {
 public:
  // How long an answer may take: a driver may be slow, and must not hang its client.
  static constexpr std::chrono::seconds kPatience{30};

  static Result<std::shared_ptr<Connection>> open(const std::string& path);

  struct Reply {
    Answer answer;
    std::vector<Descriptor> descriptors;
  };
  // The host's own error when it answers Failed. kMachineEnded once the host has gone, with its last word as the
  // sentence.
  template <class Message>
  Result<Reply> ask(const Message& message) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    TRY_ASSIGN(const std::vector<std::byte> packet, encode(++last_number_, message));
    return exchange_locked(packet);
  }
  // The same, of a question that has one kind of answer.
  template <class Wanted, class Message>
  Result<Wanted> ask_for(const Message& message) {
    TRY_ASSIGN(Reply reply, ask(message));
    return take<Wanted>(reply);
  }
  template <class Wanted>
  Result<Wanted> take(Reply& reply) {
    if (auto* wanted = std::get_if<Wanted>(&reply.answer)) return std::move(*wanted);
    MutexLock lock(mutex_);
    return fail(lost_locked(Status(StatusCode::kInvalidParameter, "the host gave an answer to another question")));
  }

  // Readable when there is news, or when the host has gone.
  int news_descriptor() const { return news_.get(); }
  Result<std::deque<Changed>> take_news() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return take_news_locked();
  }

 private:
  Connection() = default;
  Result<Reply> exchange_locked(std::span<const std::byte> packet) REQUIRES(mutex_);
  Result<std::deque<Changed>> take_news_locked() REQUIRES(mutex_);
  // Fails when it is the host's last word, or no news at all.
  Result<> keep_news_locked(Answer& answer) REQUIRES(mutex_);
  Status lost_locked(const Status& why) REQUIRES(mutex_);

  Descriptor socket_, kept_, news_;  // kept_: an eventfd, set while news_kept_ is not empty; news_: an epoll of both
  Mutex mutex_;                      // held from a question to its answer
  uint32_t last_number_ GUARDED_BY(mutex_) = 0;
  std::deque<Changed> news_kept_ GUARDED_BY(mutex_);
  Status gone_ GUARDED_BY(mutex_);  // why the host has gone
};

}  // namespace portside::wire
