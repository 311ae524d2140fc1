#include "hardware/hda_codec.h"

namespace portside::hardware {
namespace {

using W = HdaWidget;
using namespace widget_caps;

// §7.3.4.7: 44.1, 48, 96 and 192 kHz in 16, 24 and 32 bits.
constexpr uint32_t kPcm = 1u << 5 | 1u << 6 | 1u << 8 | 1u << 10 | 1u << 17 | 1u << 19 | 1u << 20;

// §7.3.4.10. Steps of 1 dB from -63 dB to 0 dB, with a mute; a mute alone; a gain of 0 to 30 dB in steps of 10.
constexpr uint32_t kVolume = 1u << 31 | 3u << 16 | 63u << 8 | 63u;
constexpr uint32_t kMute = 1u << 31;
constexpr uint32_t kBoost = 39u << 16 | 3u << 8;
constexpr uint32_t kRecordVolume = 1u << 31 | 3u << 16 | 60u << 8 | 30u;  // -30 to +30 dB

// §7.3.3.31: connectivity, place, device, connection, colour, and a sequence in an association.
constexpr uint32_t config(uint32_t connectivity, uint32_t location, uint32_t device, uint32_t connection,
                          uint32_t color, uint32_t association) {
  return connectivity << 30 | location << 24 | device << 20 | connection << 16 | color << 12 | association << 4;
}

}  // namespace

std::vector<HdaWidget> hda_codec_layout() {
  std::vector<HdaWidget> w{
      {.node = 2,
       .type = W::kOutput,
       .capabilities = kStereo | kOutAmp | kAmpOverride | kFormatOverride | kPower | 3u << 16,
       .output_amplifier = kVolume,
       .pcm = kPcm},
      {.node = 3,
       .type = W::kOutput,
       .capabilities = kStereo | kOutAmp | kAmpOverride | kFormatOverride | kPower | 3u << 16,
       .output_amplifier = kVolume,
       .pcm = kPcm},
      {.node = 4,
       .type = W::kMixer,
       .capabilities = kStereo | kInAmp | kAmpOverride | kConnections,
       .input_amplifier = kMute,
       .connections = {3, 2}},
      {.node = 5,
       .type = W::kPin,
       .capabilities = kStereo | kOutAmp | kAmpOverride | kUnsolicited | kConnections | kPower,
       .pin_capabilities = 1u << 4 | 1u << 3 | 1u << 2,
       .configuration = config(0, 0x02, 0x2, 0x1, 0x4, 1),  // a green jack for headphones, in front
       .output_amplifier = kMute,
       .connections = {4}},
      {.node = 6,
       .type = W::kPin,
       .capabilities = kStereo | kConnections | kPower,
       .pin_capabilities = 1u << 4 | 1u << 16,
       .configuration = config(2, 0x10, 0x1, 0x7, 0, 2),  // a speaker, built in
       .connections = {3}},
      {.node = 7,
       .type = W::kInput,
       .capabilities = kStereo | kInAmp | kAmpOverride | kFormatOverride | kConnections | kPower | 4u << 16,
       .input_amplifier = kRecordVolume,
       .pcm = kPcm,
       .connections = {8}},
      {.node = 8, .type = W::kSelector, .capabilities = kStereo | kConnections, .connections = {10, 9}},
      {.node = 9,
       .type = W::kPin,
       .capabilities = kStereo | kInAmp | kAmpOverride | kUnsolicited,
       .pin_capabilities = 1u << 5 | 1u << 2 | 0x10u << 8,
       .configuration = config(0, 0x02, 0xA, 0x1, 0x9, 3),  // a pink jack for a microphone, in front
       .input_amplifier = kBoost},
      {.node = 10,
       .type = W::kPin,
       .capabilities = kStereo | kUnsolicited,
       .pin_capabilities = 1u << 5 | 1u << 2,
       .configuration = config(0, 0x01, 0x8, 0x1, 0x3, 4)},  // a blue jack for line-in, at the back
      {.node = 11, .type = W::kVendor},
      {.node = 12, .type = W::kOutput, .capabilities = kStereo | kFormatOverride | kDigital, .pcm = kPcm},
      {.node = 13,
       .type = W::kPin,
       .capabilities = kStereo | kConnections | kDigital,
       .pin_capabilities = 1u << 4,
       .configuration = config(1, 0, 0x4, 0, 0, 15),  // nothing is soldered to it
       .connections = {12}},
  };
  for (HdaWidget& widget : w) {
    // §7.3.3.7: one for each input of a mixer, one for whatever is selected else.
    const size_t inputs = widget.type == W::kMixer ? widget.connections.size() : 1;
    widget.left_in.assign(inputs, {});
    widget.right_in.assign(inputs, {});
  }
  return w;
}

}  // namespace portside::hardware
