// Registers of a High Definition Audio controller: where they lie in its memory BAR, and what their bits mean. The
// section numbers, here and all over this driver, are those of the High Definition Audio Specification, revision 1.0a.
#pragma once

#include <wdm.h>

namespace reg {

// §3.3, global.
constexpr ULONG kGcap = 0x00;       // 16 bits, §3.3.2
constexpr ULONG kVmin = 0x02;       // 8 bits, §3.3.3
constexpr ULONG kVmaj = 0x03;       // 8 bits, §3.3.4
constexpr ULONG kGctl = 0x08;       // 32 bits, §3.3.7
constexpr ULONG kWakeen = 0x0C;     // 16 bits, §3.3.8
constexpr ULONG kStatests = 0x0E;   // 16 bits, §3.3.9: one bit for each codec that asked for attention
constexpr ULONG kIntctl = 0x20;     // 32 bits, §3.3.14
constexpr ULONG kIntsts = 0x24;     // 32 bits, §3.3.15
constexpr ULONG kWalclk = 0x30;     // 32 bits, §3.3.16: 24 MHz
constexpr ULONG kCorbLbase = 0x40;  // §3.3.18
constexpr ULONG kCorbUbase = 0x44;
constexpr ULONG kCorbWp = 0x48;     // 16 bits, §3.3.20
constexpr ULONG kCorbRp = 0x4A;     // 16 bits, §3.3.21
constexpr ULONG kCorbCtl = 0x4C;    // 8 bits, §3.3.22
constexpr ULONG kCorbSts = 0x4D;    // 8 bits, §3.3.23
constexpr ULONG kCorbSize = 0x4E;   // 8 bits, §3.3.24
constexpr ULONG kRirbLbase = 0x50;  // §3.3.25
constexpr ULONG kRirbUbase = 0x54;
constexpr ULONG kRirbWp = 0x58;    // 16 bits, §3.3.27
constexpr ULONG kRintCnt = 0x5A;   // 16 bits, §3.3.28
constexpr ULONG kRirbCtl = 0x5C;   // 8 bits, §3.3.29
constexpr ULONG kRirbSts = 0x5D;   // 8 bits, §3.3.30
constexpr ULONG kRirbSize = 0x5E;  // 8 bits, §3.3.31
constexpr ULONG kDplBase = 0x70;   // §3.3.32
constexpr ULONG kDpuBase = 0x74;   // §3.3.33

// The wall clock once more, in a page that holds counters alone and so may be shown to a client (§3.3.16: aliases).
constexpr ULONG kWalclkAlias = 0x2030;

// §3.3.34 on: stream descriptors, input first, then output, then bidirectional; 20h bytes each.
constexpr ULONG kStreams = 0x80;
constexpr ULONG kStreamBytes = 0x20;
constexpr ULONG kMaxStreams = 30;  // §3.3.14 has a bit for each of so many
constexpr ULONG kSdCtl = 0x00;     // 8 of 24 bits, §3.3.35
constexpr ULONG kSdNumber = 0x02;  // bits 16 to 23 of it: the stream number is in the upper four
constexpr ULONG kSdSts = 0x03;     // 8 bits, §3.3.36
constexpr ULONG kSdLpib = 0x04;    // 32 bits, §3.3.37
constexpr ULONG kSdCbl = 0x08;     // 32 bits, §3.3.38
constexpr ULONG kSdLvi = 0x0C;     // 16 bits, §3.3.39
constexpr ULONG kSdFifos = 0x10;   // 16 bits, §3.3.40
constexpr ULONG kSdFmt = 0x12;     // 16 bits, §3.3.41
constexpr ULONG kSdBdpl = 0x18;    // 32 bits, §3.3.42
constexpr ULONG kSdBdpu = 0x1C;    // 32 bits, §3.3.43

}  // namespace reg

