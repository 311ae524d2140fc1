// HdaCodec, the part that sounds: which converter a stream reaches, which pins that converter reaches, and how loud.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "hardware/hda_codec.h"

namespace portside::hardware {
namespace {

constexpr uint8_t kOutputEnable = 0x40, kInputEnable = 0x20, kEapdOn = 2;

// Exact where the gain is: 0 dB changes no bit.
int32_t scaled(int32_t sample, double gain) {
  if (gain == 1.0) return sample;
  return static_cast<int32_t>(std::clamp<int64_t>(std::llround(sample * gain), INT32_MIN, INT32_MAX));
}

}  // namespace

bool HdaCodec::powered(const HdaWidget& w) const {
  return group_power_ == 0 && (!(w.capabilities & widget_caps::kPower) || w.power == 0);
}

const HdaWidget* HdaCodec::converter_of(uint8_t number, bool capture) const {
  if (number == 0) return nullptr;
  const auto type = capture ? HdaWidget::kInput : HdaWidget::kOutput;
  for (const HdaWidget& w : widgets_)
    if (w.type == type && w.stream() == number && powered(w)) return &w;
  return nullptr;
}

bool HdaCodec::listens(uint8_t number, bool capture) const { return converter_of(number, capture) != nullptr; }

double HdaCodec::factor(uint32_t caps, const HdaAmplifier& amplifier) {
  if (!caps) return 1.0;
  if (amplifier.mute && (caps >> 31)) return 0.0;
  const int steps = static_cast<int>(amplifier.gain) - static_cast<int>(caps & 0x7F);
  if (steps == 0) return 1.0;
  const double quarters = steps * static_cast<double>((caps >> 16 & 0x7F) + 1);
  return std::pow(10.0, quarters / 4 / 20);
}

// `to` hears `from` through its own input amplifier, its connections, and theirs. What is closed on the way ends it.
std::optional<double> HdaCodec::gain_between(const HdaWidget& from, const HdaWidget& to, uint32_t channel,
                                             int depth) const {
  if (depth > 8 || !powered(to)) return std::nullopt;
  const HdaAmplifier& out = channel ? to.right_out : to.left_out;
  const double own = factor(to.output_amplifier, out);
  const auto input = [&](size_t index) {
    const auto& amplifiers = channel ? to.right_in : to.left_in;
    return factor(to.input_amplifier, amplifiers[std::min(index, amplifiers.size() - 1)]);
  };
  if (&from == &to) {
    // The sound enters here: by the input amplifier, if it comes from outside.
    return own * (to.type == HdaWidget::kPin ? input(0) : 1.0);
  }
  const bool mixes = to.type == HdaWidget::kMixer;
  for (size_t i = 0; i < to.connections.size(); ++i) {
    if (!mixes && i != to.selected) continue;
    const HdaWidget* next = find(to.connections[i]);
    if (!next) continue;
    if (const auto before = gain_between(from, *next, channel, depth + 1)) {
      const double gain = *before * input(mixes ? i : 0) * own;
      if (gain != 0.0 || !mixes) return gain;
    }
  }
  return std::nullopt;
}

void HdaCodec::check_format(const HdaWidget& converter, uint16_t format) {
  if (converter.format != format)
    bench_.complain(HdaRule::kFormatDiffers, fmt::format("node {} was told the format {:#06x}, its stream has {:#06x}",
                                                         converter.node, converter.format, format));
}

void HdaCodec::deliver(uint8_t number, uint16_t word, std::span<const std::byte> frames) {
  const HdaWidget* converter = converter_of(number, false);
  const auto format = HdaFormat::decode(word);
  if (!converter || !format) return;
  check_format(*converter, word);
  if (!keeps_heard_) return;
  for (const HdaWidget& pin : widgets_) {
    if (pin.type != HdaWidget::kPin || !(pin.pin_control & kOutputEnable) || !powered(pin)) continue;
    if ((pin.pin_capabilities & 1u << 16) && !(pin.eapd & kEapdOn)) continue;
    const auto left = gain_between(*converter, pin, 0), right = gain_between(*converter, pin, 1);
    if (!left && !right) continue;
    Heard& heard = heard_[pin.node];
    // A burst follows on the last one within a few of its lengths, else it is a new stretch.
    const Nanoseconds now = bench_.now();
    const bool follows =
        heard.format == word && !heard.stretches.empty() && now - last_delivery_ < std::chrono::milliseconds(2);
    if (!follows) heard.stretches.emplace_back(heard.bytes.size(), now);
    heard.format = word;
    const size_t start = heard.bytes.size();
    heard.bytes.insert(heard.bytes.end(), frames.begin(), frames.end());
    const double gains[] = {left.value_or(0), right.value_or(0)};
    if (gains[0] == 1.0 && gains[1] == 1.0) continue;
    for (size_t at = start, i = 0; at < heard.bytes.size(); at += format->container_bytes, ++i) {
      std::byte* sample = heard.bytes.data() + at;
      HdaFormat::store(sample, format->container_bytes,
                       scaled(HdaFormat::load(sample, format->container_bytes),
                              gains[format->channels > 1 ? i % format->channels % 2 : 0]));
    }
  }
  last_delivery_ = bench_.now();
}

void HdaCodec::collect(uint8_t number, uint16_t word, std::span<std::byte> frames) {
  const HdaWidget* converter = converter_of(number, true);
  const auto format = HdaFormat::decode(word);
  if (!converter || !format) return;
  check_format(*converter, word);
  for (auto& [node, sound] : playing_) {
    const HdaWidget* pin = find(node);
    // Time goes on for a sound that nobody hears.
    const std::vector<std::byte> piece = sound.take(frames.size());
    if (!pin || !(pin->pin_control & kInputEnable)) continue;
    const auto left = gain_between(*pin, *converter, 0), right = gain_between(*pin, *converter, 1);
    if (!left && !right) continue;
    const double gains[] = {left.value_or(0), right.value_or(0)};
    for (size_t at = 0, i = 0; at + format->container_bytes <= piece.size(); at += format->container_bytes, ++i) {
      HdaFormat::store(frames.data() + at, format->container_bytes,
                       scaled(HdaFormat::load(piece.data() + at, format->container_bytes),
                              gains[format->channels > 1 ? i % format->channels % 2 : 0]));
    }
  }
}

const HdaCodec::Heard& HdaCodec::heard(uint8_t pin) const {
  static const Heard kNothing;
  const auto it = heard_.find(pin);
  return it == heard_.end() ? kNothing : it->second;
}

void HdaCodec::play_into(uint8_t pin, std::vector<std::byte> sound, Times times) {
  playing_[pin] = {std::move(sound), 0, times};
}

std::vector<std::byte> HdaCodec::Sound::take(size_t count) {
  std::vector<std::byte> piece;
  while (piece.size() < count) {
    if (at == bytes.size() && times == Times::kEndless) at = 0;
    const auto rest = std::span(bytes).subspan(at, std::min(count - piece.size(), bytes.size() - at));
    if (rest.empty()) break;
    piece.insert(piece.end(), rest.begin(), rest.end());
    at += rest.size();
  }
  return piece;
}

}  // namespace portside::hardware
