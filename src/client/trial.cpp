#include "client/trial.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

namespace portside::client {
namespace {

// A quiet tone, made in the format itself: what is tried is the driver, not a conversion.
Sound tone(const AudioFormat& format, Nanoseconds time) {
  const auto frames =
      static_cast<uint64_t>(static_cast<unsigned __int128>(time.count()) * format.rate_hz / 1'000'000'000u);
  Sound mono;
  mono.format = {.rate_hz = format.rate_hz, .bits = 16, .channels = 1};
  mono.frames.resize(frames * 2);
  for (uint64_t i = 0; i < frames; ++i) {
    const double phase = 2 * std::numbers::pi * 440 * static_cast<double>(i) / format.rate_hz;
    const auto sample = static_cast<int16_t>(3000 * std::sin(phase));
    std::memcpy(&mono.frames[i * 2], &sample, 2);
  }
  auto made = convert(mono, format);
  if (made) return std::move(*made);
  Sound silent;
  silent.format = format;
  silent.frames.resize(frames * format.frame_bytes(), std::byte{format.silence()});
  return silent;
}

bool possible(const Stream& stream, StreamMode mode) {
  if (mode == StreamMode::kPosition) return true;
  if (mode == StreamMode::kEvent) return stream.facts().notifications != 0;
  return stream.facts().mode == StreamMode::kPacket;
}

void stream_once(Trial& trial, Stream& stream, bool has_packets, Direction direction, const TrialOptions& options) {
  const AudioFormat& format = trial.format;
  const auto judge = [&](Result<StreamLog> log) {
    if (!log) {
      // A stream with packets may have no position: a keyword pin hands out what it has kept.
      const bool by_packets_alone =
          log.error() == StatusCode::kNotSupported && trial.mode != StreamMode::kPacket && has_packets;
      trial.outcome = by_packets_alone ? TrialOutcome::kNotOffered : TrialOutcome::kFailed;
      trial.status = log.error();
      trial.log.facts = stream.facts();
      return;
    }
    trial.log = std::move(*log);
    trial.outcome = !trial.log.stalled.empty() ? TrialOutcome::kStalled
                    : trial.log.glitch_count   ? TrialOutcome::kGlitches
                                               : TrialOutcome::kFlawless;
  };
  if (direction == Direction::kRender) {
    judge(play(stream, tone(format, options.time), {.tail = options.buffer}));
    return;
  }
  RecordOptions record_options;
  record_options.most_frames = static_cast<uint64_t>(options.time.count()) * format.rate_hz / 1'000'000'000u;
  record_options.enough = [most = record_options.most_frames](uint64_t frames) { return frames >= most; };
  auto recording = record(stream, record_options);
  if (recording) judge(std::move(recording->log));
  else judge(fail(recording.error()));
}

// One format in one processing mode: what the stream offers first, then each mode that is wanted. The first `done` of these
// trials were made by a machine that has ended.
void try_format(Trials& trials, const Trial& blank, size_t done, const TrialOptions& options) {
  const Endpoint& endpoint = trials.endpoints[blank.endpoint];
  StreamOptions stream_options{.buffer = options.buffer, .processing = blank.processing};
  const auto open = [&](StreamMode mode) {
    stream_options.mode = mode;
    return Stream::open(endpoint, blank.format, stream_options);
  };
  // Until it has an end of its own, a trial ends the machine.
  const auto begin = [&](StreamMode mode) -> Trial& {
    Trial& trial = trials.trials.emplace_back(blank);
    trial.mode = mode;
    trial.outcome = TrialOutcome::kBugCheck;
    return trial;
  };
  Trial* trial = &begin(options.modes[done]);
  auto offered = open(StreamMode::kAuto);
  std::vector<bool> can;
  for (const StreamMode mode : options.modes) can.push_back(offered && possible(**offered, mode));
  const bool has_packets = offered && possible(**offered, StreamMode::kPacket);
  const StreamFacts facts = offered ? (*offered)->facts() : StreamFacts{};
  if (offered) offered->reset();  // a pin may have one instance
  for (size_t i = done; i < options.modes.size(); ++i) {
    if (i > done) trial = &begin(options.modes[i]);
    trial->log.facts = facts;
    if (!offered) {
      trial->outcome = TrialOutcome::kRefused;
      trial->status = offered.error();
    } else if (!can[i]) {
      trial->outcome = TrialOutcome::kNotOffered;
    } else if (auto stream = open(trial->mode); !stream) {
      trial->outcome = TrialOutcome::kFailed;
      trial->status = stream.error();
    } else {
      stream_once(*trial, **stream, has_packets, endpoint.direction, options);
    }
  }
}

}  // namespace

const char* name_of(TrialOutcome outcome) {
  constexpr const char* kNames[] = {"ok", "-", "refused", "glitches", "stalled", "failed", "bug check"};
  return kNames[static_cast<size_t>(outcome)];
}

bool Trial::at_fault() const {
  switch (outcome) {
    case TrialOutcome::kFlawless:
    case TrialOutcome::kNotOffered: return false;
    case TrialOutcome::kRefused:
      // A proposal is for the pin in any of its processing modes; a range alone promises less still.
      return proposal == Proposal::kTaken && !processing;
    case TrialOutcome::kGlitches:
    case TrialOutcome::kStalled:
    case TrialOutcome::kFailed:
    case TrialOutcome::kBugCheck: return true;
  }
  return true;
}

Result<> run_trials(const TrialOptions& options, Trials& trials) {
  size_t done = trials.trials.size();
  TRY_ASSIGN(const std::vector<FilterInfo> filters, list_filters());
  trials.endpoints = endpoints_of(filters);
  trials.not_offered.clear();
  if (!options.endpoint.empty()) {
    std::vector<Endpoint> chosen;
    for (const Direction direction : {Direction::kRender, Direction::kCapture})
      if (auto found = find_endpoint(trials.endpoints, direction, options.endpoint))
        chosen.push_back(std::move(*found));
    if (chosen.empty()) { TRY(find_endpoint(trials.endpoints, Direction::kRender, options.endpoint)); }
    trials.endpoints = std::move(chosen);
  }
  for (size_t i = 0; i < trials.endpoints.size(); ++i) {
    const Endpoint& endpoint = trials.endpoints[i];
    TRY_ASSIGN(const std::vector<OfferedFormat> formats, offered_formats(endpoint));
    trials.not_offered.push_back(0);
    std::vector<std::optional<GUID>> modes(endpoint.pin.modes.begin(), endpoint.pin.modes.end());
    if (modes.empty()) modes.emplace_back();
    for (size_t at = 0; at < formats.size(); ++at) {
      if (options.progress)
        options.progress((static_cast<double>(i) + static_cast<double>(at) / static_cast<double>(formats.size())) /
                         static_cast<double>(trials.endpoints.size()));
      if (formats[at].proposal == Proposal::kRefused) {
        ++trials.not_offered.back();
        continue;
      }
      for (const auto& mode : modes) {
        const size_t before = std::min(done, options.modes.size());
        done -= before;
        if (before < options.modes.size())
          try_format(
              trials,
              {.endpoint = i, .format = formats[at].format, .proposal = formats[at].proposal, .processing = mode},
              before, options);
      }
    }
  }
  return {};
}

}  // namespace portside::client
