#include "host/page_call_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/machine.h"
#include "memory/memory.h"
#include "portcls/portcls.h"

namespace portside::host {
namespace {

const char* cache_name(MEMORY_CACHING_TYPE type) {
  switch (static_cast<int>(type)) {
    case 0: return "MmNonCached";
    case 1: return "MmCached";
    case 2: return "MmWriteCombined";
    default: return "another type";
  }
}

}  // namespace

PageCallLog::PageCallLog(Machine& machine) : machine_(machine) {
  machine_.portcls().stream_observers().add(*this);
  machine_.memory().observers().add(*this);
}

PageCallLog::~PageCallLog() {
  machine_.portcls().stream_observers().remove(*this);
  machine_.memory().observers().remove(*this);
}

void PageCallLog::on_pages_allocated(const memory::MdlRecord& record) { pfns_[record.mdl] = record.pfns; }

// Addresses of the host differ from run to run; an MDL's number in the order of allocation does not.
std::string PageCallLog::mdl_name(const void* mdl) {
  if (!mdl) return "NULL";
  const auto found = std::ranges::find(mdls_, mdl);
  const auto index = found - mdls_.begin();
  if (found == mdls_.end()) mdls_.push_back(mdl);
  return fmt::format("Mdl{}", index + 1);
}

void PageCallLog::on_stream_opened(const portcls::StreamInfo& stream) {
  lines_.push_back(fmt::format("stream {} opened: {} stream on pin {} of {}", stream.id,
                               stream.capture ? "capture" : "render", stream.pin, stream.subdevice));
}

void PageCallLog::on_page_call(const portcls::PageCall& call) {
  using portcls::PageMethod;
  std::string arguments, result;
  switch (call.method) {
    case PageMethod::kAllocatePagesForMdl:
      arguments = fmt::format("High=0x{:X}, TotalBytes={}", call.high.value, call.bytes);
      result = mdl_name(call.mdl ? static_cast<const void*>(call.mdl) : reinterpret_cast<const void*>(call.result));
      break;
    case PageMethod::kAllocateContiguousPagesForMdl:
      arguments = fmt::format("Low=0x{:X}, High=0x{:X}, TotalBytes={}", call.low.value, call.high.value, call.bytes);
      result = mdl_name(call.mdl ? static_cast<const void*>(call.mdl) : reinterpret_cast<const void*>(call.result));
      break;
    case PageMethod::kMapAllocatedPages:
      arguments = fmt::format("{}, {}", mdl_name(call.mdl), cache_name(call.cache));
      result = call.result ? "a view" : "NULL";
      break;
    case PageMethod::kUnmapAllocatedPages:
      arguments = fmt::format("{}, {}", call.base.is_null() ? "NULL" : "the view", mdl_name(call.mdl));
      result = call.status.is_ok() ? "unmapped" : "refused";
      break;
    case PageMethod::kFreePagesFromMdl:
      arguments = mdl_name(call.mdl);
      result = call.status.is_ok() ? "freed" : "told";
      break;
    case PageMethod::kGetPhysicalPagesCount:
      arguments = mdl_name(call.mdl);
      result = fmt::format("{}", call.result);
      break;
    case PageMethod::kGetPhysicalPageAddress:
      arguments = fmt::format("{}, {}", mdl_name(call.mdl), call.index);
      result = fmt::format("0x{:X}", call.result);
      break;
  }
  std::string line =
      fmt::format("stream {}: {}({}) -> {}", call.stream, portcls::name_of(call.method), arguments, result);
  if (!call.status.is_ok()) line += ": " + call.status.sentence();
  lines_.push_back(std::move(line));
}

void PageCallLog::on_buffer_allocated(const portcls::BufferInfo& buffer) {
  Buffer known{buffer.stream, buffer.actual_bytes, cache_name(buffer.cache), {}};
  for (const uint64_t pfn : pfns_[buffer.mdl]) known.pages.push_back(PhysicalAddress(pfn << kPageShift));
  buffers_.push_back(std::move(known));
  lines_.push_back(fmt::format("stream {}: the miniport gives {}: {} bytes (asked for {}) at offset {}, {}{}",
                               buffer.stream, mdl_name(buffer.mdl), buffer.actual_bytes, buffer.requested_bytes,
                               buffer.offset_in_first_page, cache_name(buffer.cache),
                               buffer.status.is_ok() ? "" : ": " + buffer.status.to_string()));
}

void PageCallLog::on_stream_closed(const portcls::StreamClosed& closed) {
  lines_.push_back(
      fmt::format("stream {} closed{}", closed.stream, closed.leaked.empty() ? "" : ", with pages not freed"));
}

}  // namespace portside::host
