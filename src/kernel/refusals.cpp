#include "kernel/refusals.h"

#include <fmt/format.h>

namespace portside::kernel {

void Refusals::note(std::string sentence) {
  MutexLock lock(mutex_);
  std::erase_if(last_, [&](const Noted& noted) { return noted.sentence == sentence; });  // tried again
  if (last_.size() == kKept) last_.pop_front();
  last_.push_back({++count_, std::move(sentence)});
}

uint64_t Refusals::count() const {
  MutexLock lock(mutex_);
  return count_;
}

std::string Refusals::Watch::sentence(std::string_view request) const {
  MutexLock lock(refusals_.mutex_);
  std::string why;
  for (const Noted& noted : refusals_.last_)
    if (noted.number > first_) why += (why.empty() ? "" : "; ") + noted.sentence;
  return why.empty() ? fmt::format("the driver refused {}", request)
                     : fmt::format("{} was refused; before that: {}", request, why);
}

}  // namespace portside::kernel
