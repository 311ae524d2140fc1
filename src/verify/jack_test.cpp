#include "verify/jack_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "client/filter.h"
#include "client/offered_formats.h"
#include "client/process.h"
#include "host/life_cycle.h"
#include "host/machine.h"
#include "verify/hearing.h"
#include "verify/knob.h"
#include "verify/loopback_test.h"
#include "verify/sound_match.h"
#include "verify/test_stream.h"

namespace portside::verify {

using std::chrono::milliseconds;
using verifier::RuleId;

namespace {

constexpr const char* kAsleepPage = "audio/implementing-system-power-management";
constexpr Nanoseconds kPlay = milliseconds(60), kPages = milliseconds(43);
constexpr Nanoseconds kLater = milliseconds(20);  // what a driver leaves to be done later is done by then
constexpr double kTolerance = 0.75;               // dB: a hardware's level moves in steps

bool renders(const client::Endpoint& endpoint) { return endpoint.direction == client::Direction::kRender; }

LoopPair way_of(const client::Endpoint& endpoint) {
  return renders(endpoint) ? LoopPair{endpoint, {}} : LoopPair{{}, endpoint};
}

struct Listened {
  std::string jack;
  hardware::SoundShape shape;
  uint64_t frames = 0;  // of the marker, that were played or spoken
  std::vector<std::byte> recorded;
};

// `pages`: over buffers of several pages, none of them whole.
Result<Listened> listen(const client::Endpoint& endpoint, const client::AudioFormat& format,
                        hardware::SoundJacks& jacks, bool pages = false) {
  PassageOptions options;
  options.format = format;
  if (pages) options.render_buffer = options.capture_buffer = kPages;
  options.jacks = &jacks;
  options.capture_alone = !renders(endpoint);
  TRY_ASSIGN(const auto passage, Passage::open(way_of(endpoint), options));
  TRY(passage->run());
  TRY(passage->pass(pages ? 3 * kPages : kPlay));
  // Into a jack more is spoken than is recorded.
  const uint64_t played =
      renders(endpoint) ? passage->played_frames() : passage->recorded_frames() + format.rate_hz / 50;
  TRY(passage->stop());
  return Listened{passage->jack(), passage->jack_shape(), played, passage->recorded()};
}

// What a person would say of channels that are not as they were played; empty: nothing.
std::string fault_of(const std::vector<ChannelMatch>& channels) {
  const auto loudest = std::ranges::max_element(channels, {}, &ChannelMatch::decibels);
  for (size_t c = 0; c < channels.size(); ++c) {
    const ChannelMatch& match = channels[c];
    if (match.silent) return fmt::format("channel {} is silent", c);
    if (match.played < 0) return fmt::format("in channel {} there is something else than what was played", c);
    if (match.played != static_cast<int>(c))
      return fmt::format("in channel {} stands what was played in channel {}", c, match.played);
    if (match.inverted != channels.front().inverted)
      return fmt::format("channel {} is turned upside down against channel 0", c);
    if (!match.steady)
      return fmt::format(
          "channel {} is heard at {:.1f} dB, and in places not at all so: parts of it are lost, come twice or "
          "are changed",
          c, match.decibels);
    if (match.decibels < loudest->decibels - kTolerance)
      return fmt::format("channel {} is heard at {:.1f} dB and channel {} at {:.1f} dB, where the nodes say the same",
                         c, match.decibels, loudest - channels.begin(), loudest->decibels);
  }
  return "";
}

bool is_silent(const Listened& heard) {
  return std::ranges::all_of(heard.recorded, [](std::byte b) { return b == std::byte{0}; });  // or of no frame
}

// What stands at the two ends of the way, for sentences.
std::string silence_of(const client::Endpoint& endpoint) {
  return renders(endpoint) ? "nothing comes out of any jack of the device while it is played to"
                           : "what is spoken into the device's jacks is not recorded: it is silent";
}

}  // namespace

std::vector<client::AudioFormat> jack_formats(const client::PinInfo& pin) {
  std::vector<client::AudioFormat> formats = client::formats_of(pin);
  std::erase_if(formats, [](const client::AudioFormat& f) {
    return f.kind != client::SampleKind::kInteger || f.bits == 8 || f.rate_hz < 8000;
  });
  return one_of_each_kind(std::move(formats));
}

namespace {

// A speaker may be silent while headphones are plugged in, and an input while nothing is: who hears nothing is heard the other
// way round, of which `replugged` then says so.
Result<Listened> listen_either_way(const client::Endpoint& endpoint, const client::AudioFormat& format,
                                   hardware::SoundJacks& jacks, bool& replugged) {
  TRY_ASSIGN(Listened heard, listen(endpoint, format, jacks));
  if (!is_silent(heard) || !jacks.replug(true)) return heard;
  replugged = true;
  client::sleep_for(kLater);
  Result<Listened> other = listen(endpoint, format, jacks);
  (void)jacks.replug(false);
  client::sleep_for(kLater);
  return other;
}

void judge(Verdict& verdict, const client::Endpoint& endpoint, const client::AudioFormat& format,
           const Listened& heard) {
  const auto broken = [&](std::string what) { verdict.fail(RuleId::kJackSoundBroken, endpoint.name, std::move(what)); };
  if (renders(endpoint) && heard.shape.rate != format.rate_hz)
    return broken(fmt::format("the {} plays at {} Hz what the stream has at {} Hz", heard.jack, heard.shape.rate,
                              format.rate_hz));
  if (renders(endpoint) && (heard.shape.channels != format.channels || heard.shape.bits != format.bits))
    return broken(fmt::format("the {} plays {} channels of {} bits what the stream has in {} of {}", heard.jack,
                              heard.shape.channels, heard.shape.bits, format.channels, format.bits));
  const Marker marker(format);
  Hearing exact = hear(marker, heard.recorded, heard.frames);
  verdict.measure("frames as they were played", static_cast<double>(exact.right), "");
  // An amplifier that is switched on without a click, and a converter that is let settle, leave out the beginning.
  const uint64_t beginning = renders(endpoint) ? format.rate_hz / 50 : exact.first;
  if (exact.first <= beginning) exact.first = 0;
  if (exact.noise_before <= format.rate_hz / 50) exact.noise_before = 0;
  if (exact.begins) {
    if (!exact.flawless()) broken(exact.fault());
    return;
  }
  const std::vector<ChannelMatch> channels = match_channels(marker, heard.recorded, heard.frames);
  if (const std::string fault = fault_of(channels); !fault.empty()) return broken(fault);
  // All of them alike: a device may have a level of its own.
  verdict.measure("level", channels.front().decibels, "dB");
}

}  // namespace

bool test_jack(Verdicts& verdicts, const client::Endpoint& endpoint, const client::AudioFormat& format,
               const std::vector<client::FilterInfo>& filters, hardware::SoundJacks& jacks) {
  Verdict verdict(verdicts, renders(endpoint) ? "heard at the jack" : "recorded from the jack",
                  fmt::format("{}, {}", endpoint.name, format_name(format)), kJackPage);
  open_levels(filters);
  bool replugged = false;
  const auto heard = listen_either_way(endpoint, format, jacks, replugged);
  if (!heard) {
    verdict.not_applicable(fmt::format("refused with {}", heard.error().to_string()));
    return false;
  }
  if (is_silent(*heard)) {
    verdict.fail(RuleId::kJackSilent, endpoint.name, silence_of(endpoint));
    return false;
  }
  judge(verdict, endpoint, format, *heard);
  if (replugged) return false;
  if (const auto longer = listen(endpoint, format, jacks, true); longer && !verdict.objected())
    judge(verdict, endpoint, format, *longer);
  return true;
}

void test_jack_levels(Verdicts& verdicts, const client::Endpoint& endpoint, const client::AudioFormat& format,
                      const std::vector<client::FilterInfo>& filters, hardware::SoundJacks& jacks) {
  test_levels(verdicts, way_of(endpoint), format, filters, &jacks);
}

namespace {

// Levels that are set before the device sleeps, and are to be heard as they were when it is awake.
class Sleeper {
 public:
  Sleeper(Verdicts& verdicts, const client::Endpoint& endpoint, const client::AudioFormat& format,
          const std::vector<client::FilterInfo>& filters, bool was_heard, host::Machine& machine)
      : verdicts_(verdicts), endpoint_(endpoint), format_(format), filters_(filters), was_heard_(was_heard),
        machine_(machine) {}

