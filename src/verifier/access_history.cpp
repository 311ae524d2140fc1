#include "verifier/access_history.h"

#include <algorithm>

namespace portside::verifier {

AccessHistory::Cell* AccessHistory::find(uint64_t granule) {
  const uint64_t page = granule / kCellsOfPage;
  if (page != last_page_) {
    const auto found = pages_.find(page);
    if (found == pages_.end()) return nullptr;
    last_page_ = page;
    last_ = found->second.get();
  }
  return (*last_)[granule % kCellsOfPage].get();
}

AccessHistory::Cell* AccessHistory::make(uint64_t granule, uint32_t owner) {
  if (cells_ >= kMostCells) return nullptr;
  std::unique_ptr<Page>& page = pages_[granule / kCellsOfPage];
  if (!page) page = std::make_unique<Page>();
  std::unique_ptr<Cell>& cell = (*page)[granule % kCellsOfPage];
  cell = std::make_unique<Cell>();
  cell->owner = owner;
  ++cells_;
  return cell.get();
}

void AccessHistory::forget_in(Page& page, uint64_t first, uint64_t end) {
  for (uint64_t i = first; i < end; ++i)
    if (page[i]) {
      page[i].reset();
      --cells_;
    }
}

void AccessHistory::forget(uint64_t begin, uint64_t end) {
  if (begin >= end) return;
  const uint64_t first = begin / kGranule, last = (end - 1) / kGranule;
  const auto clear = [&](uint64_t number, Page& page) {
    const uint64_t from = number * kCellsOfPage;
    forget_in(page, first > from ? first - from : 0, std::min(last + 1 - from, kCellsOfPage));
  };
  const uint64_t first_page = first / kCellsOfPage, last_page = last / kCellsOfPage;
  if (last_page - first_page < pages_.size()) {
    for (uint64_t p = first_page; p <= last_page; ++p)
      if (const auto found = pages_.find(p); found != pages_.end()) clear(p, *found->second);
  } else {
    for (auto& [number, page] : pages_)
      if (number >= first_page && number <= last_page) clear(number, *page);
  }
}

}  // namespace portside::verifier
