#include "host/memory_bridge.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include "kernel/kernel.h"
#include "loader/image.h"

namespace portside::host {

void MemoryBridge::add_image(const loader::Image& image) {
  if (!protect_) return;
  for (const loader::ImageRange& range : image.pageable_ranges()) {
    const loader::PeSection* section = image.section_at(range.begin);
    if (!section || section->discardable() || range.begin % kPageBytes) continue;
    const int protection = (section->readable() ? PROT_READ : 0) | (section->writable() ? PROT_READ | PROT_WRITE : 0) |
                           (section->executable() ? PROT_READ | PROT_EXEC : 0);
    kernel_.pageable().add({.begin = range.begin,
                            .end = round_up_to_page(range.end),
                            .protection = protection,
                            .code = section->executable(),
                            .name = fmt::format("the pageable section {} of {}", range.section, image.name())});
  }
}

void MemoryBridge::on_allocated(const kernel::PoolBlock& block) {
  // Only a block on pages of its own can be closed.
  if (!protect_ || block.kind != kernel::PoolKind::kPaged || block.owner != kernel::PoolOwner::kDriver ||
      !block.special)
    return;
  kernel_.pageable().add(
      {.begin = block.address.page().value,
       .end = round_up_to_page((block.address + std::max<uint64_t>(block.bytes, 1)).value),
       .protection = PROT_READ | PROT_WRITE,
       .code = false,
       .name = fmt::format("paged pool, {} bytes, tag '{}'", block.bytes, kernel::pool_tag_text(block.tag))});
}

void MemoryBridge::on_freeing(const kernel::PoolBlock& block) {
  if (protect_ && block.kind == kernel::PoolKind::kPaged)
    kernel_.pageable().remove(block.address.page().value, (block.address + std::max<uint64_t>(block.bytes, 1)).value);
}

void MemoryBridge::on_unmapped(const memory::MdlRecord& record) {
  kernel_.memory_gone(record.view.value, record.view.value + record.view_bytes, "The unmapping", false);
}

void MemoryBridge::on_locked(const memory::MdlRecord& record) {
  if (protect_) kernel_.pageable().lock(record.described.value, record.described.value + record.bytes);
}

void MemoryBridge::on_unlocked(const memory::MdlRecord& record) {
  if (protect_) kernel_.pageable().unlock(record.described.value, record.described.value + record.bytes);
}

}  // namespace portside::host
