#pragma once
// Trials: every endpoint of a driver played or recorded, in every format and processing mode it offers, by packets, by
// events and by positions.

#include <functional>
#include <string>
#include <vector>

#include "client/offered_formats.h"
#include "client/playback.h"

namespace portside::client {

enum class TrialOutcome {
  kFlawless,
  kNotOffered,  // the driver's stream has no packets, or no notifications
  kRefused,     // the pin or its buffer was refused although the range, or even the proposal, admits the format
  kGlitches,
  kStalled,
  kFailed,    // a request failed while streaming
  kBugCheck,  // the machine ended
};
const char* name_of(TrialOutcome outcome);  // "ok", "-", "refused", "glitches", "stalled", "failed", "bug check"

struct Trial {
  size_t endpoint = 0;  // in Trials::endpoints
  AudioFormat format;
  Proposal proposal = Proposal::kNotAsked;
  std::optional<GUID> processing;
  StreamMode mode = StreamMode::kEvent;
  TrialOutcome outcome = TrialOutcome::kFlawless;
  Status status;  // of a refusal or failure
  StreamLog log;

  // Whether the driver did what it says it does not do: a refused format that it took as a proposal, too.
  bool at_fault() const;
};

// In one fixed order; a machine that ends in the middle leaves what was tried before.
struct Trials {
  std::vector<Endpoint> endpoints;
  std::vector<uint64_t> not_offered;  // an endpoint's formats inside its ranges that the driver's proposal refuses
  std::vector<Trial> trials;
};

struct TrialOptions {
  std::string endpoint;  // a part of a name; empty: all
  Nanoseconds time = std::chrono::milliseconds(60);
  Nanoseconds buffer = std::chrono::milliseconds(20);
  std::vector<StreamMode> modes{StreamMode::kPacket, StreamMode::kEvent, StreamMode::kPosition};
  std::function<void(double)> progress;  // 0 to 1
};

// On a simulated thread. Goes on behind the trials that `trials` holds already, of a machine that has ended: the last of them
// is the one it ended in, kBugCheck. An error is one of listing; what a single stream meets stands in its trial.
Result<> run_trials(const TrialOptions& options, Trials& trials);

}  // namespace portside::client
