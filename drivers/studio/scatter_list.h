// ScatterList: the pages of a cyclic buffer, as a DMA engine is told of them.
//
// IPortWaveRTStream::AllocatePagesForMdl: the pages are "not contiguous" in physical memory, so a device is given a
// list of their physical addresses, in the order of the buffer, and walks it. This driver's device is its mixer, a
// piece of software, which cannot put a physical address on a bus: each entry also has the address at which the
// processor sees the page, and create() makes sure that the two are one.
#pragma once

#include <portcls.h>

class ScatterList {
 public:
  // PASSIVE_LEVEL. `view` is what MapAllocatedPages gave for `mdl`. STATUS_INSUFFICIENT_RESOURCES, or
  // STATUS_DATA_ERROR when the view is not of these pages.
  NTSTATUS create(IPortWaveRTStream* port_stream, PMDL mdl, PVOID view);
  void clear();

  ULONG page_count() const { return count_; }
  // Whether each page follows the one before it, as AllocateContiguousPagesForMdl promises.
  bool contiguous() const;

  // Up to DISPATCH_LEVEL. `offset` and `bytes` lie inside the pages; both may cross from one page to the next.
  void read(ULONG offset, UCHAR* to, ULONG bytes) const;
  void write(ULONG offset, const UCHAR* from, ULONG bytes) const;

 private:
  struct Page {
    PHYSICAL_ADDRESS physical;
    UCHAR* address;
  };
  Page* pages_ = nullptr;
  ULONG count_ = 0;
};
