#include "verify/level_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "client/filter.h"
#include "verify/hearing.h"
#include "verify/knob.h"
#include "verify/sound_match.h"
#include "verify/test_stream.h"

namespace portside::verify {

using std::chrono::milliseconds;
using verifier::RuleId;

namespace {

constexpr const char* kVolumePage = "audio/ksproperty-audio-volumelevel";
constexpr LONG kDecibel = 65536;     // KSPROPERTY_AUDIO_VOLUMELEVEL: the value's unit is 1/65536 dB
constexpr double kTolerance = 0.75;  // dB; a node that moves in steps answers with the step that it took

// The sound of one channel in two parts of a recording: how much smaller it is, and what else there is in it.
struct Loudness {
  double decibels = 0;  // below -200: nothing is there
  double rest = 0;      // the largest difference from the played sample, scaled; of full scale
};

class LevelTest {
 public:
  LevelTest(Verdicts& verdicts, const LoopPair& pair, const client::AudioFormat& format,
            const std::vector<client::FilterInfo>& filters, hardware::SoundJacks* jacks)
      : verdicts_(verdicts), pair_(pair), format_(format), jacks_(jacks) {
    if (jacks_) {
      KnobsBetween between = knobs_between(filters, end());
      knobs_ = std::move(between.knobs);
      must_be_heard_ = between.one_way;
      return;
    }
    // A loopback pin may lie before a node.
    must_be_heard_ = pair_.capture.role != client::PinRole::kLoopback;
    for (const client::FilterInfo* filter : on_the_way(filters))
      for (const Knob& knob : knobs_of(*filter)) knobs_.push_back(knob);
  }

  void run() {
    for (const Knob& knob : knobs_) {
      Verdict verdict(verdicts_, jacks_ ? "level at the jack" : "level in the loopback",
                      fmt::format("{}, {}", knob.text(), format_name(format_)), kVolumePage);
      const auto file = client::KsFile::open(knob.filter->symbolic_link);
      if (!file) {
        verdict.fail(file.error().to_string());
        continue;
      }
      if (const Result<> done = turn(verdict, knob, *file); !done) verdict.not_applicable(done.error().to_string());
    }
  }

 private:
  // With jacks: the pair's one endpoint.
  const client::Endpoint& end() const { return pair_.render.name.empty() ? pair_.capture : pair_.render; }
  // The filters of both pins, and those that these are connected with.
  std::vector<const client::FilterInfo*> on_the_way(const std::vector<client::FilterInfo>& filters) const {
    std::vector<const client::FilterInfo*> way;
    const auto leaf = [](std::u16string_view link) { return client::filter_leaf(link); };
    const auto is_end = [&](const std::string& name) {
      return name == leaf(pair_.render.filter) || name == leaf(pair_.capture.filter);
    };
    for (const client::FilterInfo& filter : filters) {
      bool on = is_end(leaf(filter.symbolic_link));
      for (const client::PinInfo& pin : filter.pins)
        on = on || (pin.connection && is_end(leaf(pin.connection->filter)));
      for (const client::FilterInfo& end : filters)
        for (const client::PinInfo& pin : end.pins)
          on = on || (is_end(leaf(end.symbolic_link)) && pin.connection &&
                      leaf(pin.connection->filter) == leaf(filter.symbolic_link));
      if (on) way.push_back(&filter);
    }
    return way;
  }

  // The channels of a node that can be asked for by themselves, as many as the format has.
  Result<> turn(Verdict& verdict, const Knob& knob, const client::KsFile& file) {
    moved_ = false;
    std::vector<LONG> before;
    for (LONG channel = 0; channel < format_.channels; ++channel) {
      const auto value = file.get<LONG>(knob.request(channel, KSPROPERTY_TYPE_GET));
      if (!value) break;
      before.push_back(*value);
    }
    if (before.empty()) return fail(StatusCode::kNotSupported, "the node answers for no channel");
    std::vector<std::pair<LONG, LONG>> settings;  // channel, value
    const auto channels = static_cast<LONG>(before.size());
    if (knob.is_volume()) {
      settings = {{-1, -6 * kDecibel}, {channels - 1, -20 * kDecibel}, {0, -3 * kDecibel}};
    } else {
      settings = {{-1, TRUE}, {channels - 1, TRUE}, {0, TRUE}};
    }
    bool heard_any = false;
    for (const auto& [channel, value] : settings) {
      TRY_ASSIGN(const bool heard, listen(verdict, knob, file, before, channel, value));
      heard_any = heard_any || heard;
      if (verdict.objected()) break;
    }
    // A gain goes up alone.
    if (!moved_ && knob.is_volume())
      for (const auto& [channel, value] :
           std::vector<std::pair<LONG, LONG>>{{-1, 5 * kDecibel}, {channels - 1, 5 * kDecibel}, {0, 3 * kDecibel}}) {
        TRY_ASSIGN(const bool heard, listen(verdict, knob, file, before, channel, value));
        heard_any = heard_any || heard;
        if (verdict.objected()) break;
      }
    if (!moved_) return fail(StatusCode::kNotSupported, "the node does not move");
    if (!heard_any && must_be_heard_ && !verdict.objected())
      verdict.fail(RuleId::kLevelNotHeard, knob.text(), fmt::format("whatever it is set to, {}", nothing_changes()));
    return {};
  }

