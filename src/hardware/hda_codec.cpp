#include "hardware/hda_codec.h"

#include <fmt/format.h>

#include <algorithm>

namespace portside::hardware {
namespace {

constexpr uint32_t kVendorId = 0x50530001, kRevision = 0x00100100;
constexpr uint8_t kGroup = 1;

// A verb has 12 bits and a payload of 8, or 4 bits and a payload of 16 (§7.3.1).
bool is_wide(uint32_t nibble) { return nibble != 0x7 && nibble != 0xF; }

}  // namespace

HdaCodec::HdaCodec(HdaBench& bench) : bench_(bench), widgets_(hda_codec_layout()) {}

// Everything but what is plugged where, which no reset changes.
void HdaCodec::link_reset() {
  std::vector<HdaWidget> fresh = hda_codec_layout();
  for (size_t i = 0; i < fresh.size(); ++i) fresh[i].present = widgets_[i].present;
  widgets_ = std::move(fresh);
  group_power_ = 3;
}

HdaWidget* HdaCodec::find(uint8_t node) {
  const auto it = std::ranges::find(widgets_, node, &HdaWidget::node);
  return it == widgets_.end() ? nullptr : &*it;
}

uint32_t HdaCodec::unknown(uint8_t node, uint32_t verb) {
  bench_.complain(HdaRule::kUnknownVerb, fmt::format("node {} knows no verb {:#x}", node, verb));
  return 0;
}

uint32_t HdaCodec::execute(uint8_t node, uint32_t command) {
  const uint32_t nibble = command >> 16 & 0xF;
  const uint32_t verb = is_wide(nibble) ? nibble : command >> 8 & 0xFFF;
  const uint32_t payload = is_wide(nibble) ? command & 0xFFFF : command & 0xFF;
  if (node == 0) return root(verb, payload);
  if (node == kGroup) return group(verb, payload);
  if (HdaWidget* w = find(node)) return widget(*w, verb, payload);
  bench_.complain(HdaRule::kUnknownNode, fmt::format("verb {:#x} went to node {}, which does not exist", verb, node));
  return 0;
}

uint32_t HdaCodec::root(uint32_t verb, uint32_t payload) const {
  if (verb != 0xF00) return const_cast<HdaCodec*>(this)->unknown(0, verb);
  switch (payload) {
    case 0x00: return kVendorId;
    case 0x02: return kRevision;
    case 0x04: return uint32_t{kGroup} << 16 | 1;  // §7.3.4.3
    default: return 0;
  }
}

uint32_t HdaCodec::group(uint32_t verb, uint32_t payload) {
  switch (verb) {
    case 0xF00:
      switch (payload) {
        case 0x04: return uint32_t{widgets_.front().node} << 16 | static_cast<uint32_t>(widgets_.size());
        case 0x05: return 0x101;   // audio, and it can speak unasked
        case 0x08: return 0x0101;  // §7.3.4.5: delays
        case 0x0B: return 1;       // PCM
        case 0x0F: return 0xF;     // §7.3.4.12: D0 to D3
        default: return 0;         // every widget overrides what it needs
      }
    case 0x705: group_power_ = payload & 7; return 0;
    case 0xF05: return uint32_t{group_power_} << 4 | group_power_;
    case 0x7FF:  // §7.3.3.33
      link_reset();
      return 0;
    case 0xF20: return kVendorId;
    default: return unknown(kGroup, verb);
  }
}

uint32_t HdaCodec::parameter(const HdaWidget& w, uint32_t id) const {
  switch (id) {
    case 0x09: return w.capabilities | w.type << 20;
    case 0x0A: return w.is_converter() ? w.pcm : 0;
    case 0x0B: return w.is_converter() ? 1 : 0;
    case 0x0C: return w.pin_capabilities;
    case 0x0D: return w.input_amplifier;
    case 0x0E: return static_cast<uint32_t>(w.connections.size());
    case 0x0F: return w.capabilities & widget_caps::kPower ? 0xF : 0;
    case 0x12: return w.output_amplifier;
    default: return 0;
  }
}

uint32_t HdaCodec::connections_from(const HdaWidget& w, uint32_t first) const {
  uint32_t response = 0;
  for (uint32_t i = 0; i < 4 && first + i < w.connections.size(); ++i)
    response |= uint32_t{w.connections[first + i]} << (8 * i);
  return response;
}

uint32_t HdaCodec::get_amplifier(const HdaWidget& w, uint32_t payload) const {
  const bool left = payload & 1u << 13;
  const HdaAmplifier* amplifier = nullptr;
  if (payload & 1u << 15) {
    amplifier = left ? &w.left_out : &w.right_out;
  } else if (const uint32_t index = payload & 0xF; index < w.left_in.size()) {
    amplifier = left ? &w.left_in[index] : &w.right_in[index];
  }
  return amplifier ? uint32_t{amplifier->mute} << 7 | amplifier->gain : 0;
}

void HdaCodec::set_amplifier(HdaWidget& w, uint32_t payload) {
  const HdaAmplifier value{static_cast<uint8_t>(payload & 0x7F), (payload & 0x80) != 0};
  const bool left = payload & 1u << 13, right = payload & 1u << 12;
  if (payload & 1u << 15) {
    if (left) w.left_out = value;
    if (right) w.right_out = value;
  }
  if (payload & 1u << 14) {
    const uint32_t index = payload >> 8 & 0xF;
    if (index >= w.left_in.size()) {
      bench_.complain(HdaRule::kUnknownVerb, fmt::format("node {} has no input amplifier {}", w.node, index));
      return;
    }
    if (left) w.left_in[index] = value;
    if (right) w.right_in[index] = value;
  }
}

void HdaCodec::set_format(HdaWidget& w, uint32_t word) {
  const auto format = HdaFormat::decode(static_cast<uint16_t>(word));
  if (!format) {
    bench_.complain(HdaRule::kFormatUnknown, fmt::format("node {} was told the format {:#06x}", w.node, word));
  } else if (const auto bits = format->pcm_bits(); !bits || (*bits & w.pcm) != *bits || format->channels > 2) {
    bench_.complain(HdaRule::kFormatUnsupported, fmt::format("node {} cannot do {} Hz, {} bits, {} channels", w.node,
                                                             format->rate, format->valid_bits, format->channels));
  }
  w.format = static_cast<uint16_t>(word);
}

uint32_t HdaCodec::widget(HdaWidget& w, uint32_t verb, uint32_t payload) {
  const bool pin = w.type == HdaWidget::kPin;
  const bool selects = w.connections.size() > 1 && w.type != HdaWidget::kMixer;
  switch (verb) {
    case 0xF00: return parameter(w, payload);
    case 0xF02: return connections_from(w, payload);
    case 0xB: return get_amplifier(w, payload);
    case 0x3:
      if (!w.input_amplifier && !w.output_amplifier) return unknown(w.node, verb);
      return set_amplifier(w, payload), 0;
    case 0x701:
      if (!selects) return unknown(w.node, verb);
      w.selected = static_cast<uint8_t>(payload % w.connections.size());
      return 0;
    case 0xF01: return w.selected;
    case 0xA: return w.format;
    case 0x2:
      if (!w.is_converter()) return unknown(w.node, verb);
      return set_format(w, payload), 0;
    case 0x706:
      if (!w.is_converter()) return unknown(w.node, verb);
      w.stream_channel = static_cast<uint8_t>(payload);
      return 0;
    case 0xF06: return w.stream_channel;
    case 0x705:
      if (!(w.capabilities & widget_caps::kPower)) return unknown(w.node, verb);
      w.power = payload & 7;
      return 0;
    case 0xF05: return uint32_t{w.power} << 4 | w.power;
    case 0x707:
      if (!pin) return unknown(w.node, verb);
      w.pin_control = static_cast<uint8_t>(payload);
      return 0;
    case 0xF07: return w.pin_control;
    case 0x708:
      if (!(w.capabilities & widget_caps::kUnsolicited)) return unknown(w.node, verb);
      w.unsolicited = static_cast<uint8_t>(payload);
      return 0;
    case 0xF08: return w.unsolicited;
    case 0xF09:
      if (!pin) return unknown(w.node, verb);
      return w.present ? 1u << 31 : 0;
    case 0x709: return pin ? 0 : unknown(w.node, verb);
    case 0x70C:
      if (!(w.pin_capabilities & 1u << 16)) return unknown(w.node, verb);
      w.eapd = static_cast<uint8_t>(payload & 7);
      return 0;
    case 0xF0C: return w.eapd;
    case 0xF1C: return w.configuration;
    default: return unknown(w.node, verb);
  }
}

std::optional<uint32_t> HdaCodec::plug(uint8_t pin, bool present) {
  HdaWidget* w = find(pin);
  if (!w || w->present == present) return std::nullopt;
  w->present = present;
  // §7.3.3.14: the tag is in the upper six bits; the rest is the maker's own.
  if (!(w->unsolicited & 0x80)) return std::nullopt;
  return uint32_t{w->unsolicited & 0x3Fu} << 26;
}

}  // namespace portside::hardware
