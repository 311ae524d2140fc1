#include "kernel/section.h"

#include <wdm.h>

#include <fmt/format.h>

#include <utility>

#include "memory/memory.h"

namespace portside::kernel {

Result<std::shared_ptr<Section>> Section::create(memory::Memory& memory, uint64_t bytes) {
  memory::PageRequest request;
  request.bytes = (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
  request.contiguous = true;  // so that any part of it is one run of page frames
  auto pages = memory.allocate_contiguous(request, MmCached);
  if (!pages) return fail(StatusCode::kInsufficientResources, pages.error().sentence());
  return std::shared_ptr<Section>(new Section(memory, *pages, request.bytes));
}

Section::~Section() { (void)memory_.free_contiguous(pages_); }

Result<OpenedSection> open_section(ObjectDirectory& objects, memory::Memory& memory, std::u16string_view name,
                                   uint64_t bytes, bool open_existing, uint32_t access, HandleKind kind,
                                   const char* api) {
  if (open_existing && !name.empty()) {
    if (auto body = objects.reference_by_name(name, &object_types::kSection)) {
      auto handle = objects.open_handle(*body, access, kind, api);
      (void)objects.dereference(*body, api);
      if (!handle) return fail(handle.error());
      return OpenedSection{*handle, false};
    } else if (body.error().code() != StatusCode::kObjectNameNotFound) {
      return fail(body.error());
    }
  }
  TRY_ASSIGN(auto section, Section::create(memory, bytes));
  auto object = std::make_unique<SectionObject>(std::move(section));
  NewObject entry;
  entry.type = &object_types::kSection;
  entry.body = object.get();
  entry.name = name;
  entry.on_delete = [](void* gone) { delete static_cast<SectionObject*>(gone); };
  TRY(objects.insert(std::move(entry)));
  void* const body = object.release();
  auto handle = objects.open_handle(body, access, kind, api);
  (void)objects.dereference(body, api);  // the handle's reference remains
  if (!handle) return fail(handle.error());
  return OpenedSection{*handle, true};
}

Result<SectionViews::View> SectionViews::map(std::shared_ptr<Section> section, uint64_t offset, uint64_t bytes) {
  if (offset >= section->bytes() || bytes > section->bytes() - offset)
    return fail(StatusCode::kInvalidViewSize,
                fmt::format("a view of {} bytes at {} of a section of {}", bytes, offset, section->bytes()));
  memory::Memory& memory = section->memory_;
  const uint64_t whole = bytes ? (bytes + kPageBytes - 1) / kPageBytes * kPageBytes : section->bytes() - offset;
  TRY_ASSIGN(const PhysicalAddress first, memory.physical_address(section->pages_ + offset));
  TRY_ASSIGN(const KernelAddress base, memory.map_physical(first, whole, MmCached));
  MutexLock lock(mutex_);
  views_[base.value] = {{base, whole}, std::move(section)};
  return View{base, whole};
}

Result<> SectionViews::unmap(KernelAddress inside) {
  Mapped gone;
  {
    MutexLock lock(mutex_);
    auto at = views_.upper_bound(inside.value);
    if (at == views_.begin() || inside.value - (--at)->first >= at->second.view.bytes)
      return fail(StatusCode::kNotMappedView, fmt::format("no view of a section lies at {:#x}", inside.value));
    gone = std::move(at->second);
    views_.erase(at);
  }
  return gone.section->memory_.unmap_physical(gone.view.base, gone.view.bytes);
}

}  // namespace portside::kernel
