#include "kernel/schedule.h"

#include "kernel/thread.h"

namespace portside::kernel {

Schedule::Schedule(const ScheduleOptions& options, uint64_t seed, uint32_t switch_interval)
    : strategy_(make_strategy(options, seed, switch_interval)), record_(options.record) {
  if (!options.waits) return;
  waiting_ = std::move(strategy_);
  strategy_ = std::make_unique<ReplayStrategy>(std::vector<ScheduleDecision>());
}

void Schedule::begin() {
  if (!waiting_) return;
  strategy_ = std::move(waiting_);
  calls_ = accesses_ = 0;
}

SchedulePoint Schedule::arrive(PointKind kind, ThreadObject* thread) {
  if (!thread) return last_ = {kind, 0, 0, ++host_points_};
  if (thread->is_idle_) return last_ = {kind, thread->id(), kIdleName, ++idle_points_};
  return last_ = {kind, thread->id(), thread->id(), ++thread->schedule_points_};
}

size_t Schedule::choose(PointKind kind, ThreadObject* thread, std::span<ScheduleCandidate> candidates) {
  const SchedulePoint point = kind <= PointKind::kAccess ? last_ : arrive(kind, thread);
  const size_t chosen = strategy_->choose(point, candidates);
  if (chosen == ScheduleStrategy::kGoOn) return chosen;
  ScheduleCandidate& candidate = candidates[chosen];
  const uint32_t usual = candidate.processor;
  if (candidate.any_processor) candidate.processor = strategy_->choose_processor(point, candidate);
  by_default_ = chosen == ScheduleStrategy::by_default(point, candidates) && candidate.processor == usual;
  const bool idle = candidate.kind == ScheduleCandidate::Kind::kIdle;
  chosen_ = {point.name, point.number, idle ? kIdleName : candidate.thread, candidate.processor, false};
  return chosen;
}

void Schedule::spins(const ThreadObject& thread) { strategy_->spins(thread.id()); }

void Schedule::made(const ScheduleSwitch& made) {
  if (record_) decisions_.push_back(made.decision);
  observers_.notify(&ScheduleObserver::on_switch, made);
}

void Schedule::switching(const char* call, const ThreadObject* from, const ThreadObject* to) {
  if (!by_default_) made({chosen_, last_.kind, call, from, to});
}

void Schedule::pausing(PointKind kind, const char* call, const ThreadObject& thread) {
  made({{last_.name, last_.number, 0, 0, true}, kind, call, &thread, nullptr});
}

}  // namespace portside::kernel
