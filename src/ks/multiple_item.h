#pragma once
// MultipleItem: a KSMULTIPLE_ITEM and what follows it, built for an answer or walked in a request.

#include <ks.h>
#include <wdm.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/status.h"
#include "ks/property_request.h"

namespace portside::ks {

// Collects items; each but the last is padded to eight bytes when `quad_aligned` (KSDATARANGE, KSATTRIBUTE).
class MultipleItemBuilder {
 public:
  explicit MultipleItemBuilder(bool quad_aligned = false);
  void add(std::span<const std::byte> item);
  // Bytes without an item of their own, aligned: a data range's attribute list, counted by the caller.
  template <class T>
  void add(const T& item) {
    add(std::as_bytes(std::span(&item, 1)));
  }
  uint32_t count() const { return count_; }
  // The finished list: Size and Count filled in.
  std::span<const std::byte> bytes();

 private:
  std::vector<std::byte> bytes_;
  uint32_t count_ = 0;
  bool quad_aligned_;
};

// KsHandleSizedListQuery: an empty buffer learns the size (STATUS_BUFFER_OVERFLOW), one of exactly a KSMULTIPLE_ITEM
// gets size and count alone, another must hold the whole list.
Status answer_list(PropertyRequest& request, std::span<const std::byte> list);

}  // namespace portside::ks
