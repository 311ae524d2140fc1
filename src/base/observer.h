#pragma once
// The observer seam: each layer owns an interface of what can be seen happening in it; whoever wants to know (the
// verifier, the trace, the client's progress line) subscribes. No layer knows who listens.

#include <algorithm>
#include <vector>

namespace portside {

// Observers are added and removed while no driver code runs, so that notify() takes no lock.
template <class Observer>
class ObserverList {
 public:
  void add(Observer& observer) { observers_.push_back(&observer); }
  void remove(Observer& observer) { std::erase(observers_, &observer); }
  bool empty() const { return observers_.empty(); }

  template <class... Params, class... Args>
  void notify(void (Observer::*event)(Params...), Args&&... args) const {
    for (Observer* o : observers_) (o->*event)(args...);
  }

 private:
  std::vector<Observer*> observers_;
};

}  // namespace portside
