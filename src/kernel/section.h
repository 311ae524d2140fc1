#pragma once
// Section objects backed by the paging file: memory that is shared by name (ZwCreateSection), and its views. All views are of
// the same page frames. There is one address space, so that a view is a kernel view, whoever's process it is asked for.

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>

#include "base/address.h"
#include "base/mutex.h"
#include "base/result.h"
#include "kernel/object.h"

namespace portside::memory {
class Memory;
}

namespace portside::kernel {

class Section {
 public:
  // Zeroed; whole pages. kInsufficientResources when memory is short.
  static Result<std::shared_ptr<Section>> create(memory::Memory&, uint64_t bytes);
  ~Section();
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

  uint64_t bytes() const { return bytes_; }

 private:
  friend class SectionViews;
  Section(memory::Memory& memory, KernelAddress pages, uint64_t bytes)
      : memory_(memory), pages_(pages), bytes_(bytes) {}
  memory::Memory& memory_;
  const KernelAddress pages_;  // a view of its own, which nobody is given
  const uint64_t bytes_;
};

// The body behind a section's handles.
struct SectionObject {
  std::shared_ptr<Section> section;
};

struct OpenedSection {
  void* handle = nullptr;
  bool created = false;
};
// A handle to a new section of `bytes`; to the existing one of that name when `open_existing`, else
// STATUS_OBJECT_NAME_COLLISION.
Result<OpenedSection> open_section(ObjectDirectory&, memory::Memory&, std::u16string_view name, uint64_t bytes,
                                   bool open_existing, uint32_t access, HandleKind, const char* api);

// The views that are mapped. One a machine (Services::state). A view keeps its section alive.
class SectionViews {
 public:
  struct View {
    KernelAddress base;
    uint64_t bytes = 0;
  };
  // From `offset`, which is page aligned, `bytes` long; 0 is up to the end. kInvalidViewSize outside the section.
  Result<View> map(std::shared_ptr<Section> section, uint64_t offset, uint64_t bytes);
  // The view that the address lies in. kNotMappedView.
  Result<> unmap(KernelAddress inside);

 private:
  struct Mapped {
    View view;
    std::shared_ptr<Section> section;
  };
  Mutex mutex_;
  std::map<uint64_t, Mapped> views_ GUARDED_BY(mutex_);  // by base
};

}  // namespace portside::kernel
