#include "verifier/lock_order_rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace portside::verifier {
bool LockOrderRules::is_drivers(Lock lock) {
  const auto [known, added] = known_.try_emplace(lock, false);
  if (added) known->second = is_driver_memory_(reinterpret_cast<uint64_t>(lock));
  return known->second;
}

void LockOrderRules::on_acquired(const kernel::LockEvent& event) {
  MutexLock lock(mutex_);
  if (!is_drivers(event.lock)) return;
  std::vector<Held>& held = held_[event.holder];
  for (Held& h : held) {
    if (h.lock != event.lock) continue;
    ++h.times;  // recursive: no new order
    return;
  }
  const Held inner{event.lock, event.kind, 1, capture_stack()};
  // A call that does not wait closes no circle; what is acquired below it may.
  for (const Held& outer : held) {
    if (event.tried) break;
    auto& from = edges_[outer.lock];
    if (from.contains(event.lock)) continue;
    const std::vector<Lock> back = way(event.lock, outer.lock);
    from.emplace(event.lock, Edge{event.kind, outer.acquired_at, inner.acquired_at});
    if (!back.empty()) report_cycle(outer, inner, back);
  }
  held.push_back(inner);
}

void LockOrderRules::on_released(const kernel::LockEvent& event) {
  MutexLock lock(mutex_);
  if (const auto entry = held_.find(event.holder); entry != held_.end() && release(entry, event.lock)) return;
  // By somebody else than who holds it, which is told: it is free all the same.
  for (auto entry = held_.begin(); entry != held_.end(); ++entry)
    if (release(entry, event.lock)) return;
}

std::vector<LabelledStack> LockOrderRules::held_locks(bool spin_locks) {
  std::vector<LabelledStack> stacks;
  MutexLock lock(mutex_);
  for (const auto& [holder, held] : held_)
    for (const Held& h : held)
      if (kernel::is_spin_lock(h.kind) == spin_locks)
        stacks.push_back({fmt::format("the {} was acquired by", name_of(h.kind)), h.acquired_at});
  return stacks;
}

bool LockOrderRules::release(HeldMap::iterator entry, Lock lock) {
  std::vector<Held>& held = entry->second;
  const auto it = std::ranges::find(held, lock, &Held::lock);
  if (it == held.end()) return false;
  if (--it->times == 0) held.erase(it);
  if (held.empty()) held_.erase(entry);
  return true;
}

void LockOrderRules::on_freed(const kernel::PoolBlock& block) {
  const Lock begin = block.address.pointer();
  forget(begin, static_cast<const char*>(begin) + block.bytes, "was freed");
}

void LockOrderRules::on_code_gone(uint64_t begin, uint64_t end) {
  forget(reinterpret_cast<Lock>(begin), reinterpret_cast<Lock>(end), "went with the driver");
}

void LockOrderRules::forget(Lock begin, Lock end, std::string_view gone) {
  const auto inside = [&](Lock lock) { return lock >= begin && lock < end; };
  MutexLock lock(mutex_);
  known_.erase(known_.lower_bound(begin), known_.lower_bound(end));
  edges_.erase(edges_.lower_bound(begin), edges_.lower_bound(end));
  for (auto& [from, to] : edges_) std::erase_if(to, [&](const auto& edge) { return inside(edge.first); });
  // What was never released is held by nobody any more: no order with it is one.
  for (auto& [holder, held] : held_)
    std::erase_if(held, [&](const Held& h) {
      if (!inside(h.lock)) return false;
      // A mutex and a resource are objects of the kernel's, whose end in memory that goes is told as that.
      if (h.kind != kernel::LockKind::kMutex && h.kind != kernel::LockKind::kResource)
        verifier_.report(RuleId::kLockLeftHeld,
                         fmt::format("The memory of the {} {} {}, and it is held: it was acquired and never released.",
                                     name_of(h.kind), h.lock, gone),
                         {{"acquired by", h.acquired_at}});
      return true;
    });
  std::erase_if(held_, [](const auto& entry) { return entry.second.empty(); });
  std::erase_if(told_, [&](const auto& pair) { return inside(pair.first) || inside(pair.second); });
}

std::vector<LockOrderRules::Lock> LockOrderRules::way(Lock from, Lock to) const {
  std::map<Lock, Lock> reached_from{{from, nullptr}};
  std::vector<Lock> open{from};
  while (!open.empty()) {
    const Lock at = open.back();
    open.pop_back();
    if (at == to) {
      std::vector<Lock> back;
      for (Lock step = to; step; step = reached_from[step]) back.push_back(step);
      std::ranges::reverse(back);
      return back;
    }
    if (const auto next = edges_.find(at); next != edges_.end())
      for (const auto& [lock, edge] : next->second)
        if (reached_from.try_emplace(lock, at).second) open.push_back(lock);
  }
  return {};
}

void LockOrderRules::report_cycle(const Held& outer, const Held& inner, const std::vector<Lock>& back) {
  if (!told_.insert(std::minmax(outer.lock, inner.lock)).second) return;
  // "It does not monitor the use of ERESOURCEs" (Deadlock Detection): a circle with one in it has no code.
  bool resource = outer.kind == kernel::LockKind::kResource || inner.kind == kernel::LockKind::kResource;
  std::vector<LabelledStack> stacks{{"acquired by", inner.acquired_at},
                                    {"while holding the lock of", outer.acquired_at}};
  for (size_t i = 0; i + 1 < back.size(); ++i) {
    const Edge& edge = edges_[back[i]].at(back[i + 1]);
    resource |= edge.kind == kernel::LockKind::kResource;
    stacks.push_back({"in the other order acquired by", edge.inner_at});
    stacks.push_back({"while holding the lock of", edge.outer_at});
  }
  verifier_.report(
      resource ? RuleId::kResourceOrderReversed : RuleId::kLockOrderReversed,
      fmt::format("The {} {} was acquired while the {} {} is held; elsewhere they are acquired in the other order{}.",
                  name_of(inner.kind), inner.lock, name_of(outer.kind), outer.lock,
                  back.size() > 2 ? fmt::format(", through {} more", back.size() - 2) : ""),
      std::move(stacks));
}

}  // namespace portside::verifier
