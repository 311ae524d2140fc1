// Registers of an AC'97 card with native bus mastering. The mixer's are those of the codec (AC'97 revision 2.3, §5.7),
// the bus master's those of Intel's ICH family (ICH7 datasheet, chapter 16; section numbers from there).
#pragma once

#include <wdm.h>

namespace mixer {  // BAR 0, 16 bits each; each access goes over the link to the codec
constexpr ULONG kReset = 0x00;
constexpr ULONG kMasterVolume =
    0x02;  // attenuation in steps of 1.5 dB: left in bits 8 to 12, right in 0 to 4; 15 mutes
constexpr ULONG kPcmOutVolume = 0x18;  // the same, but that 8 is 0 dB
constexpr ULONG kLineInVolume = 0x10;
constexpr ULONG kRecordSelect = 0x1A;  // left in bits 8 to 10, right in 0 to 2
constexpr ULONG kRecordGain = 0x1C;    // gain in steps of 1.5 dB: left in bits 8 to 11, right in 0 to 3; 15 mutes
constexpr ULONG kPowerdown = 0x26;     // bits 0 to 3: ADC, DAC, analog and reference are ready
constexpr ULONG kExtendedId = 0x28;    // bit 0: variable rates
constexpr ULONG kExtendedControl = 0x2A;
constexpr ULONG kDacRate = 0x2C;
constexpr ULONG kAdcRate = 0x32;

constexpr USHORT kMute = 1u << 15;
constexpr USHORT kPcmOutZeroDecibel = 0x0808;
constexpr USHORT kRecordLineIn = 0x0404;
constexpr USHORT kAllReady = 0x000F;
constexpr USHORT kVariableRate = 1u << 0;
constexpr USHORT kPowerDownAll = 0x0F00;  // PR0 to PR3: ADC, DAC, mixer, reference
}  // namespace mixer

namespace bus {  // BAR 1: three boxes of 16 bytes, then the global registers
constexpr ULONG kPcmIn = 0x00;
constexpr ULONG kPcmOut = 0x10;

constexpr ULONG kDescriptors = 0x0;   // 32 bits, §16.2.1
constexpr ULONG kCurrentIndex = 0x4;  // 8 bits, §16.2.2
constexpr ULONG kLastIndex = 0x5;     // 8 bits, §16.2.3
constexpr ULONG kStatus = 0x6;        // 16 bits, §16.2.4
constexpr ULONG kLeft = 0x8;          // 16 bits, §16.2.5: samples of the current buffer that are still to come
constexpr ULONG kControl = 0xB;       // 8 bits, §16.2.7

constexpr ULONG kGlobalControl = 0x2C;  // 32 bits, §16.2.8
constexpr ULONG kGlobalStatus = 0x30;   // 32 bits, §16.2.9
constexpr ULONG kSemaphore = 0x34;      // 8 bits, §16.2.10

constexpr USHORT kLastIsDone = 1u << 2, kBufferIsDone = 1u << 3, kFifoError = 1u << 4;  // status; a 1 clears
constexpr USHORT kCauses = kLastIsDone | kBufferIsDone | kFifoError;
constexpr UCHAR kRun = 1u << 0, kResetBox = 1u << 1, kBufferInterrupt = 1u << 4;         // control
constexpr ULONG kOutOfColdReset = 1u << 1;                                               // global control
constexpr ULONG kInInterrupt = 1u << 5, kOutInterrupt = 1u << 6, kCodecReady = 1u << 8;  // global status
}  // namespace bus

// §16.2.1: the list has 32 entries of 8 bytes, and the controller goes round in it.
struct Descriptor {
  ULONG address;
  USHORT samples;  // of 16 bits, all channels counted
  USHORT flags;
};
static_assert(sizeof(Descriptor) == 8, "ICH7 datasheet, §16.2.1");
constexpr ULONG kDescriptorCount = 32;
constexpr USHORT kInterruptOnCompletion = 1u << 15;
constexpr ULONG kMaxSamples = 0xFFFE;
