#pragma once
// HdaCodec: a small codec at address 0 of the model's link: two output converters, one input converter, a mixer, a
// selector, three jacks and a built-in speaker. Written from HDA 1.0a §7; what it does not do it says.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hardware/hda_bench.h"
#include "hardware/hda_format.h"
#include "hardware/hda_widget.h"

namespace portside::hardware {

class HdaCodec {
 public:
  // What came out of a pin: in the format of the stream it belongs to, under the amplifiers on the way.
  struct Heard {
    uint16_t format = 0;
    std::vector<std::byte> bytes;
    // Where in `bytes` a new stretch begins, and when: sound that did not follow on what was before.
    std::vector<std::pair<size_t, Nanoseconds>> stretches;
  };

  // Nodes, for those who test; a driver has to find them.
  static constexpr uint8_t kHeadphonePin = 5, kSpeakerPin = 6, kMicrophonePin = 9, kLineInPin = 10;

  explicit HdaCodec(HdaBench& bench);

  void link_reset();
  // The response; an unknown verb is answered with 0.
  uint32_t execute(uint8_t node, uint32_t verb_and_payload);

  // The link: frames for the converter that was told this number, and from it.
  void deliver(uint8_t number, uint16_t format, std::span<const std::byte> frames);
  void collect(uint8_t number, uint16_t format, std::span<std::byte> frames);
  bool listens(uint8_t number, bool capture) const;

  // The world outside.
  const Heard& heard(uint8_t pin) const;
  void forget_heard() { heard_.clear(); }
  void keep_heard(bool keep) { keeps_heard_ = keep; }
  enum class Times { kOnce, kEndless };
  // What an input pin hears from now on, in the format of whatever stream records it. Once: silence after its end.
  void play_into(uint8_t pin, std::vector<std::byte> sound, Times times = Times::kOnce);
  // True: the codec wants to tell the driver, with this response.
  std::optional<uint32_t> plug(uint8_t pin, bool present);

 private:
  HdaWidget* find(uint8_t node);
  const HdaWidget* find(uint8_t node) const { return const_cast<HdaCodec*>(this)->find(node); }
  uint32_t root(uint32_t verb, uint32_t payload) const;
  uint32_t group(uint32_t verb, uint32_t payload);
  uint32_t widget(HdaWidget& w, uint32_t verb, uint32_t payload);
  uint32_t parameter(const HdaWidget& w, uint32_t id) const;
  uint32_t connections_from(const HdaWidget& w, uint32_t first) const;
  uint32_t get_amplifier(const HdaWidget& w, uint32_t payload) const;
  void set_amplifier(HdaWidget& w, uint32_t payload);
  void set_format(HdaWidget& w, uint32_t format);
  uint32_t unknown(uint8_t node, uint32_t verb);

  bool powered(const HdaWidget& w) const;
  const HdaWidget* converter_of(uint8_t number, bool capture) const;
  void check_format(const HdaWidget& converter, uint16_t format);

  // The gain from widget `from` along its inputs to `to`, for a channel; none: no way is open.
  std::optional<double> gain_between(const HdaWidget& from, const HdaWidget& to, uint32_t channel, int depth = 0) const;
  static double factor(uint32_t caps, const HdaAmplifier& amplifier);

  HdaBench& bench_;
  std::vector<HdaWidget> widgets_;
  uint8_t group_power_ = 3;
  std::map<uint8_t, Heard> heard_;
  bool keeps_heard_ = true;
  struct Sound {
    std::vector<std::byte> bytes;
    size_t at = 0;
    Times times = Times::kOnce;
    // The next bytes of it; fewer at its end.
    std::vector<std::byte> take(size_t count);
  };
  std::map<uint8_t, Sound> playing_;
  Nanoseconds last_delivery_{};
};

// The widgets, as they are after power-on.
std::vector<HdaWidget> hda_codec_layout();

}  // namespace portside::hardware