namespace gcap {  // §3.3.2
constexpr ULONG output_streams(USHORT v) { return v >> 12 & 0xF; }
constexpr ULONG input_streams(USHORT v) { return v >> 8 & 0xF; }
constexpr ULONG bidirectional_streams(USHORT v) { return v >> 3 & 0x1F; }
constexpr bool has_64_bit_addresses(USHORT v) { return v & 1; }
}  // namespace gcap

namespace gctl {                   // §3.3.7
constexpr ULONG kCrst = 1u << 0;   // 0 holds the controller in reset
constexpr ULONG kUnsol = 1u << 8;  // unsolicited responses go into the RIRB
}  // namespace gctl

namespace interrupt {  // §3.3.14, §3.3.15
constexpr ULONG kGlobal = 1u << 31;
constexpr ULONG kController = 1u << 30;
constexpr ULONG kAllStreams = 0x3FFFFFFF;
}  // namespace interrupt

namespace corb {
constexpr USHORT kPointerReset = 1u << 15;  // CORBRP, §3.3.21
constexpr UCHAR kRun = 1u << 1;             // CORBCTL, §3.3.22
constexpr UCHAR kMemoryError = 1u << 0;     // CORBSTS, §3.3.23
}  // namespace corb

namespace rirb {
constexpr USHORT kPointerReset = 1u << 15;  // RIRBWP, §3.3.27
constexpr UCHAR kInterrupt = 1u << 0;       // RIRBCTL, §3.3.29
constexpr UCHAR kRun = 1u << 1;
constexpr UCHAR kOverrunInterrupt = 1u << 2;
constexpr UCHAR kResponse = 1u << 0;  // RIRBSTS, §3.3.30
constexpr UCHAR kOverrun = 1u << 2;
}  // namespace rirb

namespace ring {  // CORBSIZE and RIRBSIZE, §3.3.24 and §3.3.31: what is possible in bits 4 to 6, what is chosen in 0 to
                  // 1
constexpr UCHAR kCan2 = 1u << 4;
constexpr UCHAR kCan16 = 1u << 5;
constexpr UCHAR kCan256 = 1u << 6;
}  // namespace ring

namespace dpl {  // §3.3.32
constexpr ULONG kEnable = 1u << 0;
}

namespace sd_ctl {  // §3.3.35
constexpr UCHAR kReset = 1u << 0;
constexpr UCHAR kRun = 1u << 1;
constexpr UCHAR kCompletionInterrupt = 1u << 2;
constexpr UCHAR kFifoErrorInterrupt = 1u << 3;
constexpr UCHAR kDescriptorErrorInterrupt = 1u << 4;
constexpr ULONG kNumberShift = 4;  // in the byte at kSdNumber
}  // namespace sd_ctl

namespace sd_sts {  // §3.3.36; each is cleared by writing a 1
constexpr UCHAR kCompletion = 1u << 2;
constexpr UCHAR kFifoError = 1u << 3;
constexpr UCHAR kDescriptorError = 1u << 4;
constexpr UCHAR kAll = kCompletion | kFifoError | kDescriptorError;
}  // namespace sd_sts

// §3.6.3: an entry of the buffer descriptor list.
struct BufferDescriptor {
  ULONGLONG address;
  ULONG bytes;
  ULONG flags;  // bit 0: interrupt on completion
};
static_assert(sizeof(BufferDescriptor) == 16, "HDA 1.0a §3.6.3");
constexpr ULONG kInterruptOnCompletion = 1;
constexpr ULONG kMaxDescriptors = 256;  // LVI has 8 bits
// §3.6.2, §4.5.1: the list and every buffer begin on 128 bytes.
constexpr ULONG kDmaAlignment = 128;

// §3.6.1: an entry of the DMA position buffer, one for each stream descriptor.
struct DmaPosition {
  volatile ULONG bytes;
  ULONG reserved;
};
static_assert(sizeof(DmaPosition) == 8, "HDA 1.0a §3.6.1");
