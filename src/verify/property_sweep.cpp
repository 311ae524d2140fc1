#include "verify/property_sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "client/topology.h"
#include "verify/basic_support.h"
#include "verify/known_properties.h"

namespace portside::verify {

using verifier::RuleId;
using Kind = PropertyTarget::Kind;
using Answer = PropertyTarget::Answer;

namespace {

constexpr const char* kHandlersPage = "audio/audio-property-handlers";
constexpr const char* kSupportPage = "audio/basic-support-queries-for-audio-properties";
constexpr ULONG kNoSuchMember = 0x7FFF;
constexpr ULONG kNoSuchFlags = 0x40000000;  // the KSPROPERTY structure's page lists no such request
constexpr ULONG kMembersTried = 16;         // of a set that is the driver's own
constexpr GUID kNoSuchSet = {0x0c1a7f52, 0x5b1e, 0x4f7d, {0x8e, 0x61, 0x3d, 0x90, 0x27, 0xb4, 0xa8, 0x15}};

bool same(const GUID& a, const GUID& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

// Sets whose requests on a filter name a pin (KSP_PIN). KSPROPERTY_PIN_CTYPES is the filter's own.
bool names_pin(const KnownProperty& property) {
  if (same(*property.set, KSPROPSETID_Pin)) return property.id != KSPROPERTY_PIN_CTYPES;
  return same(*property.set, KSPROPSETID_Jack) || same(*property.set, KSPROPSETID_AudioSignalProcessing) ||
         same(*property.set, KSPROPSETID_AudioEffectsDiscovery);
}

// Properties of a node's channel: their descriptor is a KSNODEPROPERTY_AUDIO_CHANNEL (audio/ksproperty-audio-*).
bool names_channel(const KnownProperty& property) {
  if (!same(*property.set, KSPROPSETID_Audio)) return false;
  constexpr std::array<ULONG, 9> kOfChannels = {
      KSPROPERTY_AUDIO_VOLUMELEVEL, KSPROPERTY_AUDIO_MUTE,     KSPROPERTY_AUDIO_BASS,
      KSPROPERTY_AUDIO_MID,         KSPROPERTY_AUDIO_TREBLE,   KSPROPERTY_AUDIO_BASS_BOOST,
      KSPROPERTY_AUDIO_AGC,         KSPROPERTY_AUDIO_LOUDNESS, KSPROPERTY_AUDIO_PEAKMETER2};
  return std::ranges::count(kOfChannels, property.id) != 0;
}

// Of those, the BOOLs.
bool is_switch(const KnownProperty& property) {
  constexpr std::array<ULONG, 4> kSwitches = {KSPROPERTY_AUDIO_MUTE, KSPROPERTY_AUDIO_BASS_BOOST, KSPROPERTY_AUDIO_AGC,
                                              KSPROPERTY_AUDIO_LOUDNESS};
  return names_channel(property) && std::ranges::count(kSwitches, property.id) != 0;
}

class Sweep {
 public:
  Sweep(const PropertyTarget& target, Verdict& robust, Verdict& consistent)
      : target_(target), robust_(robust), consistent_(consistent) {}

  void probe(const KnownProperty& property) {
    property_ = &property;
    support();
    read();
    if (descriptor_.empty())
      return refuse_truncated(target_.forms(*property.set, property.id, KSPROPERTY_TYPE_GET).back());
    ++answered_;
    size_query();
    refuse_short();
    refuse_truncated(descriptor_);
    refuse_misdirected();
    refuse_unknown_request();
    write();
  }
  // A member that the set has not, and a set that nobody has.
  void probe_unknown(const GUID& set, const std::string& name, ULONG id) {
    for (const auto& form : target_.forms(set, id, KSPROPERTY_TYPE_GET))
      if (ask(form, 64).ok())
        robust_.fail(RuleId::kUnknownPropertyTaken, name,
                     fmt::format("{}, member {}, which is none: STATUS_SUCCESS", name, id));
  }
  void tell() {
    robust_.measure("requests", static_cast<double>(requests_), "");
    robust_.measure("properties answered", static_cast<double>(answered_), "");
    consistent_.measure("properties answered", static_cast<double>(answered_), "");
  }

 private:
  // The length of a value as the driver tells it, or the first length that it takes.
  void read() {
    descriptor_.clear();
    value_.clear();
    Answer last;
    for (const auto& form : target_.forms(*property_->set, property_->id, KSPROPERTY_TYPE_GET)) {
      last = ask(form, 0);
      size_t sizes[] = {last.status == STATUS_BUFFER_OVERFLOW ? std::min<uint64_t>(last.information, 1 << 16) : 0,
                        4,
                        8,
                        16,
                        24,
                        32,
                        64,
                        128,
                        512,
                        4096};
      for (const size_t size : sizes) {
        if (size == 0) continue;
        const Answer answer = ask(form, size);
        last = answer;
        if (answer.is_unsupported()) break;
        if (!answer.ok() || answer.information == 0) continue;
        descriptor_ = form;
        value_ = answer.value;
        break;
      }
      if (!descriptor_.empty()) break;
    }
    judge_support(last);
  }

  void support() {
    const BasicSupport support = ask_basic_support(target_, *property_->set, property_->id);
    access_ = support.access;
    for (const std::string& fault : support.faults) malformed(fault);
    if (target_.kind() != Kind::kNode || !access_ || !names_channel(*property_)) return;
    // "For Windows Vista and later Windows operating systems, this flag must be set for every channel property."
    // "For a property value of type BOOL, no range descriptor is needed."
    if (support.ranges.empty() && !is_switch(*property_)) {
      // What is wrong with a description is told above; without one there is none.
      if (support.faults.empty()) malformed("basic support tells no range of its values");
    } else if (!support.multichannel && support.faults.empty()) {
      malformed(support.ranges.empty()
                    ? "basic support has no KSPROPERTY_MEMBERSHEADER whose flags say "
                      "KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL, and it is a property of channels"
                    : "KSPROPERTY_MEMBER_FLAG_BASICSUPPORT_MULTICHANNEL is not set, and it is a property of channels");
    }
  }

  void judge_support(const Answer& last) {
    const bool read = !descriptor_.empty();
    if (access_ && !(*access_ & (KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_SET)))
      inconsistent(fmt::format("its basic support (0x{:x}) offers neither to read it nor to set it", *access_));
    if (read && !access_) return inconsistent("it can be read, and its basic support is not answered");
    if (read && !(*access_ & KSPROPERTY_TYPE_GET))
      return inconsistent(fmt::format("it can be read, and its basic support (0x{:x}) does not offer that", *access_));
    if (read || !access_ || !(*access_ & KSPROPERTY_TYPE_GET)) return;
    // What a filter has for one of its pins only, and what hardware may lack, is answered with these: no contradiction
    // there.
    const auto code = static_cast<StatusCode>(last.status);
    const bool may_lack =
        target_.kind() != Kind::kNode &&
        (code == StatusCode::kNotFound || code == StatusCode::kNotSupported || code == StatusCode::kPropsetNotFound);
    // One that names a pin is asked of pins that may have nothing of the kind.
    const bool of_some_pins =
        property_ && names_pin(*property_) && code == static_cast<StatusCode>(STATUS_INVALID_DEVICE_REQUEST);
    if (last.is_unsupported() && !may_lack && !of_some_pins)
      inconsistent(fmt::format("its basic support offers to read it, and reading is answered with {}",
                               status_name(last.status)));
  }

  void size_query() {
    const Answer empty = ask(descriptor_, 0);
    if (empty.ok() || empty.status == STATUS_BUFFER_TOO_SMALL)
      size_wrong(fmt::format("asked with no buffer: {}", status_name(empty.status)));
    else if (empty.status == STATUS_BUFFER_OVERFLOW && empty.information != value_.size())
      size_wrong(
          fmt::format("asked for its size it says {} bytes, its value has {}", empty.information, value_.size()));
    if (const Answer exact = ask(descriptor_, value_.size()); !exact.ok())
      size_wrong(fmt::format("its value has {} bytes, and a buffer of as many is answered with {}", value_.size(),
                             status_name(exact.status)));
  }
  void size_wrong(const std::string& what) {
    consistent_.fail(RuleId::kSizeQueryWrong, name(), fmt::format("{} {}", name(), what));
  }

  void refuse_short() {
    if (value_.size() < 2) return;
    const Answer answer = ask(descriptor_, value_.size() - 1);
    if (answer.status == STATUS_BUFFER_OVERFLOW)
      robust_.advise(RuleId::kShortBufferMisnamed, name(),
                     fmt::format("{} read with {} bytes where its value has {}: STATUS_BUFFER_OVERFLOW", name(),
                                 value_.size() - 1, value_.size()));
    if (answer.ok())
      robust(RuleId::kShortBufferTaken,
             fmt::format("read with {} bytes where its value has {}: STATUS_SUCCESS, {} bytes", value_.size() - 1,
                         value_.size(), answer.information));
    (void)ask(descriptor_, value_.size() + 16);
  }

  void refuse_truncated(const std::vector<std::byte>& descriptor) {
    const auto cut = [&](size_t bytes, bool judged) {
      const Answer answer = ask(std::span(descriptor).first(bytes), std::max<size_t>(value_.size(), 64));
      if (answer.ok() && judged)
        robust(RuleId::kShortDescriptorTaken,
               fmt::format("asked with a descriptor of {} bytes: STATUS_SUCCESS", bytes));
    };
    cut(0, true);
    cut(sizeof(KSPROPERTY) - 1, true);
    if (descriptor.size() > sizeof(KSPROPERTY))
      cut(sizeof(KSPROPERTY), target_.kind() == Kind::kNode || names_pin(*property_));
    // Into the number of the pin or the channel.
    const bool channel = target_.kind() == Kind::kNode && names_channel(*property_);
    if (channel) cut(sizeof(KSP_NODE), true);
    if (descriptor.size() > sizeof(KSP_NODE))
      for (const size_t bytes : {1, 2, 3}) cut(sizeof(KSP_NODE) + bytes, channel);
    // Of a pin that is asked of in a mode: no mode, and half of one.
    if (target_.kind() == Kind::kPin && descriptor.size() > sizeof(KSP_PIN))
      for (const size_t bytes : {sizeof(KSP_PIN), sizeof(KSP_PIN) + sizeof(GUID) / 2, descriptor.size() - 1})
        cut(bytes, bytes > sizeof(KSP_PIN) || same(*property_->set, KSPROPSETID_AudioEffectsDiscovery));
    if (target_.kind() == Kind::kPin && names_pin(*property_))
      for (const size_t bytes : {1, 2, 3}) cut(sizeof(KSPROPERTY) + bytes, true);
  }

  void refuse_misdirected() {
    const bool pin = target_.kind() == Kind::kPin && names_pin(*property_);
    if (!pin && target_.kind() != Kind::kNode) return;
    for (const uint32_t id : {target_.count(), ~0u}) {
      const Answer answer = ask(target_.misdirected(*property_->set, property_->id, KSPROPERTY_TYPE_GET, id),
                                std::max<size_t>(value_.size(), 64));
      if (answer.ok())
        robust(RuleId::kWrongTargetTaken, fmt::format("asked of {} {}, and there are {}: STATUS_SUCCESS",
                                                      pin ? "pin" : "node", static_cast<int32_t>(id), target_.count()));
    }
  }

  void refuse_unknown_request() {
    for (const ULONG flags : {ULONG{0}, kNoSuchFlags, ULONG{KSPROPERTY_TYPE_GET | KSPROPERTY_TYPE_BASICSUPPORT}}) {
      const auto forms = target_.forms(*property_->set, property_->id, flags);
      const auto form = std::ranges::find_if(forms, [&](const auto& f) { return f.size() == descriptor_.size(); });
      const Answer answer = ask(form == forms.end() ? forms.front() : *form, std::max<size_t>(value_.size(), 64));
      if (answer.ok() && flags == kNoSuchFlags)
        robust(RuleId::kUnknownRequestTaken,
               fmt::format("with the request type 0x{:x}, which is none: STATUS_SUCCESS", flags));
    }
  }

  // Sets of wrong lengths are refused and change nothing; a property that cannot be set is not.
  void write() {
    const Answer before = ask(descriptor_, value_.size());
    const bool steady = before.ok() && before.value == value_;
    const auto forms = target_.forms(*property_->set, property_->id, KSPROPERTY_TYPE_SET);
    const auto form = std::ranges::find_if(forms, [&](const auto& f) { return f.size() == descriptor_.size(); });
    const std::vector<std::byte>& set = form == forms.end() ? forms.front() : *form;
    if (access_ && !(*access_ & KSPROPERTY_TYPE_SET)) {
      ++requests_;
      if (target_.tell(set, value_).ok()) inconsistent("it can be set, and its basic support does not offer that");
      return;
    }
    // Of a pin's connection the port offers to set what it asks the driver for; that may refuse as it likes.
    const bool of_driver = !same(*property_->set, KSPROPSETID_Connection);
    if (steady && access_ && of_driver && same_value_again(set)) return;
    // Bytes that are not the value: a driver that takes some of them has changed it.
    std::vector<std::byte> other(value_.size(), std::byte{0x5A});
    for (const size_t bytes : {size_t{0}, value_.size() - 1}) {
      if (bytes == 0 && value_.size() == 1) continue;
      ++requests_;
      // A driver may have rounded what it was given back.
      const Answer now = ask(descriptor_, value_.size());
      const Answer answer = target_.tell(set, std::span(other).first(bytes));
      const Answer after = ask(descriptor_, value_.size());
      if (answer.ok())
        robust(RuleId::kShortBufferTaken,
               fmt::format("set with {} bytes where its value has {}: STATUS_SUCCESS", bytes, value_.size()));
      else if (steady && now.ok() && after.ok() && after.value != now.value)
        robust(RuleId::kRefusedSetChanged,
               fmt::format("set with {} of {} bytes it is refused with {}, and its value has changed", bytes,
                           value_.size(), status_name(answer.status)));
      if (steady && after.value != value_) {
        ++requests_;
        (void)target_.tell(set, value_);  // as it was
      }
    }
  }

  // The value that there is, set: nothing that a driver could refuse as a value. True: it cannot be set at all.
  bool same_value_again(std::span<const std::byte> set) {
    ++requests_;
    const Answer answer = target_.tell(set, value_);
    if (answer.is_unsupported()) {
      inconsistent(fmt::format("its basic support offers to set it, and setting what was read is answered with {}",
                               status_name(answer.status)));
      return true;
    }
    const Answer kept = ask(descriptor_, value_.size());
    if (!answer.ok() || !kept.ok() || kept.value == value_) return false;
    // It may have begun between two of its steps; on one of them it stays.
    ++requests_;
    const Answer again = target_.tell(set, kept.value);
    if (const Answer after = ask(descriptor_, value_.size()); again.ok() && after.ok() && after.value != kept.value)
      consistent_.fail(RuleId::kValueNotKept, name(),
                       fmt::format("{} set to the value that was read reads as another", name()));
    return false;
  }

  Answer ask(std::span<const std::byte> descriptor, size_t bytes) {
    ++requests_;
    Answer answer = target_.ask(descriptor, bytes);
    if (answer.wrote_beyond)
      robust(RuleId::kAnswerBeyondBuffer,
             fmt::format("an answer of {} bytes in a buffer of {}: bytes behind it were changed", answer.information,
                         bytes));
    if (answer.ok() && answer.information > bytes)
      robust(RuleId::kAnswerBeyondBuffer,
             fmt::format("STATUS_SUCCESS with {} bytes in a buffer of {}", answer.information, bytes));
    return answer;
  }

  // A cause is a property, wherever it is asked.
  void robust(RuleId rule, const std::string& what) { robust_.fail(rule, name(), fmt::format("{} {}", name(), what)); }
  void inconsistent(const std::string& what) {
    consistent_.fail(RuleId::kSupportInconsistent, name(), fmt::format("{}: {}", name(), what));
  }
  void malformed(const std::string& what) {
    consistent_.fail(RuleId::kDescriptionMalformed, name(), fmt::format("{}: {}", name(), what));
  }
  std::string name() const { return property_ ? property_->name : "a property"; }

  const PropertyTarget& target_;
  Verdict& robust_;
  Verdict& consistent_;
  const KnownProperty* property_ = nullptr;
  std::vector<std::byte> descriptor_, value_;  // of the property that is probed, when it can be read
  std::optional<ULONG> access_;
  uint64_t requests_ = 0, answered_ = 0;
};

}  // namespace

void sweep_properties(Verdicts& verdicts, const PropertyTarget& target, const std::string& subject) {
  Verdict robust(verdicts, "property robustness", subject, kHandlersPage);
  Verdict consistent(verdicts, "property support", subject, kSupportPage);
  Sweep sweep(target, robust, consistent);
  std::set<const GUID*> sets;
  for (const KnownProperty& property : known_properties()) {
    if (sets.insert(property.set).second) sweep.probe_unknown(*property.set, property.set_name, kNoSuchMember);
    sweep.probe(property);
  }
  // Of sets that no page names it is known that they are there (KSPROPERTY_TYPE_SETSUPPORT), and their members are tried.
  // Those alone that answer basic support themselves: they are made to be asked by clients that do not know them.
  for (const GUID& set : target.sets()) {
    if (std::ranges::any_of(sets, [&](const GUID* known) { return same(*known, set); })) continue;
    const std::string set_name = client::guid_name(set);
    sweep.probe_unknown(set, set_name, kNoSuchMember);
    for (ULONG id = 0; id < kMembersTried; ++id) {
      if (!ask_basic_support(target, set, id).offers(KSPROPERTY_TYPE_BASICSUPPORT)) continue;
      const std::string name = fmt::format("property {} of {}", id, set_name);
      sweep.probe({&set, set_name.c_str(), id, name.c_str()});
    }
  }
  sweep.probe_unknown(kNoSuchSet, "a property set that is none", 0);
  sweep.tell();
}

}  // namespace portside::verify
