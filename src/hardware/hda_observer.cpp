#include "hardware/hda_observer.h"

namespace portside::hardware {

const char* hda_rule_name(HdaRule rule) {
  switch (rule) {
#define NAME(r) \
  case HdaRule::k##r: return #r
    NAME(AccessSize);
    NAME(WriteInReset);
    NAME(ResetTooShort);
    NAME(VerbTooSoon);
    NAME(RingChangedRunning);
    NAME(RingNotAligned);
    NAME(RingPointerReset);
    NAME(ImmediateWithRing);
    NAME(ImmediateBusy);
    NAME(UnknownNode);
    NAME(UnknownVerb);
    NAME(StreamNumberZero);
    NAME(StreamNumberShared);
    NAME(ChangedRunning);
    NAME(ListTooShort);
    NAME(ListNotAligned);
    NAME(BufferNotAligned);
    NAME(BufferEmpty);
    NAME(LengthDiffers);
    NAME(ListChanged);
    NAME(ResetWhileRunning);
    NAME(FormatUnknown);
    NAME(FormatUnsupported);
    NAME(FormatDiffers);
    NAME(NobodyListens);
    NAME(NoBusMaster);
    NAME(DmaFailed);
    NAME(Asleep);
    NAME(NotModelled);
#undef NAME
  }
  return "?";
}

}  // namespace portside::hardware
