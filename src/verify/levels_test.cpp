#include "verify/levels_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>

#include "verify/basic_support.h"
#include "verify/property_target.h"

namespace portside::verify {

using verifier::RuleId;
using Answer = PropertyTarget::Answer;

namespace {

// A loop over 4294967295 channels comes to an end, and the budget before it.
constexpr std::chrono::seconds kPatience{1};
constexpr const char* kPage = "audio/exposing-multichannel-nodes";

struct LevelProperty {
  ULONG id;  // of KSPROPSETID_Audio
  const char* name;
  bool clamps;  // its page has every value succeed
};
constexpr LevelProperty kLevels[] = {
    {KSPROPERTY_AUDIO_VOLUMELEVEL, "KSPROPERTY_AUDIO_VOLUMELEVEL", true},
    {KSPROPERTY_AUDIO_MUTE, "KSPROPERTY_AUDIO_MUTE", false},
    {KSPROPERTY_AUDIO_BASS, "KSPROPERTY_AUDIO_BASS", true},
    {KSPROPERTY_AUDIO_MID, "KSPROPERTY_AUDIO_MID", true},
    {KSPROPERTY_AUDIO_TREBLE, "KSPROPERTY_AUDIO_TREBLE", true},
    {KSPROPERTY_AUDIO_BASS_BOOST, "KSPROPERTY_AUDIO_BASS_BOOST", false},
    {KSPROPERTY_AUDIO_AGC, "KSPROPERTY_AUDIO_AGC", false},
    {KSPROPERTY_AUDIO_LOUDNESS, "KSPROPERTY_AUDIO_LOUDNESS", false},
};

class Levels {
 public:
  Levels(Verdicts& verdicts, const PropertyTarget& target, uint32_t node, const LevelProperty& property,
         const BasicSupport& support, Verdict& verdict, std::string cause)
      : verdicts_(verdicts), target_(target), node_(node), property_(property), support_(support), verdict_(verdict),
        cause_(std::move(cause)) {}

  void channels() {
    const std::vector<int32_t> before = read_all();
    if (before.empty()) return;
    for (LONG c = 0; c < count(); ++c) {
      for (const int32_t value : legal(c)) kept(c, value);
      between(c);
      beyond(c);
    }
    if (!support_.uniform) independent();
    for (LONG c = 0; c < count(); ++c) (void)set(c, before[static_cast<size_t>(c)]);
    // What they are at now: a value that lay between two steps cannot be set again.
    if (const std::vector<int32_t> now = read_all(); !now.empty()) no_channel(now);
  }

  void whole_stream() {
    if (!verdicts_.too_slow.empty()) return verdict_.not_applicable(verdicts_.too_slow);
    const std::vector<int32_t> before = read_all();
    if (before.empty()) return;
    for (const int32_t value : {lowest(0), highest(0)}) {
      const auto began = std::chrono::steady_clock::now();
      const NTSTATUS status = set(KSAUDIO_CHANNEL_ALL, value);
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
      if (took > kPatience) {
        verdicts_.too_slow =
            fmt::format("a request for channel -1, of {}, took {:.0f} s of the host's time: no more are made", cause_,
                        took.count());
        return verdict_.not_applicable(verdicts_.too_slow);
      }
      if (status < 0) return;  // "there is no guarantee" of a device that knows no master channel
      for (LONG c = 0; c < count(); ++c) {
        const auto now = get(c);
        if (now && *now != value)
          fail(RuleId::kWholeStreamIgnored,
               fmt::format("set to {} for channel -1, channel {} is at {}", value, c, *now));
      }
      const auto whole = get(KSAUDIO_CHANNEL_ALL);
      if (whole && *whole != value)
        fail(RuleId::kValueNotKept, fmt::format("set to {} for channel -1, it reads {} there", value, *whole));
    }
    for (LONG c = 0; c < count(); ++c) (void)set(c, before[static_cast<size_t>(c)]);
  }

 private:
  LONG count() const { return support_.multichannel ? static_cast<LONG>(support_.ranges.size()) : 1; }
  const ValueRange& range(LONG channel) const { return support_.ranges[static_cast<size_t>(channel)]; }
  int32_t lowest(LONG channel) const { return static_cast<int32_t>(range(channel).low); }
  int32_t highest(LONG channel) const { return static_cast<int32_t>(range(channel).high); }

