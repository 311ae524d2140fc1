#include "verifier/race_rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace portside::verifier {
namespace {

const char* verb(const Access& access) { return access.write ? "written" : "read"; }

std::string who(const Access& access) {
  switch (access.id % 4) {
    case 1: return fmt::format("the DPCs of processor {}", access.id / 4);
    case 2: return fmt::format("the interrupts of processor {}", access.id / 4);
    default: return fmt::format("thread {}", access.id);
  }
}

bool exclude_each_other(const Access& a, const Access& b) {
  if (!a.locks || !b.locks) return false;
  return std::ranges::any_of(*a.locks, [&](const HeldLock& held) {
    return std::ranges::any_of(
        *b.locks, [&](const HeldLock& other) { return held.lock == other.lock && !(held.shared && other.shared); });
  });
}

}  // namespace

RaceRules::Holder& RaceRules::holder_of(uint64_t id) {
  if (last_holder_ && last_holder_->id == id) return *last_holder_;
  const auto known = numbers_.find(id);
  last_holder_ = known == numbers_.end() ? &make_holder(id) : holders_[known->second].get();
  return *last_holder_;
}

RaceRules::Holder& RaceRules::make_holder(uint64_t id) {
  uint32_t number = static_cast<uint32_t>(holders_.size()), time = 1;
  if (ended_.size() < kMostEnded) {
    holders_.push_back(std::make_unique<Holder>());
  } else {
    // Its time goes on, so that who knows the new one knows the old one too.
    number = ended_.front();
    time = holders_[number]->time() + 1;
    ended_.pop_front();
  }
  Holder& holder = *holders_[number];
  holder = {};
  holder.id = id;
  holder.number = number;
  holder.clock.restart(number, time);
  numbers_[id] = number;
  return holder;
}

bool RaceRules::is_drivers(const kernel::LockEvent& event) {
  // The driver asked for an interrupt's lock when it connected the interrupt, wherever it lies.
  if (event.kind == kernel::LockKind::kInterrupt) return true;
  const auto [known, added] = known_locks_.try_emplace(event.lock, false);
  if (added) known->second = memory_.is_drivers(reinterpret_cast<uint64_t>(event.lock));
  return known->second;
}

const std::shared_ptr<const LockSet>& RaceRules::locks_of(Holder& holder) {
  if (!holder.locks && !holder.held.empty()) {
    auto set = std::make_shared<LockSet>();
    for (const Held& held : holder.held) set->push_back(held.lock);
    holder.locks = std::move(set);
  }
  return holder.locks;
}

void RaceRules::on_acquired(const kernel::LockEvent& event) {
  // A lock of the system's or the port's orders all that is done under it: what they guard is not seen.
  if (!is_drivers(event)) return on_taken(event.lock, event.holder);
  Holder& holder = holder_of(event.holder);
  for (Held& held : holder.held)
    if (held.lock.lock == event.lock) {
      ++held.times;
      return;
    }
  locks_[event.lock].begin(holder.number, holder.clock);
  holder.clock.tick(holder.number);
  Held held{.lock = {event.lock, event.kind, event.shared, capture_stack()}, .section = {}};
  held.section.shared = event.shared;
  held.section.began = holder.time();
  holder.held.push_back(std::move(held));
  holder.locks = nullptr;
}

void RaceRules::on_released(const kernel::LockEvent& event) {
  if (!is_drivers(event)) return on_given(event.lock, event.holder);
  const auto release = [&](Holder& holder) {
    const auto held = std::ranges::find(holder.held, event.lock, [](const Held& h) { return h.lock.lock; });
    if (held == holder.held.end()) return false;
    if (--held->times == 0) end_section(holder, held);
    return true;
  };
  if (release(holder_of(event.holder))) return;
  // Released by another than its holder: told elsewhere.
  for (auto& holder : holders_)
    if (release(*holder)) return;
}

