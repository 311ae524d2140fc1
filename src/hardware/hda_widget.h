#pragma once
// HdaWidget: one widget of the model's codec, as its parameters describe it (HDA 1.0a §7.3.4) and as its controls stand
// (§7.3.3). What the widget is, is said once, in hda_codec_layout.cpp.

#include <cstdint>
#include <vector>

namespace portside::hardware {

struct HdaAmplifier {
  uint8_t gain = 0;
  bool mute = true;
};

struct HdaWidget {
  enum Type : uint32_t { kOutput = 0, kInput = 1, kMixer = 2, kSelector = 3, kPin = 4, kVendor = 15 };

  uint8_t node = 0;
  Type type = kVendor;
  uint32_t capabilities = 0;      // §7.3.4.6 but for the type
  uint32_t pin_capabilities = 0;  // §7.3.4.9
  uint32_t configuration = 0;     // §7.3.3.31
  uint32_t input_amplifier = 0;   // §7.3.4.10
  uint32_t output_amplifier = 0;
  uint32_t pcm = 0;  // §7.3.4.7
  std::vector<uint8_t> connections;

  // Controls, and what they are after a reset.
  uint8_t selected = 0;
  uint16_t format = 0x0031;  // 48 kHz, 24 bits, stereo: a default that no driver should rely on
  uint8_t stream_channel = 0;
  uint8_t power = 3;  // D3
  uint8_t pin_control = 0;
  uint8_t unsolicited = 0;
  uint8_t eapd = 2;
  std::vector<HdaAmplifier> left_in, right_in;  // one for each connection
  HdaAmplifier left_out, right_out;
  bool present = false;  // something is plugged in

  uint8_t stream() const { return stream_channel >> 4; }
  bool is_converter() const { return type == kOutput || type == kInput; }
};

namespace widget_caps {
inline constexpr uint32_t kStereo = 1, kInAmp = 2, kOutAmp = 4, kAmpOverride = 8, kFormatOverride = 16,
                          kUnsolicited = 128, kConnections = 256, kDigital = 512, kPower = 1024;
}

}  // namespace portside::hardware
