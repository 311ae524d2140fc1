#pragma once
// StreamBoard: the pages of all open streams and the clients they belong to, for the one who must tell them when the
// machine has ended and its threads have not. Its lock is never held over a call that could wait.

#include <algorithm>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "service/client_page.h"
#include "service/peer.h"

namespace portside::service {

class StreamBoard {
 public:
  void add(std::shared_ptr<Peer> peer) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    peers_.push_back(std::move(peer));
  }
  void remove(const std::shared_ptr<Peer>& peer) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    std::erase(peers_, peer);
  }
  void add(const std::shared_ptr<ClientPage>& page) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    std::erase_if(pages_, [](const std::weak_ptr<ClientPage>& p) { return p.expired(); });
    pages_.push_back(page);
  }
  // All streams end, everybody is told why.
  void farewell(const Status& why) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    for (const auto& weak : pages_)
      if (const auto page = weak.lock()) page->end(why);
    for (const auto& peer : peers_) peer->tell(0, wire::Farewell(why));
  }

 private:
  Mutex mutex_;
  std::vector<std::shared_ptr<Peer>> peers_ GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<ClientPage>> pages_ GUARDED_BY(mutex_);
};

}  // namespace portside::service
