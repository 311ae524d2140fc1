// Verbs: the commands that codecs understand, and their parameters (HDA 1.0a §7.3). A verb is 32 bits: codec address,
// node, and either a verb of 12 bits with a payload of 8 or a verb of 4 bits with a payload of 16 (§7.3.1).
#pragma once

#include <wdm.h>

namespace verb {

constexpr ULONG kGetParameter = 0xF00;      // §7.3.3.1
constexpr ULONG kSetConnection = 0x701;     // §7.3.3.2
constexpr ULONG kGetConnections = 0xF02;    // §7.3.3.3
constexpr ULONG kSetAmplifier = 0x3;        // §7.3.3.7, 16 bits of payload
constexpr ULONG kSetConverterFormat = 0x2;  // §7.3.3.8, 16 bits of payload
constexpr ULONG kSetPowerState = 0x705;     // §7.3.3.10
constexpr ULONG kGetPowerState = 0xF05;
constexpr ULONG kSetStreamAndChannel = 0x706;  // §7.3.3.11
constexpr ULONG kSetPinControl = 0x707;        // §7.3.3.13
constexpr ULONG kSetUnsolicited = 0x708;       // §7.3.3.14
constexpr ULONG kGetPinSense = 0xF09;          // §7.3.3.15
constexpr ULONG kExecutePinSense = 0x709;
constexpr ULONG kSetEapd = 0x70C;           // §7.3.3.16
constexpr ULONG kGetConfiguration = 0xF1C;  // §7.3.3.31

constexpr bool has_wide_payload(ULONG v) { return v <= 0xF; }

// §7.3.1. The result is what goes into the CORB.
constexpr ULONG encode(UCHAR codec, UCHAR node, ULONG v, ULONG payload) {
  const ULONG command = has_wide_payload(v) ? v << 16 | (payload & 0xFFFF) : v << 8 | (payload & 0xFF);
  return static_cast<ULONG>(codec) << 28 | static_cast<ULONG>(node) << 20 | command;
}

}  // namespace verb

namespace parameter {  // §7.3.4
constexpr ULONG kVendor = 0x00;
constexpr ULONG kSubordinateNodes = 0x04;    // §7.3.4.3: first in bits 16 to 23, count in 0 to 7
constexpr ULONG kFunctionGroupType = 0x05;   // §7.3.4.4
constexpr ULONG kWidgetCapabilities = 0x09;  // §7.3.4.6
constexpr ULONG kPcmSizesAndRates = 0x0A;    // §7.3.4.7
constexpr ULONG kStreamFormats = 0x0B;       // §7.3.4.8
constexpr ULONG kPinCapabilities = 0x0C;     // §7.3.4.9
constexpr ULONG kInputAmplifier = 0x0D;      // §7.3.4.10
constexpr ULONG kConnectionCount = 0x0E;     // §7.3.4.11
constexpr ULONG kOutputAmplifier = 0x12;     // §7.3.4.10
}  // namespace parameter

constexpr UCHAR kAudioFunctionGroup = 0x01;  // §7.3.4.4
constexpr ULONG kPowerD0 = 0, kPowerD3 = 3;  // §7.3.3.10

enum class WidgetType : UCHAR {  // §7.3.4.6
  kAudioOutput = 0x0,
  kAudioInput = 0x1,
  kMixer = 0x2,
  kSelector = 0x3,
  kPinComplex = 0x4,
  kPower = 0x5,
  kVolumeKnob = 0x6,
  kBeep = 0x7,
  kVendorDefined = 0xF,
};

namespace widget_caps {  // §7.3.4.6
constexpr ULONG kStereo = 1u << 0;
constexpr ULONG kInputAmplifier = 1u << 1;
constexpr ULONG kOutputAmplifier = 1u << 2;
constexpr ULONG kAmplifierOverride = 1u << 3;
constexpr ULONG kFormatOverride = 1u << 4;
constexpr ULONG kUnsolicited = 1u << 7;
constexpr ULONG kConnectionList = 1u << 8;
constexpr ULONG kDigital = 1u << 9;
constexpr ULONG kPowerControl = 1u << 10;
constexpr ULONG delay_frames(ULONG caps) { return caps >> 16 & 0xF; }
constexpr ULONG channels(ULONG caps) { return ((caps >> 13 & 7) << 1 | (caps & kStereo)) + 1; }
}  // namespace widget_caps

namespace pin_caps {  // §7.3.4.9
constexpr ULONG kTriggerRequired = 1u << 1;
constexpr ULONG kPresenceDetect = 1u << 2;
constexpr ULONG kHeadphone = 1u << 3;
constexpr ULONG kOutput = 1u << 4;
constexpr ULONG kInput = 1u << 5;
constexpr ULONG kVref80 = 1u << 12;
constexpr ULONG kEapd = 1u << 16;
}  // namespace pin_caps

namespace pin_control {  // §7.3.3.13
constexpr ULONG kHeadphone = 1u << 7;
constexpr ULONG kOutput = 1u << 6;
constexpr ULONG kInput = 1u << 5;
constexpr ULONG kVref80 = 4;
}  // namespace pin_control

namespace eapd {  // §7.3.3.16
constexpr ULONG kPoweredUp = 1u << 1;
}

namespace unsolicited {  // §7.3.3.14
constexpr ULONG kEnable = 1u << 7;
constexpr ULONG kTagMask = 0x3F;
constexpr ULONG tag_of(ULONG response) { return response >> 26; }
}  // namespace unsolicited

namespace pin_sense {  // §7.3.3.15
constexpr ULONG kPresent = 1u << 31;
}

// §7.3.3.31: what the board's maker wrote down about the pin.
namespace configuration {
constexpr ULONG kJack = 0, kNothing = 1, kFixed = 2, kBoth = 3;
constexpr ULONG connectivity(ULONG c) { return c >> 30; }
constexpr ULONG location(ULONG c) { return c >> 24 & 0x3F; }
enum Device : ULONG {
  kLineOut = 0x0,
  kSpeaker = 0x1,
  kHeadphone = 0x2,
  kCd = 0x3,
  kSpdifOut = 0x4,
  kDigitalOut = 0x5,
  kLineIn = 0x8,
  kAux = 0x9,
  kMicrophone = 0xA,
  kTelephony = 0xB,
  kSpdifIn = 0xC,
  kDigitalIn = 0xD
};
constexpr ULONG device(ULONG c) { return c >> 20 & 0xF; }
constexpr ULONG connection(ULONG c) { return c >> 16 & 0xF; }
constexpr ULONG color(ULONG c) { return c >> 12 & 0xF; }
constexpr bool overrides_presence(ULONG c) { return c >> 8 & 1; }
}  // namespace configuration