  std::string nothing_changes() const {
    if (!jacks_) return fmt::format("{} hears {} as before", pair_.capture.name, pair_.render.name);
    return pair_.render.name.empty() ? fmt::format("{} hears the jack as before", pair_.capture.name)
                                     : fmt::format("the jack plays {} as before", pair_.render.name);
  }

  // Sets one channel, or all of them (-1), in the middle of a passage. True: something of it was heard.
  Result<bool> listen(Verdict& verdict, const Knob& knob, const client::KsFile& file, const std::vector<LONG>& before,
                      LONG channel, LONG value) {
    PassageOptions options;
    options.format = format_;
    options.jacks = jacks_;
    options.capture_alone = jacks_ && pair_.render.name.empty();
    TRY_ASSIGN(const auto passage, Passage::open(pair_, options));
    TRY(passage->run());
    TRY(passage->pass(milliseconds(15)));
    TRY(file.set(knob.request(channel, KSPROPERTY_TYPE_SET), value));
    const uint64_t set_at = passage->recorded_frames();
    std::vector<LONG> set_to;
    for (size_t c = 0; c < before.size(); ++c) {
      TRY_ASSIGN(const LONG now, file.get<LONG>(knob.request(static_cast<LONG>(c), KSPROPERTY_TYPE_GET)));
      set_to.push_back(now);
      moved_ = moved_ || now != before[c];
    }
    TRY(passage->pass(milliseconds(25)));
    const uint64_t reset_at = passage->recorded_frames();
    for (size_t c = 0; c < before.size(); ++c)
      TRY(file.set(knob.request(static_cast<LONG>(c), KSPROPERTY_TYPE_SET), before[c]));
    TRY(passage->pass(milliseconds(20)));
    TRY(passage->stop());

    const auto place = passage->marker().find(passage->recorded(), 0, format_.rate_hz / 100);
    // A device with a level of its own plays no sample as it was.
    const uint64_t frame = format_.frame_bytes();
    const auto lag =
        place ? std::optional(static_cast<int64_t>(place->recorded) - static_cast<int64_t>(place->marker))
              : lag_of(passage->marker(), std::span(passage->recorded()).first(set_at * frame), format_.rate_hz / 10);
    if (!lag || *lag < 0) return fail(StatusCode::kNotFound, "the sound is not heard before the level is set");
    const auto shift = static_cast<uint64_t>(*lag);
    // A level may be a ramp, and what was in the buffers is heard first: some milliseconds are left out.
    const uint64_t settle = format_.rate_hz / 125;
    const uint64_t from = set_at + settle, to = reset_at;
    // A jack that is switched off plays nothing: no frames come.
    const bool went_off = jacks_ && to <= from;
    bool any = false;
    for (size_t c = 0; c < before.size(); ++c) {
      const double wanted = knob.is_volume()         ? static_cast<double>(set_to[c] - before[c]) / kDecibel
                            : set_to[c] == before[c] ? 0
                                                     : -300;
      const auto channel_number = static_cast<uint16_t>(c);
      Loudness heard = went_off ? Loudness{-300, 0} : loudness(*passage, from, to, shift, channel_number);
      if (!place && !went_off) heard.decibels -= loudness(*passage, settle / 4, set_at, shift, channel_number).decibels;
      any = any || std::abs(heard.decibels) > kTolerance;
      judge(verdict, knob, c, wanted, heard, any);
    }
    Loudness after =
        loudness(*passage, passage->recorded_frames() - settle, passage->recorded_frames() - settle / 4, shift, 0);
    if (!place) after.decibels -= loudness(*passage, settle / 4, set_at, shift, 0).decibels;
    if (any && !went_off && std::abs(after.decibels) > kTolerance && !verdict.objected())
      verdict.fail(RuleId::kLevelWrong, knob.text(),
                   fmt::format("set back as it was, it is heard at {:.1f} dB of that", after.decibels));
    return any;
  }

