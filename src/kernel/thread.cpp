#include "kernel/thread.h"

#include <fmt/format.h>
#include <wdm.h>

#include "kernel/dispatcher.h"
#include "kernel/executor.h"
#include "kernel/kernel.h"

#pragma clang diagnostic ignored "-Winvalid-offsetof"  // of the header, which is first in any layout

namespace portside::kernel {

ThreadObject::ThreadObject(Kernel& kernel, uint64_t id, std::string name, std::function<void()> body)
    : kernel_(kernel), id_(id), name_(std::move(name)), body_(std::move(body)) {
  static_assert(sizeof(header_) == sizeof(DISPATCHER_HEADER));
  static_assert(offsetof(WaitBlock, flink) == offsetof(LIST_ENTRY, Flink));
  static_assert(offsetof(WaitBlock, blink) == offsetof(LIST_ENTRY, Blink));
  static_assert(offsetof(ThreadObject, header_) == 0);
  kernel.dispatcher().initialize(header(), ObjectKind::kThread, 0, sizeof(ThreadObject) / 4 & 0xFF);
  wait_timer_.kind = TimerNodeKind::kThreadWait;
  wait_timer_.owner = this;
}

ThreadObject::~ThreadObject() = default;

namespace {
std::string describe_object(const DISPATCHER_HEADER* header) {
  switch (static_cast<ObjectKind>(header->Type)) {
    case ObjectKind::kNotificationEvent: return "a notification event";
    case ObjectKind::kSynchronizationEvent: return "a synchronization event";
    case ObjectKind::kSemaphore: return "a semaphore";
    case ObjectKind::kNotificationTimer:
    case ObjectKind::kSynchronizationTimer: return "a timer";
    case ObjectKind::kThread: {
      auto* thread = reinterpret_cast<const ThreadObject*>(header);
      return fmt::format("the end of thread {} \"{}\"", thread->id(), thread->name());
    }
    case ObjectKind::kMutex: {
      auto* owner = reinterpret_cast<ThreadObject*>(reinterpret_cast<const KMUTANT*>(header)->OwnerThread);
      return owner ? fmt::format("a mutex that thread {} \"{}\" owns", owner->id(), owner->name()) : "a mutex";
    }
  }
  return "an object of unknown type";
}
}  // namespace

void ThreadObject::list(std::vector<LiveObject>& found) const {
  if (driver_routine && state_ != ThreadState::kTerminated)
    found.push_back({LiveKind::kThread, reinterpret_cast<uint64_t>(this), sizeof(*this), driver_routine, started_at});
  for (const OwnedMutex& owned : owned_mutexes_)
    found.push_back({LiveKind::kOwnedMutex, reinterpret_cast<uint64_t>(owned.mutex), sizeof(KMUTANT), 0, {}});
  if (!wait_.linked) return;
  for (uint32_t i = 0; i < wait_.count; ++i)
    found.push_back(
        {LiveKind::kWaitedFor, reinterpret_cast<uint64_t>(wait_.blocks[i].object), sizeof(DISPATCHER_HEADER), 0, {}});
}

std::string ThreadObject::waiting_for() const {
  if (state_ != ThreadState::kWaiting) return "";
  if (wait_.count == 0) return wait_.has_timeout ? "time to pass" : "nothing that can come";
  std::string text;
  for (uint32_t i = 0; i < wait_.count; ++i) {
    if (i) text += wait_.all ? " and " : " or ";
    text += describe_object(wait_.blocks[i].object);
    std::string what = kernel_.describe_address(reinterpret_cast<uint64_t>(wait_.blocks[i].object));
    if (!what.empty()) text += " (" + what + ")";
  }
  if (wait_.has_timeout) text += ", with a time-out";
  return text;
}

bool ThreadObject::serves_application() const {
  for (const Serving* s = serving; s; s = s->outer)
    if (s->application) return true;
  return false;
}
bool ThreadObject::serves_power() const {
  for (const Serving* s = serving; s; s = s->outer)
    if (s->power) return true;
  return false;
}
const Activity* ThreadObject::activity() const {
  for (const Serving* s = serving; s; s = s->outer)
    if (s->activity) return s->activity;
  return nullptr;
}
void ThreadObject::unwound_to(uint64_t rsp) {
  while (serving && reinterpret_cast<uint64_t>(serving) < rsp) serving = serving->outer;
}

}  // namespace portside::kernel
