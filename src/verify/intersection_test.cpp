#include "verify/intersection_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "client/filter.h"
#include "verify/bytes.h"
#include "verify/property_target.h"

namespace portside::verify {

using verifier::RuleId;
using Answer = PropertyTarget::Answer;

namespace {

constexpr const char* kPage = "ddi/portcls/nf-portcls-iminiport-datarangeintersection";
// No format of a wave has more.
constexpr size_t kMostRoom = 1024;

void append(std::vector<std::byte>& to, std::span<const std::byte> bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
  to.resize((to.size() + 7) / 8 * 8);
}
std::string text_of(const KSDATARANGE_AUDIO& r) {
  return fmt::format("{} to {} Hz, {} to {} bits, up to {} channels", r.MinimumSampleFrequency,
                     r.MaximumSampleFrequency, r.MinimumBitsPerSample, r.MaximumBitsPerSample, r.MaximumChannels);
}

class Intersections {
 public:
  Intersections(const client::KsFile& file, const client::PinInfo& pin, Verdict& verdict, std::string cause)
      : file_(file), target_(file, PropertyTarget::Kind::kPin, pin.id), pin_(pin), verdict_(verdict),
        cause_(std::move(cause)) {}

  void run() {
    read_ranges();
    for (const KSDATARANGE& range : plain_) {
      // Where the miniport leaves it to the port, that knows of these two specifiers alone.
      if (range.Specifier == KSDATAFORMAT_SPECIFIER_NONE) (void)agreed(bytes_of(range), "its own range");
    }
    for (const KSDATARANGE_AUDIO& range : ranges_) {
      whole(range);
      wildcards(range);
      ends(range);
      parts(range);
      nothing(range);
      searched_on(range);
    }
    verdict_.measure("requests", static_cast<double>(requests_), "");
  }

 private:
  void read_ranges() {
    const auto list = file_.get_bytes(client::pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_DATARANGES, pin_.id));
    if (!list) return verdict_.fail(list.error().to_string());
    bool attributes_follow = false;
    for (const auto item : client::data_range_items(*list)) {
      if (std::exchange(attributes_follow, false) || item.size() < sizeof(KSDATARANGE)) continue;
      KSDATARANGE_AUDIO range{};
      std::memcpy(&range, item.data(), std::min(item.size(), sizeof range));
      attributes_follow = (range.DataRange.Flags & KSDATARANGE_ATTRIBUTES) != 0;
      range.DataRange.Flags &= ~ULONG{KSDATARANGE_ATTRIBUTES};  // the client's has none
      const bool wave = item.size() >= sizeof range && range.DataRange.MajorFormat == KSDATAFORMAT_TYPE_AUDIO &&
                        range.DataRange.Specifier == KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
      if (wave) {
        ranges_.push_back(range);
      } else {
        KSDATARANGE plain = range.DataRange;
        plain.FormatSize = sizeof plain;
        plain_.push_back(plain);
      }
    }
  }

  // The range itself, in each size of buffer.
  void whole(const KSDATARANGE_AUDIO& range) {
    const size_t told = agreed(bytes_of(range), "its own range");
    if (told == 0) return;
    for (const size_t bytes : {told - 1, told / 2, size_t{1}}) {
      if (const Answer less = ask(bytes_of(range), bytes); less.ok())
        verdict_.fail(
            RuleId::kShortBufferTaken, cause_,
            fmt::format("the format has {} bytes, and with a buffer of {} it is STATUS_SUCCESS", told, bytes));
    }
    // A range that is cut off behind its head: whatever is answered, it is read no further than that.
    KSDATARANGE_AUDIO cut = range;
    cut.DataRange.FormatSize = sizeof(KSDATARANGE);
    (void)ask(bytes_of(cut).first(sizeof(KSDATARANGE)), kMostRoom);
  }

  void wildcards(const KSDATARANGE_AUDIO& range) {
    for (unsigned which = 1; which < 8; ++which) {
      KSDATARANGE any = range.DataRange;
      if (which & 1) any.SubFormat = KSDATAFORMAT_SUBTYPE_WILDCARD;
      if (which & 2) any.Specifier = KSDATAFORMAT_SPECIFIER_WILDCARD;
      if (which & 4) any.MajorFormat = KSDATAFORMAT_TYPE_WILDCARD;
      if (which & 2) {
        any.FormatSize = sizeof any;
        (void)agreed(bytes_of(any), "a range whose specifier is a wildcard");
      } else {
        KSDATARANGE_AUDIO audio = range;
        audio.DataRange = any;
        (void)agreed(bytes_of(audio), "a range whose format is a wildcard");
      }
    }
  }

