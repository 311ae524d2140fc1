#include "verify/basic_support.h"

#include <fmt/format.h>
#include <wtypes.h>

#include <algorithm>
#include <cstring>

namespace portside::verify {
namespace {

using Answer = PropertyTarget::Answer;

constexpr size_t kFlags = sizeof(ULONG), kDescription = sizeof(KSPROPERTY_DESCRIPTION);
constexpr ULONG kMostBytes = 1 << 16;

template <class T>
T read(const std::vector<std::byte>& bytes, size_t at = 0) {
  T value{};
  std::memcpy(&value, bytes.data() + at, std::min(sizeof value, bytes.size() - at));
  return value;
}

class Inquiry {
 public:
  Inquiry(const PropertyTarget& target, std::vector<std::byte> form, BasicSupport& support)
      : target_(target), form_(std::move(form)), support_(support) {}

  // False: the property does not answer this form.
  bool run() {
    const Answer flags = ask(kFlags);
    if (!flags.ok()) return false;
    if (flags.value.size() != kFlags) {
      fault(fmt::format("asked for its access flags it answers {} bytes", flags.value.size()));
      return true;
    }
    support_.access = read<ULONG>(flags.value);
    for (const size_t bytes : {size_t{0}, kFlags - 1})
      if (ask(bytes).ok())
        fault(fmt::format("with a buffer of {} bytes, less than the access flags: STATUS_SUCCESS", bytes));
    description();
    return true;
  }

 private:
  void description() {
    const Answer answer = ask(kDescription);
    if (!answer.ok()) {
      if (support_.offers(KSPROPERTY_TYPE_BASICSUPPORT))
        fault(fmt::format("its access flags (0x{:x}) promise a KSPROPERTY_DESCRIPTION, and it is answered with {}",
                          *support_.access, status_name(answer.status)));
      return;
    }
    if (answer.value.size() != kDescription)
      return fault(fmt::format("asked for its KSPROPERTY_DESCRIPTION it answers {} of {} bytes", answer.value.size(),
                               kDescription));
    const auto first = read<KSPROPERTY_DESCRIPTION>(answer.value);
    judge(first);
    // Between two of the sizes the page has a refusal; samples answer with the next smaller one. Nothing else.
    if (const Answer less = ask(kDescription - 1);
        less.ok() && (less.value.size() != kFlags || read<ULONG>(less.value) != *support_.access))
      fault(fmt::format("with a buffer of {} bytes it answers {}, and no access flags", kDescription - 1,
                        less.value.size()));
    size_query(first.DescriptionSize);
    if (first.DescriptionSize <= kDescription || first.DescriptionSize > kMostBytes) return;
    // "The handler sets the KSPROPERTY_TYPE_BASICSUPPORT flag bit if it provides further support."
    if (!support_.offers(KSPROPERTY_TYPE_BASICSUPPORT))
      fault(fmt::format("its access flags (0x{:x}) do not tell of the {} bytes that describe it", *support_.access,
                        first.DescriptionSize));
    whole(first);
  }

  void judge(const KSPROPERTY_DESCRIPTION& d) {
    if (d.AccessFlags != *support_.access)
      fault(fmt::format("AccessFlags is 0x{:x}, alone they are 0x{:x}", d.AccessFlags, *support_.access));
    if (d.DescriptionSize < kDescription || d.DescriptionSize > kMostBytes)
      fault(fmt::format("DescriptionSize is {}", d.DescriptionSize));
    if (d.PropTypeSet.Set == GUID{}) {
      if (d.PropTypeSet.Id)
        fault(fmt::format("PropTypeSet is GUID_NULL with Id {}, which is then zero", d.PropTypeSet.Id));
    } else if (d.PropTypeSet.Set != KSPROPTYPESETID_General) {
      fault("PropTypeSet is neither KSPROPTYPESETID_General nor GUID_NULL");
    } else if (d.PropTypeSet.Id == VT_EMPTY) {
      fault("PropTypeSet is KSPROPTYPESETID_General with Id 0, which is no type");
    } else {
      support_.type = d.PropTypeSet.Id;
    }
    if (d.Reserved) fault(fmt::format("Reserved is 0x{:x}, and is to be zero", d.Reserved));
    if (d.DescriptionSize == kDescription && d.MembersListCount)
      fault(fmt::format("MembersListCount is {}, and DescriptionSize has no room for a list", d.MembersListCount));
  }

  void size_query(ULONG whole) {
    const Answer answer = ask(0);
    if (answer.status != STATUS_BUFFER_OVERFLOW) return;
    const uint64_t told = answer.information;
    if (told != kFlags && told != kDescription && told != whole)
      fault(fmt::format("asked for the size it says {} bytes; its DescriptionSize is {}", told, whole));
  }

  void whole(const KSPROPERTY_DESCRIPTION& first) {
    const size_t bytes = first.DescriptionSize;
    const Answer answer = ask(bytes);
    if (!answer.ok() || answer.value.size() != bytes)
      return fault(fmt::format("with a buffer of the DescriptionSize, {} bytes, it answers {}: {} bytes", bytes,
                               status_name(answer.status), answer.value.size()));
    const auto again = read<KSPROPERTY_DESCRIPTION>(answer.value);
    if (std::memcmp(&again.DescriptionSize, &first.DescriptionSize, sizeof again.DescriptionSize) != 0 ||
        again.AccessFlags != first.AccessFlags || again.PropTypeSet.Set != first.PropTypeSet.Set ||
        again.PropTypeSet.Id != first.PropTypeSet.Id || again.Reserved)
      fault("its KSPROPERTY_DESCRIPTION is another when its members come with it");
    members(answer.value, again.MembersListCount);
    if (const Answer more = ask(bytes + 8); !more.ok() || more.value.size() != bytes)
      fault(fmt::format("with a buffer of {} bytes, more than its {}, it answers {}: {} bytes", bytes + 8, bytes,
                        status_name(more.status), more.value.size()));
    if (const Answer less = ask(bytes - 1); less.ok() && less.value.size() != kDescription)
      fault(fmt::format("with a buffer of {} bytes, one too few, it answers {}", bytes - 1, less.value.size()));
  }

