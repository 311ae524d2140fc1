#pragma once
// HdaObserver: what a driver does to the HD Audio model that the specification forbids, or that the model does not do.
// A real controller would do something undefined, or nothing; the model goes on as gently as it can, and tells.

#include <string>

#include "base/clock.h"

namespace portside::hardware {

// The sections are those of the High Definition Audio Specification, revision 1.0a.
enum class HdaRule {
  kAccessSize,          // §3.1: registers are read and written whole, aligned, in 1, 2 or 4 bytes
  kWriteInReset,        // §4.2.2: nothing but GCTL may be written while the controller is held in reset
  kResetTooShort,       // §5.5.1.2: the link's reset lasts 100 µs
  kVerbTooSoon,         // §4.3: 521 µs from the end of the reset to the first verb
  kRingChangedRunning,  // §3.3.18 and on: base, size and pointers of a ring change while its engine is stopped
  kRingNotAligned,      // §3.3.18, §3.3.25, §3.3.32: 128 bytes
  kRingPointerReset,    // §3.3.21: the CORB's read pointer is reset by a 1 and then a 0
  kImmediateWithRing,   // §3.4: immediate commands are for when the CORB is not used
  kImmediateBusy,       // §3.4.3: one at a time
  kUnknownNode,         // §7.3: a verb for a node that the codec does not have
  kUnknownVerb,         // §7.3.3: a verb that the node does not know
  kStreamNumberZero,    // §3.3.35: number 0 is no stream
  kStreamNumberShared,  // §4.5.1: two running streams of one direction have one number
  kChangedRunning,      // §3.3.35 and on: list, length, format and number change while RUN is 0
  kListTooShort,        // §3.3.39: LVI is at least 1
  kListNotAligned,      // §3.3.42: 128 bytes
  kBufferNotAligned,    // §3.6.3: each buffer begins on 128 bytes
  kBufferEmpty,         // §3.6.3: a descriptor's length is at least one word
  kLengthDiffers,       // §3.3.38: the cyclic length is the sum of the descriptors'
  kListChanged,         // §3.6.2: the list does not change while the stream runs
  kResetWhileRunning,   // §3.3.35: RUN is cleared before SRST is set
  kFormatUnknown,       // §3.7.1: a reserved code
  kFormatUnsupported,   // §7.3.4.7: the converter did not say that it can do this
  kFormatDiffers,       // §7.3.3.8: stream and converter were told different formats
  kNobodyListens,       // a running stream whose number no powered converter has been told; §7.3.3.11
  kNoBusMaster,         // PCI 3.0 §6.2.2: DMA was asked for and the command register forbids it
  kDmaFailed,           // memory that is not there, or not for this device
  kAsleep,              // PCI Power Management 1.2 §5.4: a register was touched in D3hot
  kNotModelled,         // allowed, and beyond this model
};
const char* hda_rule_name(HdaRule rule);  // "kListTooShort" without the k

struct HdaViolation {
  HdaRule rule{};
  Nanoseconds when{};
  std::string sentence;
};

class HdaObserver {
 public:
  virtual ~HdaObserver() = default;
  // With no lock of the model's held.
  virtual void on_violation(const HdaViolation& violation) = 0;
};

}  // namespace portside::hardware