  // Each end by itself, and the pin asked whether it takes what comes out.
  void ends(const KSDATARANGE_AUDIO& range) {
    for (const ULONG rate : {range.MinimumSampleFrequency, range.MaximumSampleFrequency}) {
      for (const ULONG bits : {range.MinimumBitsPerSample, range.MaximumBitsPerSample}) {
        if (bits % 8) continue;  // of a container that does not end on a byte nobody has said anything
        KSDATARANGE_AUDIO one = range;
        one.MinimumSampleFrequency = one.MaximumSampleFrequency = rate;
        one.MinimumBitsPerSample = one.MaximumBitsPerSample = bits;
        (void)agreed(bytes_of(one), "an end of its range, " + text_of(one));
      }
    }
  }

  // What lies inside may be empty of formats; what is given must lie inside, which the port sees.
  void parts(const KSDATARANGE_AUDIO& range) {
    const auto part = [&](auto change) {
      KSDATARANGE_AUDIO inner = range;
      change(inner);
      (void)ask(bytes_of(inner), kMostRoom);
    };
    for (const ULONG channels : std::set<ULONG>{1, 2, 4, 6, 8, range.MaximumChannels - 1})
      if (channels && channels < range.MaximumChannels)
        part([&](KSDATARANGE_AUDIO& r) { r.MaximumChannels = channels; });
    if (range.MaximumSampleFrequency - range.MinimumSampleFrequency >= 2)
      part([](KSDATARANGE_AUDIO& r) { ++r.MinimumSampleFrequency, --r.MaximumSampleFrequency; });
    for (ULONG bits = range.MinimumBitsPerSample; bits + 7 <= range.MaximumBitsPerSample; bits += 8)
      part([&](KSDATARANGE_AUDIO& r) { r.MinimumBitsPerSample = bits + 1, r.MaximumBitsPerSample = bits + 7; });
    // Wider than the pin's own.
    part([](KSDATARANGE_AUDIO& r) {
      r.MinimumSampleFrequency = r.MinimumBitsPerSample = 1;
      r.MaximumSampleFrequency = 10'000'000, r.MaximumBitsPerSample = 64, r.MaximumChannels = 64;
    });
  }

  // Ranges with nothing in common with any of the pin's.
  void nothing(const KSDATARANGE_AUDIO& range) {
    for (const KSDATARANGE_AUDIO& empty : disjoint(range)) {
      const Answer answer = ask(bytes_of(empty), kMostRoom);
      if (answer.ok())
        verdict_.fail(RuleId::kIntersectionOutsideRange, cause_,
                      fmt::format("there is nothing in {}, and a format comes out", text_of(empty)));
    }
  }
  std::vector<KSDATARANGE_AUDIO> disjoint(const KSDATARANGE_AUDIO& range) const {
    ULONG low_rate = range.MinimumSampleFrequency, high_rate = range.MaximumSampleFrequency;
    ULONG low_bits = range.MinimumBitsPerSample, high_bits = range.MaximumBitsPerSample;
    for (const KSDATARANGE_AUDIO& other : ranges_) {
      low_rate = std::min(low_rate, other.MinimumSampleFrequency),
      high_rate = std::max(high_rate, other.MaximumSampleFrequency);
      low_bits = std::min(low_bits, other.MinimumBitsPerSample),
      high_bits = std::max(high_bits, other.MaximumBitsPerSample);
    }
    std::vector<KSDATARANGE_AUDIO> list(5, range);
    list[0].MinimumSampleFrequency = high_rate + 1, list[0].MaximumSampleFrequency = high_rate + 1000;
    list[1].MinimumSampleFrequency = low_rate ? low_rate - 1 : 0,
    list[1].MaximumSampleFrequency = list[1].MinimumSampleFrequency;
    list[2].MinimumBitsPerSample = high_bits + 1, list[2].MaximumBitsPerSample = high_bits + 8;
    list[3].MinimumBitsPerSample = 1, list[3].MaximumBitsPerSample = low_bits - 1;
    list[4].MaximumChannels = 0;
    if (low_bits < 2) list.erase(list.begin() + 3);
    if (low_rate < 2) list.erase(list.begin() + 1);
    // The wrong way round there is nothing in a range either.
    for (const KSDATARANGE_AUDIO& r : ranges_) {
      KSDATARANGE_AUDIO turned = r;
      std::swap(turned.MinimumSampleFrequency, turned.MaximumSampleFrequency);
      if (r.MinimumSampleFrequency < r.MaximumSampleFrequency) list.push_back(turned);
      turned = r;
      std::swap(turned.MinimumBitsPerSample, turned.MaximumBitsPerSample);
      if (r.MinimumBitsPerSample < r.MaximumBitsPerSample) list.push_back(turned);
    }
    return list;
  }

