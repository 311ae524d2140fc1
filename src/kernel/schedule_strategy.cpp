#include "kernel/schedule_strategy.h"

#include <algorithm>
#include <utility>

namespace portside::kernel {
namespace {
// How many points a thread may come to while nobody else runs before it counts as one that polls; the number is drawn
// anew each time between this and its double, lest a loop be left at the same place of it for ever.
constexpr uint64_t kPatienceInCalls = 10'000;
constexpr uint64_t kPatienceInAccesses = 1'000'000;
// So many looks between accesses at one mean interval, then it doubles.
constexpr uint64_t kLooksBetweenAccesses = 20'000;
uint64_t draw_patience(Random& random, uint64_t least) { return least + random.below(least); }
}  // namespace

size_t ScheduleStrategy::by_default(const SchedulePoint& point, std::span<const ScheduleCandidate> candidates) {
  if (point.may_go_on()) return kGoOn;
  using enum ScheduleCandidate::Kind;
  for (const auto kind : {kIdle, kOwner, kReady})
    for (size_t i = 0; i < candidates.size(); ++i)
      if (candidates[i].kind == kind) return i;
  return 0;
}

UniformStrategy::UniformStrategy(uint64_t seed, uint32_t interval)
    : random_(Random(seed).fork(0x5C4ED)), access_random_(Random(seed).fork(0xACCE55)),
      // Some seeds switch at almost every call, some rarely: races hide at both ends.
      interval_(interval ? interval : 2u << random_.below(7)), countdown_(draw(random_, interval_)),
      access_interval_(uint64_t{8} << access_random_.below(10)),
      access_countdown_(draw(access_random_, access_interval_)) {}

ScheduleStrategy::Wish UniformStrategy::consider(const SchedulePoint& point) {
  if (point.kind == PointKind::kAccess) {
    if (--access_countdown_ > 0) return Wish::kGoOn;
    if (++access_looks_ == kLooksBetweenAccesses) {
      access_looks_ = 0;
      access_interval_ *= 2;
    }
    access_countdown_ = draw(access_random_, access_interval_);
    return Wish::kLook;
  }
  if (--countdown_ > 0) return Wish::kGoOn;
  countdown_ = draw(random_, interval_);
  return Wish::kLook;
}

size_t UniformStrategy::choose(const SchedulePoint&, std::span<const ScheduleCandidate> candidates) {
  return candidates.size() == 1 ? 0 : random_.below(candidates.size());
}

uint32_t UniformStrategy::choose_processor(const SchedulePoint&, const ScheduleCandidate&) {
  return static_cast<uint32_t>(random_.below(2));
}

PctStrategy::PctStrategy(uint64_t seed, uint32_t depth, uint64_t calls, uint64_t accesses)
    : random_(Random(seed).fork(0x9C7)) {
  for (uint32_t i = 1; i < depth; ++i) {
    // There are far more accesses than calls, and most races lie between calls: each sort gets its half.
    Track& track = accesses && random_.below(2) ? accesses_ : calls_;
    track.change_points.push_back(random_.below(std::max<uint64_t>(1, &track == &accesses_ ? accesses : calls)));
  }
  for (Track* track : {&calls_, &accesses_}) {
    std::ranges::sort(track->change_points);
    const auto repeated = std::ranges::unique(track->change_points);
    track->change_points.erase(repeated.begin(), repeated.end());
  }
}

int64_t PctStrategy::priority(uint64_t thread) {
  const auto [at, is_new] = priorities_.try_emplace(thread, 0);
  if (is_new) at->second = 1 + static_cast<int64_t>(random_.next() >> 1 >> 1);
  return at->second;
}

void PctStrategy::run_anew() {
  calls_.alone = accesses_.alone = 0;
  calls_.patience = draw_patience(random_, kPatienceInCalls);
  accesses_.patience = draw_patience(random_, kPatienceInAccesses);
}

ScheduleStrategy::Wish PctStrategy::consider(const SchedulePoint& point) {
  if (std::exchange(running_, point.thread) != point.thread) run_anew();
  Track& track = point.kind == PointKind::kAccess ? accesses_ : calls_;
  if (track.step()) {
    lower(point.thread);
    return random_.below(2) ? Wish::kPause : Wish::kLook;
  }
  if (track.alone > track.patience) {
    run_anew();
    lower(point.thread);
    return Wish::kLook;
  }
  // Between calls nobody becomes ready: who runs is the highest, and stays it.
  return point.kind == PointKind::kAccess ? Wish::kGoOn : Wish::kLook;
}

size_t PctStrategy::choose(const SchedulePoint& point, std::span<const ScheduleCandidate> candidates) {
  if (point.kind == PointKind::kYield) lower(point.thread);
  size_t best = 0;
  int64_t highest = INT64_MIN;
  for (size_t i = 0; i < candidates.size(); ++i)
    if (const int64_t its = priority(candidates[i].thread); its > highest) highest = its, best = i;
  return point.may_go_on() && priority(point.thread) > highest ? kGoOn : best;
}

uint32_t PctStrategy::choose_processor(const SchedulePoint&, const ScheduleCandidate&) {
  return static_cast<uint32_t>(random_.below(2));
}

ReplayStrategy::ReplayStrategy(const std::vector<ScheduleDecision>& decisions) {
  for (const ScheduleDecision& decision : decisions) decisions_[{decision.thread, decision.point}] = decision;
}

const ScheduleDecision* ReplayStrategy::find(const SchedulePoint& point) const {
  const auto found = decisions_.find({point.name, point.number});
  return found == decisions_.end() ? nullptr : &found->second;
}

ScheduleStrategy::Wish ReplayStrategy::consider(const SchedulePoint& point) {
  alone_ = std::exchange(running_, point.thread) == point.thread ? alone_ + (point.kind != PointKind::kAccess) : 0;
  if (const ScheduleDecision* decision = find(point)) return decision->pause ? Wish::kPause : Wish::kLook;
  if (alone_ < patience_) return Wish::kGoOn;
  alone_ = 0;
  patience_ = draw_patience(random_, 4 * kPatienceInCalls);
  polls_ = true;
  return Wish::kLook;
}

size_t ReplayStrategy::choose(const SchedulePoint& point, std::span<const ScheduleCandidate> candidates) {
  if (const ScheduleDecision* decision = find(point); decision && !decision->pause) {
    size_t wanted = candidates.size();
    for (size_t i = 0; i < candidates.size(); ++i) {
      const bool idle = candidates[i].kind == ScheduleCandidate::Kind::kIdle;
      if (candidates[i].thread == decision->to ||
          (idle && decision->to == kIdleName &&
           (wanted == candidates.size() || candidates[i].processor == decision->processor)))
        wanted = i;
    }
    if (wanted < candidates.size()) return wanted;
  }
  return by_default(std::exchange(polls_, false) && point.may_go_on()
                        ? SchedulePoint{PointKind::kYield, point.thread, point.name, point.number}
                        : point,
                    candidates);
}

uint32_t ReplayStrategy::choose_processor(const SchedulePoint& point, const ScheduleCandidate& candidate) {
  const ScheduleDecision* decision = find(point);
  return decision && !decision->pause && decision->to == candidate.thread ? decision->processor : candidate.processor;
}

std::unique_ptr<ScheduleStrategy> make_strategy(const ScheduleOptions& options, uint64_t seed,
                                                uint32_t switch_interval) {
  switch (options.kind) {
    case ScheduleKind::kPct: return std::make_unique<PctStrategy>(seed, options.depth, options.calls, options.accesses);
    case ScheduleKind::kReplay: return std::make_unique<ReplayStrategy>(options.decisions);
    case ScheduleKind::kUniform: break;
  }
  return std::make_unique<UniformStrategy>(seed, switch_interval);
}

}  // namespace portside::kernel