void RaceRules::end_section(Holder& holder, std::vector<Held>::iterator held) {
  locks_[held->lock.lock].end(holder.number, held->section, holder.clock);
  holder.held.erase(held);
  holder.locks = nullptr;
  holder.clock.tick(holder.number);
}

void RaceRules::on_given(const void* through, uint64_t id) {
  if (!any_access_) return;
  Holder& holder = holder_of(id);
  through_[through].join(holder.clock);
  holder.clock.tick(holder.number);
}

void RaceRules::on_taken(const void* through, uint64_t id) {
  if (!any_access_) return;
  const auto given = through_.find(through);
  if (given != through_.end()) holder_of(id).clock.join(given->second);
}

void RaceRules::on_ended(uint64_t id) {
  const auto known = numbers_.find(id);
  if (known == numbers_.end()) return;
  ended_.push_back(known->second);
  numbers_.erase(known);
  last_holder_ = nullptr;
}

void RaceRules::on_access(uint64_t address, uint64_t bytes, bool write, uint64_t id) {
  any_access_ = true;
  constexpr uint64_t kGranule = AccessHistory::kGranule;
  Holder& holder = holder_of(id);
  for (uint64_t at = address, end = address + bytes; at < end;) {
    const uint64_t granule = at / kGranule, first = at % kGranule;
    const uint64_t count = std::min(kGranule - first, end - at);
    access(holder, granule, static_cast<uint8_t>(((1u << count) - 1) << first), write);
    at += count;
  }
}

void RaceRules::access(Holder& holder, uint64_t granule, uint8_t bytes, bool write) {
  AccessHistory::Cell* cell = history_.find(granule);
  if (cell && cell->repeats(holder.number, holder.time(), bytes, write)) return;
  if (!cell) {
    if (!memory_.is_drivers(granule * AccessHistory::kGranule)) return;
    cell = history_.make(granule, holder.number);
    if (!cell) return;
  }
  cell->repeat_from(holder.number, holder.time(), bytes, write);
  for (Held& held : holder.held) locks_[held.lock.lock].touch(held.section, granule, write, holder.clock);
  const std::shared_ptr<const LockSet>& locks = locks_of(holder);
  const auto make = [&] {
    return std::make_unique<Access>(
        Access{holder.id, holder.number, holder.time(), bytes, write, locks, capture_stack()});
  };
  if (locks && !cell->guarded) cell->guarded = make();
  if (!cell->shared) {
    if (cell->owner == holder.number) return;
    cell->shared = true;
  }
  std::unique_ptr<Access> now = make();
  for (const std::unique_ptr<Access>& before : cell->accesses) {
    if (before->holder == now->holder || !(before->bytes & now->bytes) || !(before->write || now->write)) continue;
    if (before->time <= holder.clock.at(before->holder) || exclude_each_other(*before, *now)) continue;
    tell(granule * AccessHistory::kGranule + static_cast<uint64_t>(__builtin_ctz(before->bytes & now->bytes)), *cell,
         *now, *before);
  }
  remember(*cell, std::move(now), holder.clock);
}

void RaceRules::remember(AccessHistory::Cell& cell, std::unique_ptr<Access> access, const VectorClock& clock) {
  auto& kept = cell.accesses;
  // Whoever will be in conflict with one of these, and not after it, is so with the newer one, which comes after them.
  std::erase_if(kept, [&](const std::unique_ptr<Access>& old) {
    return !(old->bytes & ~access->bytes) && (access->write || !old->write) && old->time <= clock.at(old->holder);
  });
  if (kept.size() >= AccessHistory::kMostAccesses) kept.erase(kept.begin());
  kept.push_back(std::move(access));
}