  void run() {
    set_meanwhile();
    for (const bool whole_system : {false, true})
      for (const Turned turned : {Turned::kNothing, Turned::kVolume, Turned::kMute}) {
        constexpr const char* kNames[] = {"levels open", "volume", "mute"};
        Verdict verdict(verdicts_, "heard as before it slept",
                        fmt::format("{}, {}, {}, {}", endpoint_.name, format_name(format_),
                                    kNames[static_cast<size_t>(turned)], whole_system ? "the system's sleep" : "D3"),
                        kAsleepPage);
        open_levels(filters_);
        if (const Result<> done = sleep(verdict, turned, whole_system); !done)
          verdict.not_applicable(done.error().to_string());
      }
    open_levels(filters_);
  }

 private:
  enum class Turned { kNothing, kVolume, kMute };
  // A volume 9 dB down, or, where it only goes up, 6 dB up; every mute.
  bool set(bool mute) { return mute ? set_all(true, TRUE) : set_all(false, -9 * 65536) || set_all(false, 6 * 65536); }
  bool set_all(bool mute, LONG value) {
    bool any = false;
    for (const Knob& knob : knobs_between(filters_, endpoint_).knobs) {
      if (knob.is_volume() == mute) continue;
      const auto file = client::KsFile::open(knob.filter->symbolic_link);
      if (!file) continue;
      for (LONG channel = 0; channel < format_.channels; ++channel) {
        const auto before = file->get<LONG>(knob.request(channel, KSPROPERTY_TYPE_GET));
        if (!file->set(knob.request(channel, KSPROPERTY_TYPE_SET), value)) continue;
        const auto now = file->get<LONG>(knob.request(channel, KSPROPERTY_TYPE_GET));
        any = any || (before && now && *now != *before);
      }
      if (any && !mute) return true;  // one is enough, and more might be too quiet to hear
    }
    return any;
  }