  // "This property returns the first matching data format from the client-supplied list."
  void searched_on(const KSDATARANGE_AUDIO& range) {
    std::vector<std::byte> list;
    ULONG count = 1;
    for (const KSDATARANGE_AUDIO& empty : disjoint(range)) {
      if (empty.MinimumSampleFrequency > empty.MaximumSampleFrequency ||
          empty.MinimumBitsPerSample > empty.MaximumBitsPerSample)
        continue;
      append(list, bytes_of(empty));
      ++count;
    }
    append(list, bytes_of(range));
    if (const Answer answer = ask_list(list, count, kMostRoom); !answer.ok())
      verdict_.fail(RuleId::kIntersectionRefused, cause_,
                    fmt::format("a list that ends with the pin's own range, {}, is answered with {}", text_of(range),
                                status_name(answer.status)));
  }

  // Asks for the size, then for the format, and offers the format back. The bytes of the format; 0 when there was none.
  size_t agreed(std::span<const std::byte> range, const std::string& what) {
    const Answer size = ask(range, 0);
    Answer answer = ask(range, std::clamp<size_t>(size.information, sizeof(KSDATAFORMAT), kMostRoom));
    // A miniport that leaves the format to the port may have told the size of another.
    if (answer.status == STATUS_BUFFER_TOO_SMALL) answer = ask(range, kMostRoom);
    if (!answer.ok()) {
      verdict_.fail(RuleId::kIntersectionRefused, cause_,
                    fmt::format("asked for a format in {}, it answers {}", what, status_name(answer.status)));
      return 0;
    }
    if (const Answer exact = ask(range, answer.value.size()); !exact.ok())
      verdict_.fail(RuleId::kIntersectionRefused, cause_,
                    fmt::format("the format has {} bytes, and a buffer of as many is answered with {}",
                                answer.value.size(), status_name(exact.status)));
    if (const Answer more = ask(range, answer.value.size() + 24);
        !more.ok() || more.value.size() != answer.value.size())
      verdict_.fail(RuleId::kIntersectionRefused, cause_,
                    fmt::format("with more room than the format needs it answers {}: {} bytes",
                                status_name(more.status), more.value.size()));
    offer(answer.value, what);
    return answer.value.size();
  }

  // Where the driver answers proposals.
  void offer(std::vector<std::byte> format, const std::string& what) {
    if (!pin_.is_host_pin()) return;
    const KSP_PIN request =
        client::pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT, pin_.id, KSPROPERTY_TYPE_SET);
    ++requests_;
    const auto outcome = file_.property(bytes_of(request), format);
    if (!outcome || outcome->ok()) return;
    Answer answer;
    answer.status = outcome->status;
    if (!answer.is_unsupported())
      verdict_.fail(
          RuleId::kIntersectionNotTaken, cause_,
          fmt::format("the format that comes of {} is refused as a proposal: {}", what, status_name(answer.status)));
  }

  Answer ask(std::span<const std::byte> range, size_t room) { return ask_list(range, 1, room); }
  Answer ask_list(std::span<const std::byte> ranges, ULONG count, size_t room) {
    ++requests_;
    std::vector<std::byte> request;
    append(request, bytes_of(client::pin_request(KSPROPSETID_Pin, KSPROPERTY_PIN_DATAINTERSECTION, pin_.id)));
    const KSMULTIPLE_ITEM head{static_cast<ULONG>(sizeof head + ranges.size()), count};
    append(request, bytes_of(head));
    request.insert(request.end(), ranges.begin(), ranges.end());
    Answer answer = target_.ask(request, room);
    if (answer.wrote_beyond)
      verdict_.fail(RuleId::kAnswerBeyondBuffer, cause_,
                    fmt::format("a format of {} bytes in a buffer of {}: bytes behind it were changed",
                                answer.information, room));
    return answer;
  }

  const client::KsFile& file_;
  const PropertyTarget target_;
  const client::PinInfo& pin_;
  Verdict& verdict_;
  const std::string cause_;
  std::vector<KSDATARANGE_AUDIO> ranges_;
  std::vector<KSDATARANGE> plain_;  // those that are no WAVEFORMATEX's
  uint64_t requests_ = 0;
};

}  // namespace

void test_intersections(Verdicts& verdicts, const client::FilterInfo& filter, const client::PinInfo& pin) {
  const std::string subject = fmt::format("{} pin {}", filter.name, pin.id);
  Verdict verdict(verdicts, "data intersection", subject, kPage);
  const auto file = client::KsFile::open(filter.symbolic_link);
  if (!file) return verdict.fail(file.error().to_string());
  Intersections(*file, pin, verdict, subject).run();
}

}  // namespace portside::verify
