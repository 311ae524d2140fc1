#include "verifier/buffer_rules.h"

#include <fmt/format.h>

namespace portside::verifier {
namespace {

using memory::MdlOrigin;
using portcls::BufferInfo;

const char* name_of_method(const BufferInfo& buffer) {
  return buffer.with_notification ? "AllocateBufferWithNotification" : "AllocateAudioBuffer";
}

bool known_cache(MEMORY_CACHING_TYPE cache) {
  return cache == MmNonCached || cache == MmCached || cache == MmWriteCombined;
}

std::vector<LabelledStack> stacks_of(const BufferInfo& buffer) {
  std::vector<LabelledStack> stacks{{"returned by", buffer.method}};
  if (buffer.record) {
    stacks.push_back({"allocated by", buffer.record->allocated_at});
    stacks.push_back({"mapped by", buffer.record->mapped_at});
  }
  return stacks;
}

// An application is given the first page from its start on, and begins at the offset: another one is other memory.
std::string offset_of_other(const BufferInfo& buffer) {
  const ULONG begins = MmGetMdlByteOffset(buffer.mdl);
  if (begins == buffer.offset_in_first_page) return {};
  return fmt::format(
      "; the memory that it describes begins {} bytes into its first page, and the offset that it gave is {}", begins,
      buffer.offset_in_first_page);
}

}  // namespace

void BufferRules::on_buffer_allocated(const BufferInfo& buffer) {
  if (buffer.returned < 0) return;
  const auto tell = [&](RuleId rule, const std::string& what) {
    verifier_.report(rule, fmt::format("{} {}.", name_of_method(buffer), what), stacks_of(buffer),
                     book_.facts(buffer.stream));
  };
  if (!buffer.mdl || buffer.actual_bytes == 0) {
    tell(RuleId::kBufferNotGiven,
         fmt::format("succeeded, and gave {}", buffer.mdl ? "a buffer of zero bytes" : "no MDL"));
    return;
  }
  if (!buffer.record || !buffer.record->live || buffer.record->origin != MdlOrigin::kPortStream) {
    tell(RuleId::kBufferNotOfPort, !buffer.record ? "gave a pointer that is no MDL"
                                   : !buffer.record->live
                                       ? fmt::format("gave MDL #{}, which is freed", buffer.record->id)
                                       : fmt::format("gave MDL #{}, which comes from {}{}", buffer.record->id,
                                                     origin_name(buffer.record->origin), offset_of_other(buffer)));
    return;
  }
  if (buffer.offset_in_first_page >= PAGE_SIZE)
    tell(RuleId::kBufferOffsetBeyondPage,
         fmt::format("gave an offset of {} bytes in the first page", buffer.offset_in_first_page));
  if (!known_cache(buffer.cache))
    tell(RuleId::kBufferCacheTypeInvalid, fmt::format("gave {} as the cache type", static_cast<int>(buffer.cache)));
  else if (buffer.record->mapped && buffer.record->cache_type != static_cast<uint32_t>(buffer.cache))
    tell(RuleId::kBufferCacheTypesDiffer, fmt::format("gave cache type {} for pages that the driver has mapped with {}",
                                                      static_cast<int>(buffer.cache), buffer.record->cache_type));
  const auto stream = book_.find(buffer.stream);
  // "rounded to the nearest sample": of a request that is no whole number of frames the rest may be left out.
  const uint64_t rest = stream && stream->frame_bytes ? buffer.requested_bytes % stream->frame_bytes : 0;
  if (buffer.actual_bytes < buffer.requested_bytes - rest)
    tell(buffer.with_notification ? RuleId::kNotificationBufferSmaller : RuleId::kBufferSmallerThanRequested,
         fmt::format("was asked for {} bytes and gave {}", buffer.requested_bytes, buffer.actual_bytes));

  if (!stream || stream->frame_bytes == 0) return;
  if (buffer.actual_bytes % stream->frame_bytes)
    tell(RuleId::kBufferNotWholeFrames,
         fmt::format("gave {} bytes, no whole number of frames of {}", buffer.actual_bytes, stream->frame_bytes));
  else if (buffer.with_notification &&
           buffer.actual_bytes % (uint64_t{stream->frame_bytes} * buffer.notification_count))
    tell(RuleId::kPacketsOfUnequalSize, fmt::format("gave {} bytes for {} packets of frames of {}", buffer.actual_bytes,
                                                    buffer.notification_count, stream->frame_bytes));
}

void BufferRules::on_buffer_overrun(const portcls::BufferOverrun& overrun) {
  const BufferInfo& buffer = overrun.buffer;
  std::vector<LabelledStack> stacks;
  if (buffer.record) {
    stacks.push_back({"allocated by", buffer.record->allocated_at});
    stacks.push_back({"mapped by", buffer.record->mapped_at});
  }
  std::vector<Fact> facts = book_.facts(buffer.stream);
  facts.push_back(
      {"seen", "at a change of state or before the buffer was freed: by the driver or its device, some time before"});
  verifier_.report(
      RuleId::kBufferEndOverrun,
      overrun.before
          ? fmt::format("{} bytes of the first page before the buffer's offset {} were changed, the first at {}.",
                        overrun.changed, buffer.offset_in_first_page, overrun.first_changed)
          : fmt::format("{} bytes behind the end of the buffer of {} bytes were changed, the first {} bytes behind it.",
                        overrun.changed, buffer.actual_bytes, overrun.first_changed),
      std::move(stacks), std::move(facts));
}

void BufferRules::on_page_call(const portcls::PageCall& call) {
  if (call.method != portcls::PageMethod::kFreePagesFromMdl ||
      (!call.status.is_ok() && (!call.before || !call.before->live)))
    return;
  const auto stream = book_.find_by_buffer(call.mdl);
  if (!stream || stream->freeing) return;
  std::vector<LabelledStack> stacks{{"freed by", call.stack}};
  if (call.before) stacks.push_back({"allocated by", call.before->allocated_at});
  verifier_.report(
      RuleId::kBufferFreedWhileInUse,
      fmt::format("The buffer of the stream, {} bytes, was freed in state {}, before the port asked for it.",
                  stream->buffer_bytes, state_name(stream->state)),
      std::move(stacks), book_.facts(stream->id));
}

}  // namespace portside::verifier
