#include "wire/stream_page.h"

#include <algorithm>
#include <cstring>

namespace portside::wire {

void StreamPage::publish(const PositionSample& sample) {
  const uint32_t now = sequence.load(std::memory_order_relaxed);
  sequence.store(now + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  running.store(sample.running, std::memory_order_relaxed);
  frames.store(sample.frames, std::memory_order_relaxed);
  when_ns.store(sample.when_ns, std::memory_order_relaxed);
  limit.store(sample.limit, std::memory_order_relaxed);
  sequence.store(now + 2, std::memory_order_release);
}

bool StreamPage::sample(PositionSample& out) const {
  // A host that died in between, or lies, is not waited for.
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const uint32_t before = sequence.load(std::memory_order_acquire);
    if (before & 1) continue;
    PositionSample read;
    read.running = running.load(std::memory_order_relaxed) != 0;
    read.frames = frames.load(std::memory_order_relaxed);
    read.when_ns = when_ns.load(std::memory_order_relaxed);
    read.limit = limit.load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (sequence.load(std::memory_order_relaxed) != before) continue;
    out = read;
    return true;
  }
  return false;
}

void StreamPage::end(const Status& why_ended) {
  if (ended.load(std::memory_order_relaxed) != 0) return;
  const size_t count = std::min(why_ended.sentence().size(), sizeof why - 1);
  std::memcpy(why, why_ended.sentence().data(), count);
  why[count] = 0;
  const auto code = static_cast<uint32_t>(why_ended.code());
  ended.store(code ? code : static_cast<uint32_t>(StatusCode::kMachineEnded), std::memory_order_release);
}

Status StreamPage::alive() const {
  const uint32_t code = ended.load(std::memory_order_acquire);
  if (code == 0) return Status::ok();
  std::string sentence(why, strnlen(why, sizeof why));
  std::ranges::replace_if(sentence, [](unsigned char c) { return c < 0x20; }, ' ');
  // The other side may write any number: one that says all is well is no reason.
  const Status status = Status::from_nt(static_cast<int32_t>(code), std::move(sentence));
  return status.is_ok() ? Status(StatusCode::kMachineEnded, status.sentence()) : status;
}

}  // namespace portside::wire
