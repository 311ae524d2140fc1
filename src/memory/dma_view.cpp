#include "memory/dma_view.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "memory/dma_state.h"
#include "memory/reason.h"

namespace portside::memory {

DmaView::DmaView(std::shared_ptr<State> state) : state_(std::move(state)) {}
DmaView::DmaView(DmaView&&) noexcept = default;
DmaView& DmaView::operator=(DmaView&&) noexcept = default;
DmaView::~DmaView() = default;

DmaView::State::~State() {
  MutexLock lock(mutex);
  for (auto& [key, window] : windows) window.unmap();
}

void DmaView::State::Window::unmap() const {
  if (segment->descriptor() >= 0) ::munmap(base, bytes);
}

Result<std::byte*> DmaView::State::page_locked(PhysicalAddress at) {
  if (restricted && !std::ranges::binary_search(pfns, at.value >> kPageShift))
    return refuse(MemoryReason::kOutsideSource,
                  fmt::format("the page at physical address {:#x} is not the device's to touch", at.value));
  auto found_at = physical.locate(at);
  if (!found_at) {
    // Whose the page was says more.
    if (judge)
      if (auto judged_bad = judge(at, 1); !judged_bad) return fail(judged_bad.error());
    return fail(found_at.error());
  }
  const FrameLocation& location = *found_at;
  if (const uint64_t now = physical.removals(); now != seen_removals) {
    // Segments went: their mappings here would keep their memory.
    std::erase_if(windows, [&](const auto& entry) {
      if (physical.segment(entry.first.first)) return false;
      entry.second.unmap();
      return true;
    });
    seen_removals = now;
  }
  const uint64_t number = location.offset / kWindowBytes;
  const Key key{location.id, number};
  auto found = windows.find(key);
  if (found == windows.end()) {
    Window window;
    window.segment = location.segment;
    window.offset = number * kWindowBytes;
    window.bytes = std::min(kWindowBytes, location.segment->bytes() - window.offset);
    if (location.segment->host_base()) {
      window.base = location.segment->host_base() + window.offset;
    } else {
      TRY_ASSIGN(window.base,
                 location.segment->map(nullptr, window.offset, window.bytes, ViewAccess::kReadWrite, false));
    }
    if (windows.size() >= kMostWindows) {
      windows.begin()->second.unmap();
      windows.erase(windows.begin());
    }
    found = windows.emplace(key, std::move(window)).first;
  }
  return found->second.base + (location.offset - found->second.offset);
}

template <class Copy>
Result<> DmaView::State::for_each_piece(PhysicalAddress at, uint64_t bytes, Copy&& copy) {
  Result<> result;
  Status foreign;
  {
    MutexLock lock(mutex);
    // All or nothing: the pages are looked up before the first is touched.
    if (bytes > UINT64_MAX - at.value)
      result = refuse(MemoryReason::kNotInRange, "an access past the end of physical memory");
    std::vector<std::pair<std::byte*, uint64_t>> pieces;
    for (uint64_t done = 0; result && done < bytes;) {
      const PhysicalAddress here = at + done;
      const uint64_t length = std::min(bytes - done, kPageBytes - here.offset_in_page());
      auto page = page_locked(here);
      if (auto asked = page ? ask_locked(here, length) : Result<>(); !asked) {
        // Memory of the driver's own that it has not locked for a device: a device reaches it all the same.
        if (reason_of(asked.error()) == MemoryReason::kDmaToForeign) foreign = asked.error();
        else page = fail(asked.error());
      }
      if (!page) result = fail(page.error());
      else pieces.emplace_back(*page, length);
      done += length;
    }
    uint64_t done = 0;
    if (result)
      for (auto [base, length] : pieces) {
        copy(base, done, length);
        done += length;
      }
  }
  if (!result && report) report(at, bytes, result.error());
  if (result && !foreign.is_ok() && report) report(at, bytes, foreign);
  return result;
}

Result<> DmaView::State::ask_locked(PhysicalAddress at, uint64_t bytes) {
  if (!judge) return {};
  const uint64_t now = ownership->load(std::memory_order_acquire);
  const uint64_t end = at.offset_in_page() + bytes;
  if (judged.size() > kMostJudged) judged.clear();
  Judged& known = judged[at.value >> kPageShift];
  if (known.ownership == now && known.end >= end) return {};
  TRY(judge(at, bytes));
  known = {now, known.ownership == now ? std::max(known.end, end) : end};
  return {};
}

Result<> DmaView::read(PhysicalAddress from, std::span<std::byte> to) const {
  return state_->for_each_piece(from, to.size(), [&](const std::byte* base, uint64_t done, uint64_t length) {
    std::memcpy(to.data() + done, base, length);
  });
}

Result<> DmaView::write(PhysicalAddress to, std::span<const std::byte> from) const {
  return state_->for_each_piece(to, from.size(), [&](std::byte* base, uint64_t done, uint64_t length) {
    std::memcpy(base, from.data() + done, length);
  });
}

Result<std::span<std::byte>> DmaView::span(PhysicalAddress at, uint64_t bytes) const {
  std::span<std::byte> together;
  Result<> result;
  {
    MutexLock lock(state_->mutex);
    while (together.size() < bytes) {
      const PhysicalAddress here = at + together.size();
      auto page = state_->page_locked(here);
      if (page)
        if (auto asked =
                state_->ask_locked(here, std::min(bytes - together.size(), kPageBytes - here.offset_in_page()));
            !asked && reason_of(asked.error()) != MemoryReason::kDmaToForeign)
          page = fail(asked.error());
      if (!page) {
        if (together.empty()) result = fail(page.error());
        break;
      }
      const uint64_t length = std::min(bytes - together.size(), kPageBytes - here.offset_in_page());
      if (together.empty()) together = {*page, length};
      else if (*page == together.data() + together.size()) together = {together.data(), together.size() + length};
      else break;
    }
  }
  if (!result) {
    if (state_->report) state_->report(at, bytes, result.error());
    return fail(result.error());
  }
  return together;
}

}  // namespace portside::memory
