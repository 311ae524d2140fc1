#pragma once
// LifePoint: what befalls the device, and when: at a state of a stream, so long after it was reached, or at the nth
// kernel call that the driver makes while a stream is opened or closed.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace portside::verify {

// kSurpriseRemove: the device has failed and is reported gone, and answers still. kPullOut: a card is out of its slot, its
// registers read as ones and it masters the bus no more, some time before Windows says so. kCallOff: a stop and a removal are
// asked for and cancelled.
enum class LifeKind : uint8_t { kSurpriseRemove, kRemove, kPowerDown, kSleep, kRebalance, kPullOut, kCallOff };
inline constexpr std::array kLifeKinds = {LifeKind::kSurpriseRemove, LifeKind::kRemove,    LifeKind::kPowerDown,
                                          LifeKind::kSleep,          LifeKind::kRebalance, LifeKind::kPullOut,
                                          LifeKind::kCallOff};
const char* name_of(LifeKind kind);      // "surprise-remove"
const char* sentence_of(LifeKind kind);  // "the device is pulled out"

// kStarted: the device has just been started, and nobody has opened anything.
enum class LifeStage : uint8_t { kOpening, kStop, kAcquire, kPause, kRun, kClosing, kStarted };
const char* name_of(LifeStage stage);  // "run"

struct LifePoint {
  LifeKind kind{};
  LifeStage stage{};
  bool notified = true;  // with a notification event registered
  Nanoseconds delay{0};  // after the stage was reached
  uint64_t call = 0;     // of kOpening and kClosing: at which call, from 1
  std::string endpoint;  // its name

  bool counts_calls() const { return stage == LifeStage::kOpening || stage == LifeStage::kClosing; }
  // "surprise-remove@run,event,3333us:Speaker", "sleep@opening,position,call37:Speaker".
  std::string text() const;
  static Result<LifePoint> parse(std::string_view text);
  // "Speaker in RUN, with an event"
  std::string subject() const;
};

}  // namespace portside::verify