void RaceRules::tell(uint64_t address, const AccessHistory::Cell& cell, const Access& now, const Access& before) {
  const bool either = now.locks || before.locks;
  if (!either && (!cell.guarded || !(cell.guarded->bytes & now.bytes & before.bytes))) return;
  // Where the lock is missing stands first.
  const Access& bare = now.locks && !before.locks ? before : now;
  const Access& other = &bare == &now ? before : now;
  if (bare.stack.empty() || other.stack.empty()) return;
  const uint64_t here = memory_.function_of(bare.stack.frames[0]), there = memory_.function_of(other.stack.frames[0]);
  if (!told_.insert({std::min(here, there), std::max(here, there)}).second) return;

  const Access& guarded = other.locks ? other : *cell.guarded;
  const HeldLock& lock = guarded.locks->back();
  const std::string memory = memory_.name(address);
  const std::string lock_name = fmt::format("{} {}", name_of(lock.kind), lock.lock);
  std::string what;
  std::vector<LabelledStack> stacks{{fmt::format("{} by", verb(bare)), bare.stack}};
  const bool readers = bare.locks && other.locks && bare.locks->back().lock == lock.lock;
  if (readers) {
    what =
        fmt::format("{} is {} with the {} held for reading alone, and {} elsewhere likewise; nothing orders the two.",
                    memory, verb(bare), lock_name, verb(other));
    stacks.push_back({"while holding the lock of", bare.locks->back().acquired_at});
    stacks.push_back({fmt::format("elsewhere {} by", verb(other)), other.stack});
    stacks.push_back({"while holding the lock of", lock.acquired_at});
  } else if (bare.locks) {
    const HeldLock& own = bare.locks->back();
    what = fmt::format(
        "{} is {} with the {} {} held, and {} elsewhere with the {} held and not that one; nothing orders the two.",
        memory, verb(bare), name_of(own.kind), own.lock, verb(other), lock_name);
    stacks.push_back({"while holding the lock of", own.acquired_at});
    stacks.push_back({fmt::format("elsewhere {} by", verb(other)), other.stack});
    stacks.push_back({"while holding the lock of", lock.acquired_at});
  } else if (other.locks) {
    what = fmt::format("{} is {} without the {}, with which it is {} elsewhere; nothing orders the two.", memory,
                       verb(bare), lock_name, verb(other));
    stacks.push_back({fmt::format("with the lock {} by", verb(other)), other.stack});
    stacks.push_back({"while holding the lock of", lock.acquired_at});
  } else {
    what = fmt::format(
        "{} is {} here and {} elsewhere without the {}, with which it is {} in a third place; nothing orders the two.",
        memory, verb(bare), verb(other), lock_name, verb(guarded));
    stacks.push_back({fmt::format("elsewhere {} by", verb(other)), other.stack});
    stacks.push_back({fmt::format("with the lock {} by", verb(guarded)), guarded.stack});
    stacks.push_back({"while holding the lock of", lock.acquired_at});
  }
  verifier_.report(RuleId::kLockNotHeld, std::move(what), std::move(stacks),
                   {{"holders", fmt::format("{} by {}, {} by {}", verb(bare), who(bare), verb(other), who(other))}});
}

void RaceRules::on_freed(const kernel::PoolBlock& block) {
  forget(block.address.value, block.address.value + block.bytes);
}
void RaceRules::on_code_gone(uint64_t begin, uint64_t end) { forget(begin, end); }

void RaceRules::forget(uint64_t begin, uint64_t end) {
  history_.forget(begin, end);
  const Lock first = reinterpret_cast<Lock>(begin), last = reinterpret_cast<Lock>(end);
  through_.erase(through_.lower_bound(first), through_.lower_bound(last));
  locks_.erase(locks_.lower_bound(first), locks_.lower_bound(last));
  known_locks_.erase(known_locks_.lower_bound(first), known_locks_.lower_bound(last));
  for (auto& holder : holders_)
    if (std::erase_if(holder->held, [&](const Held& h) { return h.lock.lock >= first && h.lock.lock < last; }))
      holder->locks = nullptr;
}

}  // namespace portside::verifier