  Result<std::vector<ChannelMatch>> levels() {
    TRY_ASSIGN(const Listened heard, listen(endpoint_, format_, *machine_.jacks()));
    if (heard.recorded.empty() || is_silent(heard)) return std::vector<ChannelMatch>(format_.channels);
    // At another rate it is another sound.
    if (renders(endpoint_) && heard.shape.rate != format_.rate_hz)
      return std::vector<ChannelMatch>(format_.channels, ChannelMatch{.silent = false});
    return match_channels(Marker(format_), heard.recorded, heard.frames);
  }

  // A volume that is set while the device is in D3 is heard when it is awake.
  void set_meanwhile() {
    Verdict verdict(verdicts_, "heard as before it slept",
                    fmt::format("{}, {}, volume set in D3", endpoint_.name, format_name(format_)), kAsleepPage);
    open_levels(filters_);
    const Result<> done = [&]() -> Result<> {
      TRY_ASSIGN(const std::vector<ChannelMatch> before, levels());
      if (std::ranges::all_of(before, &ChannelMatch::silent)) return silent(verdict);
      host::LifeCycle life(machine_);
      TRY(life.set_device_power(*machine_.device(), PowerDeviceD3));
      client::sleep_for(milliseconds(1));
      const bool any = set(false);
      client::sleep_for(milliseconds(1));
      TRY(life.set_device_power(*machine_.device(), PowerDeviceD0));
      client::sleep_for(kLater);
      if (!any) return fail(StatusCode::kNotFound, "no volume takes a value in D3");
      if (!knobs_between(filters_, endpoint_).one_way)
        return fail(StatusCode::kNotFound, "the way forks, and which volume acts on which jack is not known");
      TRY_ASSIGN(const std::vector<ChannelMatch> after, levels());
      for (size_t c = 0; c < before.size(); ++c) {
        const bool moved = std::abs(after[c].decibels - before[c].decibels) > kTolerance;
        if (!before[c].silent && (after[c].silent || !moved) && !verdict.objected())
          verdict.fail(
              RuleId::kJackChangedAsleep, endpoint_.name,
              fmt::format("a volume was set while the device slept, and when it is awake channel {} is heard {}", c,
                          text(after[c])));
      }
      return {};
    }();
    if (!done) verdict.not_applicable(done.error().to_string());
  }

