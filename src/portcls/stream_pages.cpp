#include "portcls/stream_pages.h"

#include <fmt/format.h>

#include "portcls/com_ptr.h"

#include <algorithm>

#include "kernel/api_scope.h"
#include "kernel/kernel.h"
#include "kernel/machine_clock.h"
#include "kernel/services.h"
#include "portcls/portcls.h"

namespace portside::portcls {

const char* name_of(PageMethod method) {
  constexpr const char* kNames[] = {
      "AllocatePagesForMdl", "AllocateContiguousPagesForMdl", "MapAllocatedPages",     "UnmapAllocatedPages",
      "FreePagesFromMdl",    "GetPhysicalPagesCount",         "GetPhysicalPageAddress"};
  return kNames[static_cast<size_t>(method)];
}

namespace {
constexpr const char* kApiNames[] = {
    "IPortWaveRTStream::AllocatePagesForMdl",   "IPortWaveRTStream::AllocateContiguousPagesForMdl",
    "IPortWaveRTStream::MapAllocatedPages",     "IPortWaveRTStream::UnmapAllocatedPages",
    "IPortWaveRTStream::FreePagesFromMdl",      "IPortWaveRTStream::GetPhysicalPagesCount",
    "IPortWaveRTStream::GetPhysicalPageAddress"};
}

// One page call: the ApiScope that every method begins with (all seven: PASSIVE_LEVEL), and, when anyone listens, the
// evidence, which is told when the recorder goes out of scope.
class StreamPages::Recorder {
 public:
  Recorder(StreamPages& pages, PageMethod method, PMDL mdl = nullptr)
      : scope_(kApiNames[static_cast<size_t>(method)], kernel::kPassiveLevel, kernel::kPassiveLevel), pages_(pages),
        listening_(!pages.port_cls_.stream_observers().empty()) {
    call.method = method;
    call.mdl = mdl;
    if (!listening_) return;
    kernel::Kernel& kernel = current<kernel::Kernel>();
    call.stream = pages_.stream_;
    call.sequence = pages_.sequence_.fetch_add(1);
    call.irql = kernel.current_irql();
    call.when = kernel.clock().now();
    call.stream_closed = pages_.closed_;
    if (pages_.port_cls_.options().verify) {
      call.stack = capture_stack();
      if (mdl) call.before = current<memory::Memory>().find(mdl);
    }
  }
  ~Recorder() {
    if (listening_) pages_.port_cls_.stream_observers().notify(&StreamObserver::on_page_call, call);
  }
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  PageCall call;

