#include "kernel/resource.h"

#include <fmt/format.h>
#include <wdm.h>

#include <map>

#include "kernel/dispatcher.h"
#include "kernel/kernel.h"

namespace portside::kernel {
namespace {
constexpr USHORT kOwnedExclusive = 0x80;  // ResourceOwnedExclusive

// Where Windows has the links of its list of all resources: one that was initialised, and not copied since, points to itself.
void mark(ERESOURCE& resource) {
  resource.SystemResourcesList.Flink = &resource.SystemResourcesList;
  resource.SystemResourcesList.Blink = reinterpret_cast<LIST_ENTRY*>(~reinterpret_cast<uintptr_t>(&resource));
}
bool is_marked(const ERESOURCE& resource) {
  return resource.SystemResourcesList.Flink == &resource.SystemResourcesList &&
         reinterpret_cast<uintptr_t>(resource.SystemResourcesList.Blink) == ~reinterpret_cast<uintptr_t>(&resource);
}
}  // namespace

struct Resource::State {
  KEVENT changed;  // set whenever somebody lets go
  ThreadObject* writer = nullptr;
  uint32_t writes = 0;
  std::map<ThreadObject*, uint32_t> readers;
  uint32_t waiting_writers = 0;
};

Resource::State& Resource::state() const { return *static_cast<State*>(resource_->SharedWaiters); }

void Resource::initialize() {
  *resource_ = {};
  auto* state = new State;
  kernel_.dispatcher().initialize_event(&state->changed, true, false);
  resource_->SharedWaiters = state;
  mark(*resource_);
  kernel_.live_objects().add(LiveKind::kResource, resource_, sizeof(ERESOURCE));
}

bool Resource::check(const char* api) const {
  if (is_marked(*resource_)) return true;
  kernel_.report_misuse(MisuseKind::kNotListed, api, resource_,
                        fmt::format("{} was given a resource that was never initialised, or is deleted", api));
  return false;
}

void Resource::destroy(const char* api) {
  if (!check(api)) return;
  kernel_.live_objects().remove(resource_);
  delete static_cast<State*>(std::exchange(resource_->SharedWaiters, nullptr));
  resource_->SystemResourcesList = {};
}

void Resource::publish() {
  State& s = state();
  resource_->ActiveCount = static_cast<SHORT>(s.writer ? 1 : s.readers.size());
  resource_->Flag = s.writer ? kOwnedExclusive : 0;
  resource_->ActiveEntries = static_cast<ULONG>(resource_->ActiveCount);
  resource_->OwnerEntry.OwnerThread = reinterpret_cast<ERESOURCE_THREAD>(s.writer);
}

bool Resource::try_exclusive(ThreadObject* thread) {
  State& s = state();
  if (s.writer != thread && (s.writer || !s.readers.empty())) return false;
  s.writer = thread;
  ++s.writes;
  return true;
}

bool Resource::try_shared(ThreadObject* thread, bool starve_exclusive) {
  State& s = state();
  if (s.writer == thread) {
    ++s.writes;  // its owner gets it exclusively again
    return true;
  }
  if (s.writer) return false;
  // A new reader stands back behind waiting writers, one that already reads does not.
  if (s.waiting_writers && !starve_exclusive && !s.readers.contains(thread)) return false;
  ++s.readers[thread];
  return true;
}

bool Resource::acquire(bool exclusive, bool wait, bool starve_exclusive, const char* api) {
  if (!check(api)) return true;
  ThreadObject* thread = kernel_.current_thread();
  for (bool counted = false;;) {
    {
      DispatcherGuard guard(kernel_.lock());
      if (counted) --state().waiting_writers;
      counted = false;
      if (exclusive ? try_exclusive(thread) : try_shared(thread, starve_exclusive)) {
        publish();
        return true;
      }
      if (!wait) return false;
      if (exclusive) {
        ++state().waiting_writers;
        counted = true;
      }
      state().changed.Header.SignalState = 0;
      ++resource_->ContentionCount;
    }
    void* objects[] = {&state().changed};
    kernel_.dispatcher().wait({.objects = objects, .api = api});
  }
}

bool Resource::acquire_exclusive(bool wait, const char* api) {
  const bool acquired = acquire(true, wait, false, api);
  if (acquired) kernel_.tell_lock(LockKind::kResource, resource_, !wait, api);
  return acquired;
}
bool Resource::acquire_shared(bool wait, bool starve, const char* api) {
  const bool acquired = acquire(false, wait, starve, api);
  if (acquired) kernel_.tell_lock(LockKind::kResource, resource_, !wait, api, true);
  return acquired;
}

void Resource::release(const char* api) {
  if (!check(api)) return;
  ThreadObject* thread = kernel_.current_thread();
  bool held = true;
  {
    DispatcherGuard guard(kernel_.lock());
    State& s = state();
    if (s.writer == thread) {
      if (--s.writes == 0) s.writer = nullptr;
    } else if (auto it = s.readers.find(thread); it != s.readers.end()) {
      if (--it->second == 0) s.readers.erase(it);
    } else {
      held = false;
    }
    publish();
    if (held) kernel_.dispatcher().signal_locked(&s.changed.Header, 1, kernel_.lock());
  }
  if (held) kernel_.tell_unlock(LockKind::kResource, resource_, api);
  // RESOURCE_NOT_OWNED: "a thread tried to release a resource it did not own".
  if (!held) {
    const std::string sentence = fmt::format("{}: the calling thread does not hold this resource", api);
    kernel_.report_misuse(MisuseKind::kResourceNotOwned, api, resource_, sentence);
    kernel_.bug_check(
        {0xE3, {reinterpret_cast<uint64_t>(resource_), reinterpret_cast<uint64_t>(thread), 0, 0}, sentence, {}});
  }
}

void Resource::convert_to_shared(const char* api) {
  if (!check(api)) return;
  DispatcherGuard guard(kernel_.lock());
  State& s = state();
  if (s.writer != kernel_.current_thread()) return;
  s.readers[s.writer] = s.writes;
  s.writer = nullptr;
  s.writes = 0;
  publish();
  kernel_.dispatcher().signal_locked(&s.changed.Header, 1, kernel_.lock());
}

bool Resource::held_exclusive(const char* api) const {
  if (!check(api)) return false;
  DispatcherGuard guard(kernel_.lock());
  return state().writer == kernel_.current_thread();
}

uint32_t Resource::times_held(const char* api) const {
  if (!check(api)) return 0;
  DispatcherGuard guard(kernel_.lock());
  const State& s = state();
  if (s.writer == kernel_.current_thread()) return s.writes;
  auto it = s.readers.find(kernel_.current_thread());
  return it == s.readers.end() ? 0 : it->second;
}

}  // namespace portside::kernel