  void judge(Verdict& verdict, const Knob& knob, size_t channel, double wanted, const Loudness& heard, bool any) {
    if (verdict.objected()) return;
    // A device of 8 bits, or with a floor of its own, cannot be measured far down.
    const double floor = format_.bits == 8 ? -25 : -60;
    const bool silent = wanted < floor && heard.decibels < floor;
    const double tolerance = format_.bits == 8 ? 2 : kTolerance;
    if (!any && wanted != 0) return;  // nothing is heard of it at all: told once, of the node
    // Half of full scale has no more room: whether it became louder is all that can be said.
    if (wanted > 6 && heard.decibels > kTolerance) return;
    if (!silent && std::abs(heard.decibels - wanted) > tolerance)
      return verdict.fail(
          RuleId::kLevelWrong, knob.text(),
          fmt::format("channel {} is heard {} where the node says {}", channel, text(heard.decibels), text(wanted)));
    // Three of the last bit; of wide samples what a float's arithmetic leaves.
    const double most = std::max(3.0 / static_cast<double>(uint64_t{1} << (format_.bits - 1)), 1e-7);
    if (heard.rest > most)
      verdict.fail(RuleId::kLevelWrong, knob.text(),
                   fmt::format("channel {} at {:.1f} dB is not the sound that was played: samples are off by {:.2g} of "
                               "full scale",
                               channel, wanted, heard.rest));
  }

  static std::string text(double decibels) {
    return decibels < -200 ? "not at all" : fmt::format("at {:.1f} dB", decibels);
  }

  static Loudness loudness(const Passage& passage, uint64_t from, uint64_t to, uint64_t shift, uint16_t channel) {
    const uint64_t frame = passage.format().frame_bytes();
    to = std::min(to, passage.recorded_frames());
    double cross = 0, played = 0;
    std::vector<std::pair<double, double>> samples;
    std::vector<std::byte> bytes(frame);
    for (uint64_t i = std::max(from, shift); i < to; ++i) {
      passage.marker().write(i - shift, bytes.data());
      const double x = passage.marker().value(bytes.data(), channel);
      const double y = passage.marker().value(&passage.recorded()[i * frame], channel);
      cross += x * y;
      played += x * x;
      samples.emplace_back(x, y);
    }
    Loudness out;
    if (played <= 0) return out;
    const double gain = cross / played;
    out.decibels = gain > 1e-12 ? 20 * std::log10(gain) : -300;
    for (const auto& [x, y] : samples) out.rest = std::max(out.rest, std::abs(y - gain * x));
    return out;
  }

  Verdicts& verdicts_;
  const LoopPair& pair_;
  const client::AudioFormat format_;
  hardware::SoundJacks* jacks_;
  bool must_be_heard_ = true;
  bool moved_ = false;  // the node that is turned
  std::vector<Knob> knobs_;
};

}  // namespace

void open_levels(const std::vector<client::FilterInfo>& filters) {
  for (const client::FilterInfo& filter : filters) {
    const std::vector<Knob> knobs = knobs_of(filter);
    if (knobs.empty()) continue;
    const auto file = client::KsFile::open(filter.symbolic_link);
    if (!file) continue;
    for (const Knob& knob : knobs) {
      LONG channel = 0;
      // What says that it is open has to be: it is not set once more.
      const auto open = [&](LONG c) {
        const auto level = file->get<LONG>(knob.request(c, KSPROPERTY_TYPE_GET));
        return (level && *level == 0) || file->set(knob.request(c, KSPROPERTY_TYPE_SET), LONG{0});
      };
      while (channel < 8 && open(channel)) ++channel;
      // All at once is the rarer way to ask, and drivers go wrong there.
      if (channel == 0) (void)file->set(knob.request(-1, KSPROPERTY_TYPE_SET), LONG{0});
    }
  }
}

void test_levels(Verdicts& verdicts, const LoopPair& pair, const client::AudioFormat& format,
                 const std::vector<client::FilterInfo>& filters, hardware::SoundJacks* jacks) {
  open_levels(filters);
  LevelTest(verdicts, pair, format, filters, jacks).run();
}

}  // namespace portside::verify