 private:
  kernel::ApiScope scope_;
  StreamPages& pages_;
  const bool listening_;
};

NTSTATUS StreamPages::QueryInterface(REFIID iid, PVOID* object) {
  if (!object) return STATUS_INVALID_PARAMETER;
  *object = nullptr;
  if (!is_iunknown(iid) && !IsEqualGUID(iid, IID_IPortWaveRTStream)) return STATUS_INVALID_PARAMETER;
  *object = static_cast<IPortWaveRTStream*>(this);
  AddRef();
  return STATUS_SUCCESS;
}

ULONG StreamPages::AddRef() {
  if (port_cls_.options().verify) {
    const StackTrace stack = capture_stack();
    MutexLock lock(mutex_);
    referenced_at_ = stack;
  }
  return references_.fetch_add(1) + 1;
}

StackTrace StreamPages::referenced_at() {
  MutexLock lock(mutex_);
  return referenced_at_;
}

PMDL StreamPages::allocate(PageMethod method, PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high, SIZE_T bytes) {
  Recorder recorder(*this, method);
  PageCall& call = recorder.call;
  call.low = PhysicalAddress(static_cast<uint64_t>(low.QuadPart));
  call.high = PhysicalAddress(static_cast<uint64_t>(high.QuadPart));
  call.bytes = bytes;
  const bool contiguous = method == PageMethod::kAllocateContiguousPagesForMdl;
  const char* api = kApiNames[static_cast<size_t>(method)];
  if (kernel::made_to_fail(kernel::FailureKind::kPages, api)) {
    call.status = Status(StatusCode::kInsufficientResources, "low memory is simulated");
    return nullptr;
  }
  // "AllocatePagesForMdl may give less": its MDL then says how much.
  if (!contiguous && bytes > kPageBytes && kernel::made_to_fail(kernel::FailureKind::kShortPages, api))
    bytes = memory::shortened(bytes);
  auto mdl = current<memory::Memory>().allocate_pages({.low = call.low,
                                                       .high = call.high,
                                                       .bytes = bytes,
                                                       .contiguous = contiguous,
                                                       .may_be_short = !contiguous,
                                                       .origin = memory::MdlOrigin::kPortStream,
                                                       .owner = this});
  if (!mdl) {
    call.status = mdl.error();
    current<kernel::Services>().refusals().note(
        fmt::format("IPortWaveRTStream::{} gave NULL: {}", api, mdl.error().sentence()));
    return nullptr;
  }
  call.result = reinterpret_cast<uint64_t>(*mdl);
  MutexLock lock(mutex_);
  given_.push_back(*mdl);
  return *mdl;
}

PMDL StreamPages::AllocatePagesForMdl(PHYSICAL_ADDRESS high, SIZE_T bytes) {
  // "The lowest address is 0" (IPortWaveRTStream::AllocatePagesForMdl).
  PHYSICAL_ADDRESS low;
  low.QuadPart = 0;
  return allocate(PageMethod::kAllocatePagesForMdl, low, high, bytes);
}

PMDL StreamPages::AllocateContiguousPagesForMdl(PHYSICAL_ADDRESS low, PHYSICAL_ADDRESS high, SIZE_T bytes) {
  return allocate(PageMethod::kAllocateContiguousPagesForMdl, low, high, bytes);
}

PVOID StreamPages::MapAllocatedPages(PMDL mdl, MEMORY_CACHING_TYPE cache) {
  Recorder recorder(*this, PageMethod::kMapAllocatedPages, mdl);
  recorder.call.cache = cache;
  if (kernel::made_to_fail(kernel::FailureKind::kMap, kApiNames[static_cast<size_t>(PageMethod::kMapAllocatedPages)])) {
    recorder.call.status = Status(StatusCode::kInsufficientResources, "low memory is simulated");
    return nullptr;
  }
  auto base = current<memory::Memory>().map(mdl, static_cast<uint32_t>(cache), memory::MapRequester::kPortStream);
  if (!base) {
    recorder.call.status = base.error();
    return nullptr;
  }
  recorder.call.result = base->value;
  return base->pointer();
}

VOID StreamPages::UnmapAllocatedPages(PVOID base, PMDL mdl) {
  Recorder recorder(*this, PageMethod::kUnmapAllocatedPages, mdl);
  recorder.call.base = KernelAddress(base);
  auto done = current<memory::Memory>().unmap(KernelAddress(base), mdl, memory::MapRequester::kPortStream);
  if (!done) recorder.call.status = done.error();
}

VOID StreamPages::FreePagesFromMdl(PMDL mdl) {
  Recorder recorder(*this, PageMethod::kFreePagesFromMdl, mdl);
  auto done = current<memory::Memory>().free_pages(mdl, memory::MdlOrigin::kPortStream);
  if (!done) {
    recorder.call.status = done.error();
    // kFreedWhileMapped is told and carried out all the same; everything else left the MDL as it was.
    const auto record = current<memory::Memory>().find(mdl);
    if (!record || record->live) return;
  }
  MutexLock lock(mutex_);
  std::erase(given_, mdl);
}

ULONG StreamPages::GetPhysicalPagesCount(PMDL mdl) {
  Recorder recorder(*this, PageMethod::kGetPhysicalPagesCount, mdl);
  auto count = current<memory::Memory>().page_count(mdl);
  if (!count) {
    recorder.call.status = count.error();
    return 0;
  }
  recorder.call.result = *count;
  return *count;
}

PHYSICAL_ADDRESS* StreamPages::GetPhysicalPageAddressTo(PHYSICAL_ADDRESS* result, PMDL mdl, ULONG index) {
  memory::Memory& memory = current<memory::Memory>();
  const bool in_rax = memory.find(reinterpret_cast<PMDL>(result)).has_value();
  if (in_rax) {
    index = static_cast<ULONG>(reinterpret_cast<uintptr_t>(mdl));
    mdl = reinterpret_cast<PMDL>(result);
  }
  Recorder recorder(*this, PageMethod::kGetPhysicalPageAddress, mdl);
  recorder.call.index = index;
  recorder.call.struct_in_rax = in_rax;
  uint64_t address = 0;
  if (auto found = memory.page_address(mdl, index)) {
    address = found->value;
  } else {
    recorder.call.status = found.error();
  }
  recorder.call.result = address;
  if (in_rax) return reinterpret_cast<PHYSICAL_ADDRESS*>(address);
  result->QuadPart = static_cast<LONGLONG>(address);
  return result;
}

std::vector<memory::MdlRecord> StreamPages::outstanding() {
  std::vector<memory::MdlRecord> records;
  MutexLock lock(mutex_);
  for (PMDL mdl : given_)
    if (auto record = current<memory::Memory>().find(mdl); record && record->live) records.push_back(*record);
  return records;
}

}  // namespace portside::portcls
