#pragma once
// StreamPages: the port's IPortWaveRTStream for one stream. Thin: every method is one request to memory, told to the
// stream observers with its arguments, its answer and its history.
//
// Many drivers keep this pointer without AddRef for the life of their stream. It is therefore not deleted when its
// count says so but when the stream that owns it lets go (docs: ownership); a count that is off cannot make it dangle.

#include <portcls.h>
#include <wdm.h>

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/mutex.h"
#include "memory/memory.h"
#include "portcls/stream_observer.h"

namespace portside::portcls {

class PortCls;

class StreamPages final : public IPortWaveRTStream {
 public:
  StreamPages(PortCls& port_cls, StreamId stream) : port_cls_(port_cls), stream_(stream) {}
  virtual ~StreamPages() = default;
  StreamPages(const StreamPages&) = delete;
  StreamPages& operator=(const StreamPages&) = delete;

  STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID iid, PVOID* object) override;
  STDMETHODIMP_(ULONG) AddRef() override;
  STDMETHODIMP_(ULONG) Release() override { return references_.fetch_sub(1) - 1; }

  STDMETHODIMP_(PMDL) AllocatePagesForMdl(PHYSICAL_ADDRESS high, SIZE_T bytes) override;
  STDMETHODIMP_(PMDL) AllocateContiguousPagesForMdl(PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high, SIZE_T bytes) override;
  STDMETHODIMP_(PVOID) MapAllocatedPages(PMDL mdl, MEMORY_CACHING_TYPE cache) override;
  STDMETHODIMP_(VOID) UnmapAllocatedPages(PVOID base, PMDL mdl) override;
  STDMETHODIMP_(VOID) FreePagesFromMdl(PMDL mdl) override;
  STDMETHODIMP_(ULONG) GetPhysicalPagesCount(PMDL mdl) override;
  // The slot of GetPhysicalPageAddress, in the MSVC convention (ABI.md, Struct return). mingw's own header passes
  // (this, mdl, index): a second argument that is an MDL of ours is answered in rax.
  STDMETHODIMP_(PHYSICAL_ADDRESS*) GetPhysicalPageAddressTo(PHYSICAL_ADDRESS* result, PMDL mdl, ULONG index) override;

  // MDLs given and not freed.
  std::vector<memory::MdlRecord> outstanding();
  void set_stream_closed() { closed_ = true; }
  // References beyond the stream's own: what the driver has added and not released.
  uint32_t extra_references() const { return references_.load() - 1; }
  // The stack of the last AddRef.
  StackTrace referenced_at();

 private:
  class Recorder;
  PMDL allocate(PageMethod method, PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high, SIZE_T bytes);

  PortCls& port_cls_;
  const StreamId stream_;
  std::atomic<uint32_t> references_{1};
  std::atomic<uint64_t> sequence_{0};
  std::atomic<bool> closed_{false};
  Mutex mutex_;
  std::vector<PMDL> given_ GUARDED_BY(mutex_);
  StackTrace referenced_at_ GUARDED_BY(mutex_);
};

}  // namespace portside::portcls