  std::vector<int32_t> read_all() {
    std::vector<int32_t> values;
    for (LONG c = 0; c < count(); ++c) {
      const auto value = get(c);
      if (!value) {
        fail(RuleId::kChannelBeyondTaken,
             fmt::format("basic support tells of {} channels, and channel {} cannot be read", count(), c));
        return {};
      }
      inside(c, *value, "reads");
      values.push_back(*value);
    }
    return values;
  }
  void inside(LONG channel, int32_t value, const char* does) {
    if (value < range(channel).low || value > range(channel).high)
      fail(RuleId::kValueNotKept, fmt::format("channel {} {} {}, outside of its range from {} to {}", channel, does,
                                              value, range(channel).low, range(channel).high));
  }

  // On a step: the ends, and what is near the middle and next to the ends.
  std::vector<int32_t> legal(LONG channel) const {
    const ValueRange& r = range(channel);
    const int64_t step = std::max<int64_t>(r.step, 1), steps = (r.high - r.low) / step;
    std::vector<int32_t> values;
    for (const int64_t at : {steps, int64_t{0}, steps / 2, int64_t{1}, steps - 1})
      if (at >= 0 && at <= steps) values.push_back(static_cast<int32_t>(r.low + at * step));
    return values;
  }
  void kept(LONG channel, int32_t value) {
    const NTSTATUS status = set(channel, value);
    if (status < 0)
      return fail(RuleId::kLevelRefused,
                  fmt::format("channel {} set to {}, which its range admits: {}", channel, value, status_name(status)));
    if (const auto now = get(channel); now && *now != value)
      fail(RuleId::kValueNotKept, fmt::format("channel {} set to {} reads {}", channel, value, *now));
  }

  void between(LONG channel) {
    const ValueRange& r = range(channel);
    if (r.step < 4 || r.high - r.low < 2 * r.step) return;
    for (const int64_t off : {r.step / 4, r.step / 2, r.step - 1}) {
      const auto value = static_cast<int32_t>(r.low + r.step + off);
      if (set(channel, value) < 0) {
        if (property_.clamps)
          fail(RuleId::kLevelRefused, fmt::format("channel {} set to {}, between two steps: refused", channel, value));
        continue;
      }
      const auto now = get(channel);
      if (now && (int64_t{*now} - value > r.step || value - int64_t{*now} > r.step))
        fail(RuleId::kValueNotKept,
             fmt::format("channel {} set to {} reads {}, more than a step of {} away", channel, value, *now, r.step));
      if (now) inside(channel, *now, fmt::format("set to {} reads", value).c_str());
    }
  }

  void beyond(LONG channel) {
    if (!property_.clamps) return;
    const ValueRange& r = range(channel);
    const int64_t step = std::max<int64_t>(r.step, 1);
    for (const int64_t value : {r.low - step, r.high + step, int64_t{INT32_MIN}, int64_t{INT32_MAX}}) {
      if (value < INT32_MIN || value > INT32_MAX) continue;
      const NTSTATUS status = set(channel, static_cast<int32_t>(value));
      if (status < 0) {
        fail(RuleId::kLevelRefused,
             fmt::format("channel {} set to {}, beyond its range: {}", channel, value, status_name(status)));
        continue;
      }
      const auto now = get(channel);
      if (now) inside(channel, *now, fmt::format("set to {} reads", value).c_str());
      // Clamped: no other value of the range is nearer.
      const int64_t nearest = value < r.low ? r.low : value > r.high ? r.high : value;
      if (now && (value < r.low || value > r.high) && *now != nearest)
        fail(RuleId::kValueNotKept,
             fmt::format("channel {} set to {} reads {}, and its range ends at {}", channel, value, *now, nearest));
    }
  }

  void independent() {
    for (LONG c = 0; c < count(); ++c) (void)set(c, lowest(c));
    for (LONG c = 0; c < count(); ++c) {
      (void)set(c, highest(c));
      for (LONG other = 0; other < count(); ++other) {
        const auto now = get(other);
        const int32_t expected = other <= c ? highest(other) : lowest(other);
        if (now && *now != expected)
          return fail(RuleId::kChannelsTied,
                      fmt::format("channel {} set to {}, and channel {} reads {} where it was set to {}", c, highest(c),
                                  other, *now, expected));
      }
    }
  }