  void members(const std::vector<std::byte>& bytes, ULONG lists) {
    if (lists == 0)
      return fault(fmt::format("MembersListCount is 0, and {} bytes follow", bytes.size() - kDescription));
    size_t at = kDescription;
    for (ULONG i = 0; i < lists; ++i) {
      if (bytes.size() - at < sizeof(KSPROPERTY_MEMBERSHEADER))
        return fault(fmt::format("list {} of {} lies outside of the DescriptionSize", i, lists));
      const auto header = read<KSPROPERTY_MEMBERSHEADER>(bytes, at);
      at += sizeof header;
      const uint64_t room = uint64_t{header.MembersSize} * header.MembersCount;
      if (room > bytes.size() - at)
        return fault(fmt::format("{} members of {} bytes lie outside of the DescriptionSize", header.MembersCount,
                                 header.MembersSize));
      list(bytes, at, header);
      at += room;
    }
    if (at != bytes.size()) fault(fmt::format("the lists end after {} bytes, DescriptionSize is {}", at, bytes.size()));
  }

  void list(const std::vector<std::byte>& bytes, size_t at, const KSPROPERTY_MEMBERSHEADER& header) {
    constexpr ULONG kKnown = KSPROPERTY_MEMBER_FLAG_DEFAULT | KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL |
                             KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_UNIFORM;
    if (header.Flags & ~kKnown) fault(fmt::format("the Flags of its members are 0x{:x}", header.Flags));
    // Defaults are values of the property, and no ranges.
    if (header.Flags & KSPROPERTY_MEMBER_FLAG_DEFAULT) return;
    support_.multichannel |= (header.Flags & KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL) != 0;
    support_.uniform |= (header.Flags & KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_UNIFORM) != 0;
    switch (header.MembersFlags) {
      case KSPROPERTY_MEMBER_VALUES: return;
      case KSPROPERTY_MEMBER_RANGES:
        return ranges<KSPROPERTY_BOUNDS_LONG, KSPROPERTY_BOUNDS_LONGLONG>(bytes, at, header);
      case KSPROPERTY_MEMBER_STEPPEDRANGES:
        return ranges<KSPROPERTY_STEPPING_LONG, KSPROPERTY_STEPPING_LONGLONG>(bytes, at, header);
      default:
        return fault(
            fmt::format("MembersFlags is 0x{:x}: ranges, stepped ranges and values are 1 to 3", header.MembersFlags));
    }
  }

  template <class Long, class LongLong>
  void ranges(const std::vector<std::byte>& bytes, size_t at, const KSPROPERTY_MEMBERSHEADER& header) {
    if (header.MembersCount && header.MembersSize != sizeof(Long) && header.MembersSize != sizeof(LongLong))
      return fault(fmt::format("MembersSize is {}: its members have {} bytes", header.MembersSize, sizeof(Long)));
    for (ULONG i = 0; i < header.MembersCount; ++i, at += header.MembersSize) {
      if (header.MembersSize == sizeof(Long)) range(read<Long>(bytes, at), i);
    }
  }
  void range(const KSPROPERTY_STEPPING_LONG& stepping, ULONG member) {
    // Reserved is "for system use": what a driver leaves there is nobody's matter.
    range(stepping.Bounds, member, stepping.SteppingDelta, true);
  }
  void range(const KSPROPERTY_BOUNDS_LONG& bounds, ULONG member) { range(bounds, member, 0, false); }
  void range(const KSPROPERTY_BOUNDS_LONG& bounds, ULONG member, int64_t step, bool is_stepped) {
    const bool is_unsigned = support_.type == VT_UI4;
    const ValueRange range{is_unsigned ? int64_t{bounds.UnsignedMinimum} : bounds.SignedMinimum,
                           is_unsigned ? int64_t{bounds.UnsignedMaximum} : bounds.SignedMaximum, step};
    support_.ranges.push_back(range);
    if (range.low > range.high) fault(fmt::format("member {} ranges from {} to {}", member, range.low, range.high));
    else if (range.high > range.low && step == 0 && is_stepped)
      fault(fmt::format("member {} has steps of 0 between {} and {}", member, range.low, range.high));
    else if (range.high > range.low && step > range.high - range.low)
      fault(fmt::format("member {} has steps of {} between {} and {}", member, step, range.low, range.high));
    else if (support_.type == VT_BOOL && (range.low != 0 || range.high != 1))
      fault(fmt::format("member {} of a truth value ranges from {} to {}", member, range.low, range.high));
  }
  // So that a list of channels is not one of faults.
  void fault(std::string what) {
    if (support_.faults.size() < 4) support_.faults.push_back(std::move(what));
  }
  Answer ask(size_t bytes) const { return target_.ask(form_, bytes); }

  const PropertyTarget& target_;
  const std::vector<std::byte> form_;
  BasicSupport& support_;
};

}  // namespace

BasicSupport ask_basic_support(const PropertyTarget& target, const GUID& set, ULONG id) {
  BasicSupport support;
  for (auto& form : target.forms(set, id, KSPROPERTY_TYPE_BASICSUPPORT))
    if (Inquiry(target, std::move(form), support).run()) break;
  return support;
}

}  // namespace portside::verify
