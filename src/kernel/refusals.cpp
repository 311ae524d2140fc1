#include "kernel/refusals.h"

#include <fmt/format.h>

#include <algorithm>

namespace portside::kernel {

void Refusals::note(std::string sentence) {
  MutexLock lock(mutex_);
  ++count_;
  if (std::ranges::count(last_, sentence)) return;  // tried again
  if (last_.size() == kKept) last_.pop_front();
  last_.push_back(std::move(sentence));
}

uint64_t Refusals::count() const {
  MutexLock lock(mutex_);
  return count_;
}

std::string Refusals::Watch::sentence(std::string_view request) const {
  MutexLock lock(refusals_.mutex_);
  std::string why;
  const uint64_t noted = refusals_.count_ - first_;
  const size_t skip = refusals_.last_.size() - std::min<uint64_t>(noted, refusals_.last_.size());
  for (size_t i = skip; i < refusals_.last_.size(); ++i) why += (why.empty() ? "" : "; ") + refusals_.last_[i];
  return why.empty() ? fmt::format("the driver refused {}", request) : fmt::format("{} was refused: {}", request, why);
}

}  // namespace portside::kernel