  // Channels that there are not; -1 is the whole stream.
  void no_channel(const std::vector<int32_t>& before) {
    if (!support_.multichannel) return;
    for (const LONG channel : {count(), count() + 1, LONG{-2}, INT32_MAX, INT32_MIN}) {
      if (get(channel))
        fail(RuleId::kChannelBeyondTaken,
             fmt::format("there are {} channels, and channel {} can be read", count(), channel));
      const bool taken = set(channel, lowest(0)) >= 0;
      if (taken)
        fail(RuleId::kChannelBeyondTaken,
             fmt::format("there are {} channels, and channel {} can be set", count(), channel));
      for (LONG c = 0; c < count(); ++c) {
        const auto now = get(c);
        if (!now || *now == before[static_cast<size_t>(c)]) continue;
        if (!taken)
          fail(RuleId::kRefusedSetChanged,
               fmt::format("channel {} is refused, and channel {} has changed", channel, c));
        (void)set(c, before[static_cast<size_t>(c)]);
      }
    }
  }

  std::vector<std::byte> request(LONG channel, ULONG flags) const {
    KSNODEPROPERTY_AUDIO_CHANNEL request{};
    request.NodeProperty.Property =
        client::property_request(KSPROPSETID_Audio, property_.id, flags | KSPROPERTY_TYPE_TOPOLOGY);
    request.NodeProperty.NodeId = node_;
    request.Channel = channel;
    const auto bytes = std::as_bytes(std::span(&request, 1));
    return {bytes.begin(), bytes.end()};
  }
  std::optional<int32_t> get(LONG channel) const {
    const Answer answer = target_.ask(request(channel, KSPROPERTY_TYPE_GET), sizeof(LONG));
    int32_t value = 0;
    if (!answer.ok() || answer.value.size() != sizeof value) return std::nullopt;
    std::memcpy(&value, answer.value.data(), sizeof value);
    return value;
  }
  NTSTATUS set(LONG channel, int32_t value) const {
    return target_.tell(request(channel, KSPROPERTY_TYPE_SET), std::as_bytes(std::span(&value, 1))).status;
  }
  void fail(RuleId rule, const std::string& what) {
    verdict_.fail(rule, cause_, fmt::format("{}: {}", property_.name, what));
  }

  Verdicts& verdicts_;
  const PropertyTarget& target_;
  const uint32_t node_;
  const LevelProperty& property_;
  const BasicSupport& support_;
  Verdict& verdict_;
  const std::string cause_;
};

void with_levels(Verdicts& verdicts, const char* name, const client::KsFile& file, uint32_t node,
                 const std::string& subject, void (Levels::*test)()) {
  const PropertyTarget target(file, PropertyTarget::Kind::kNode, node);
  for (const LevelProperty& property : kLevels) {
    const BasicSupport support = ask_basic_support(target, KSPROPSETID_Audio, property.id);
    // That it can be set and read, and tells its range in numbers of 32 bits, is asserted elsewhere.
    if (!support.offers(KSPROPERTY_TYPE_GET) || !support.offers(KSPROPERTY_TYPE_SET) || support.ranges.empty())
      continue;
    Verdict verdict(verdicts, name, fmt::format("{}, {}", subject, property.name), kPage);
    Levels levels(verdicts, target, node, property, support, verdict, subject);
    (levels.*test)();
  }
}
void with_filter(Verdicts& verdicts, const char* name, const client::FilterInfo& filter, const client::NodeInfo& node,
                 void (Levels::*test)()) {
  const auto file = client::KsFile::open(filter.symbolic_link);
  if (!file) return;  // told by the topology's test
  with_levels(verdicts, name, *file, node.id,
              fmt::format("{} node {} ({})", filter.name, node.id, client::guid_name(node.type)), test);
}

}  // namespace

void test_levels(Verdicts& verdicts, const client::FilterInfo& filter, const client::NodeInfo& node) {
  with_filter(verdicts, "levels", filter, node, &Levels::channels);
}

void test_whole_stream(Verdicts& verdicts, const client::FilterInfo& filter, const client::NodeInfo& node) {
  with_filter(verdicts, "level of the whole stream", filter, node, &Levels::whole_stream);
}

void test_stream_levels(Verdicts& verdicts, const Subject& subject) {
  if (!subject.endpoint.engine_node) return;
  const auto stream = TestStream::open(subject);
  if (!stream) return;  // told by the tests of streams
  for (const auto& [name, test] :
       {std::pair{"levels", &Levels::channels}, std::pair{"level of the whole stream", &Levels::whole_stream}})
    with_levels(verdicts, name, (*stream)->stream().pin(), *subject.endpoint.engine_node,
                "a stream of " + subject.endpoint.name, test);
}

}  // namespace portside::verify
