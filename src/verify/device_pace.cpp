#include "verify/device_pace.h"

#include <algorithm>

namespace portside::verify {

bool is_of_device_pace(verifier::RuleId rule) {
  using enum verifier::RuleId;
  switch (rule) {
    case kPositionAheadOfTime:
    case kPositionBackwards:
    case kPositionRateOff:
    case kPositionJitters:
    case kPositionStandsInRun:
    case kPositionOffAtPause:
    case kPositionNotResumed:
    case kPresentationOffTime:
    case kPresentationOffPosition:
    case kNotificationMissing:
    case kNotificationTooOften:
    case kNotificationOffPosition:
    case kNotificationOffAfterPause:
    case kPacketCountOffRate:
    case kPacketCountOffPosition:
    case kPacketNotGiven:
    case kReadPacketAhead:
    case kWritePacketLate:
    case kClockOffFrequency:
    case kRegisterOffPosition:
    case kCaptureNotWritten:
    case kJackSilent:
    case kJackSoundBroken:
    case kJackChangedAsleep:
    case kLevelWrong:
    case kLevelNotHeard:
    case kLoopbackBroken:
    case kLoopbackChanged:
    case kStreamFormatIgnored: return true;
    default: return false;
  }
}

void erase_device_pace(std::vector<verifier::Finding>& findings) {
  std::erase_if(findings, [](const verifier::Finding& finding) { return is_of_device_pace(finding.rule_id); });
}

}  // namespace portside::verify