  Result<> refused(Verdict& verdict, const Status& why) {
    if (!was_heard_) return fail(why);
    verdict.fail(RuleId::kJackChangedAsleep, endpoint_.name,
                 fmt::format("a stream in {} ran when the machine began, and is refused since the device has slept: {}",
                             format_name(format_), why.to_string()));
    return {};
  }
  Result<> silent(Verdict& verdict) {
    if (!was_heard_) return fail(StatusCode::kNotFound, "nothing is heard before it sleeps");
    verdict.fail(RuleId::kJackChangedAsleep, endpoint_.name,
                 "it was heard when the machine began, and is silent since the device has slept");
    return {};
  }

  Result<> sleep(Verdict& verdict, Turned turned, bool whole_system) {
    if (turned != Turned::kNothing && !set(turned == Turned::kMute))
      return fail(StatusCode::kNotFound, "no node of this kind moves between the pin and the jack");
    const auto still = levels();
    if (!still) return refused(verdict, still.error());
    const std::vector<ChannelMatch>& before = *still;
    if (turned != Turned::kMute && std::ranges::all_of(before, &ChannelMatch::silent)) return silent(verdict);
    io::DeviceNode* device = machine_.device();
    host::LifeCycle life(machine_);
    if (whole_system) {
      TRY(life.system_sleep());
      client::sleep_for(milliseconds(2));
      TRY(life.system_wake());
    } else {
      TRY(life.set_device_power(*device, PowerDeviceD3));
      client::sleep_for(milliseconds(2));
      TRY(life.set_device_power(*device, PowerDeviceD0));
    }
    client::sleep_for(kLater);
    const auto awake = levels();
    if (!awake) return refused(verdict, awake.error());
    const std::vector<ChannelMatch>& after = *awake;
    for (size_t c = 0; c < before.size(); ++c) {
      const bool same = before[c].silent == after[c].silent && before[c].played == after[c].played &&
                        std::abs(before[c].decibels - after[c].decibels) <= kTolerance;
      if (!same && !verdict.objected())
        verdict.fail(RuleId::kJackChangedAsleep, endpoint_.name,
                     fmt::format("channel {} was heard {}, and is {} when the device has slept", c, text(before[c]),
                                 text(after[c])));
    }
    return {};
  }

  static std::string text(const ChannelMatch& match) {
    if (match.silent) return "not at all";
    return match.played < 0 ? "as something else than was played" : fmt::format("at {:.1f} dB", match.decibels);
  }

  Verdicts& verdicts_;
  const client::Endpoint& endpoint_;
  const client::AudioFormat format_;
  const std::vector<client::FilterInfo>& filters_;
  const bool was_heard_;
  host::Machine& machine_;
};

}  // namespace

void test_jack_after_sleep(Verdicts& verdicts, const client::Endpoint& endpoint, const client::AudioFormat& format,
                           const std::vector<client::FilterInfo>& filters, bool was_heard, host::Machine& machine) {
  Sleeper(verdicts, endpoint, format, filters, was_heard, machine).run();
}

}  // namespace portside::verify
