#include "verifier/page_rules.h"

#include <fmt/format.h>

#include <optional>

namespace portside::verifier {
namespace {

using memory::MdlOrigin;
using memory::MdlRecord;
using memory::MemoryOperation;
using memory::MemoryReason;
using portcls::PageCall;
using portcls::PageMethod;

bool is_allocator(PageMethod method) {
  return method == PageMethod::kAllocatePagesForMdl || method == PageMethod::kAllocateContiguousPagesForMdl;
}

// The rule that a refused page call broke; none when the refusal is no fault of the driver (memory is short).
std::optional<RuleId> broken_rule(PageMethod method, MemoryReason reason) {
  switch (reason) {
    case MemoryReason::kNullMdl:
    case MemoryReason::kForeignMdl:
    case MemoryReason::kOriginMismatch:
    case MemoryReason::kRequesterMismatch: return RuleId::kForeignMdl;
    case MemoryReason::kFreedMdl:
    case MemoryReason::kPagesGone: return RuleId::kUsedAfterFree;
    case MemoryReason::kFreedTwice: return RuleId::kFreedTwice;
    case MemoryReason::kFreedWhileMapped: return RuleId::kFreedWhileMapped;
    case MemoryReason::kAlreadyMapped: return RuleId::kMappedTwice;
    case MemoryReason::kNullBase: return RuleId::kUnmapNull;
    case MemoryReason::kNeverMapped: return RuleId::kUnmappedNeverMapped;
    case MemoryReason::kUnmappedTwice: return RuleId::kUnmappedTwice;
    case MemoryReason::kBaseInsideView:
    case MemoryReason::kBaseOfOtherMdl:
    case MemoryReason::kWrongBase: return RuleId::kUnmapWrongBase;
    case MemoryReason::kCacheTypeOutOfRange: return RuleId::kBadCacheType;
    case MemoryReason::kIndexOutOfRange: return RuleId::kPageIndexOutOfRange;
    case MemoryReason::kLowAboveHigh:
    case MemoryReason::kZeroBytes: return RuleId::kBadPageArguments;
    case MemoryReason::kTooManyBytes: return RuleId::kExcessivePageRequest;
    default: return std::nullopt;
  }
}

void add_history(const std::optional<MdlRecord>& record, std::vector<LabelledStack>& stacks, std::vector<Fact>& facts) {
  if (!record) return;
  stacks.push_back({"allocated by", record->allocated_at});
  stacks.push_back({"mapped by", record->mapped_at});
  stacks.push_back({"unmapped by", record->unmapped_at});
  stacks.push_back({"freed by", record->freed_at});
  std::string history = fmt::format("MDL #{}: {} bytes in {} pages, {}", record->id, record->bytes,
                                    record->page_count(), record->live ? "live" : "freed");
  if (record->mapped) history += fmt::format(", mapped at 0x{:X}", record->view.value);
  else if (record->times_mapped) history += fmt::format(", was mapped at 0x{:X}", record->view.value);
  facts.push_back({"object", history});
}

std::string verb_label(PageMethod method) {
  switch (method) {
    case PageMethod::kMapAllocatedPages: return "mapped by";
    case PageMethod::kUnmapAllocatedPages: return "unmapped by";
    case PageMethod::kFreePagesFromMdl: return "freed by";
    default: return "called by";
  }
}

}  // namespace

void PageRules::on_page_call(const PageCall& call) {
  const MemoryReason reason = memory::reason_of(call.status);
  if (reason == MemoryReason::kNone) return;
  const std::optional<RuleId> rule = broken_rule(call.method, reason);
  if (!rule) return;

  // The call that broke the rule comes first; then what had happened to the MDL before it.
  std::vector<LabelledStack> stacks{{verb_label(call.method), call.stack}};
  std::vector<Fact> facts;
  add_history(call.before, stacks, facts);
  if (is_allocator(call.method))
    facts.push_back(
        {"asked for", fmt::format("{} bytes between 0x{:X} and 0x{:X}", call.bytes, call.low.value, call.high.value)});
  verifier_.report(*rule, fmt::format("{}: {}.", portcls::name_of(call.method), call.status.sentence()),
                   std::move(stacks), std::move(facts));
}

void PageRules::on_pages_allocated(const MdlRecord& record) {
  MutexLock lock(mutex_);
  live_[record.mdl] = record;
}

void PageRules::on_pages_freed(const MdlRecord& record) {
  MutexLock lock(mutex_);
  live_.erase(record.mdl);
}

void PageRules::on_buffer_allocated(const portcls::BufferInfo& buffer) {
  std::optional<MdlRecord> record;
  {
    MutexLock lock(mutex_);
    if (const auto found = live_.find(buffer.mdl); found != live_.end()) record = found->second;
  }
  if (!record || buffer.offset_in_first_page + buffer.actual_bytes <= record->bytes) return;
  std::vector<LabelledStack> stacks;
  std::vector<Fact> facts;
  add_history(record, stacks, facts);
  verifier_.report(RuleId::kAllocatedLessThanRequested,
                   fmt::format("The miniport reports a buffer of {} bytes at offset {}; its MDL holds {} bytes.",
                               buffer.actual_bytes, buffer.offset_in_first_page, record->bytes),
                   std::move(stacks), std::move(facts));
}

void PageRules::on_stream_closed(const portcls::StreamClosed& closed) {
  for (const MdlRecord& record : closed.leaked) {
    std::vector<LabelledStack> stacks;
    std::vector<Fact> facts;
    add_history(record, stacks, facts);
    verifier_.report(RuleId::kPagesNotFreed,
                     fmt::format("The stream on pin {} of {} is gone; {} bytes that it was given are not freed{}.",
                                 closed.pin, closed.subdevice, record.bytes, record.mapped ? " and still mapped" : ""),
                     std::move(stacks), std::move(facts));
  }
}

void PageRules::on_mishap(const memory::MemoryMishap& mishap) {
  // Calls through the port's own methods are judged by on_page_call, which knows more of them.
  if (!mishap.record || mishap.record->origin != MdlOrigin::kPortStream) return;
  const bool of_mm = (mishap.operation == MemoryOperation::kMap || mishap.operation == MemoryOperation::kUnmap)
                         ? mishap.requester == memory::MapRequester::kMm
                     : mishap.operation == MemoryOperation::kFreePages ? mishap.origin != MdlOrigin::kPortStream
                                                                       : mishap.operation == MemoryOperation::kFreeMdl;
  if (!of_mm) return;
  std::vector<LabelledStack> stacks{{"called by", mishap.stack}};
  std::vector<Fact> facts;
  add_history(mishap.record, stacks, facts);
  verifier_.report(RuleId::kMmCallOnPortMdl, mishap.sentence + ".", std::move(stacks), std::move(facts));
}

}  // namespace portside::verifier
