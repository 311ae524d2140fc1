#include "ks/multiple_item.h"

#include <cstring>

namespace portside::ks {

MultipleItemBuilder::MultipleItemBuilder(bool quad_aligned)
    : bytes_(sizeof(KSMULTIPLE_ITEM)), quad_aligned_(quad_aligned) {}

void MultipleItemBuilder::add(std::span<const std::byte> item) {
  if (quad_aligned_) bytes_.resize((bytes_.size() + 7) & ~size_t{7});
  bytes_.insert(bytes_.end(), item.begin(), item.end());
  ++count_;
}

std::span<const std::byte> MultipleItemBuilder::bytes() {
  const KSMULTIPLE_ITEM header{static_cast<ULONG>(bytes_.size()), count_};
  std::memcpy(bytes_.data(), &header, sizeof header);
  return bytes_;
}

Status answer_list(PropertyRequest& request, std::span<const std::byte> list) {
  if (request.value.size() == sizeof(KSMULTIPLE_ITEM)) return request.answer(list.first(sizeof(KSMULTIPLE_ITEM)));
  return request.answer(list);
}

}  // namespace portside::ks
