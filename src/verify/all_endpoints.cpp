#include "verify/all_endpoints.h"

#include <fmt/format.h>

#include "client/playback.h"
#include "client/process.h"
#include "verify/pin_conformance.h"

namespace portside::verify {

using verifier::RuleId;

namespace {

constexpr Nanoseconds kTogether = std::chrono::milliseconds(200);

Result<client::StreamLog> use(client::Stream& stream, client::Direction direction) {
  const client::AudioFormat& format = stream.facts().format;
  const uint64_t frames = static_cast<uint64_t>(kTogether.count()) * format.rate_hz / 1'000'000'000u;
  if (direction == client::Direction::kRender) {
    client::Sound sound;
    sound.format = format;
    sound.frames.assign(frames * format.frame_bytes(), std::byte{format.silence()});
    client::PlayOptions options;
    options.tail = {};
    return client::play(stream, sound, options);
  }
  client::RecordOptions options;
  options.enough = [frames](uint64_t so_far) { return so_far >= frames; };
  TRY_ASSIGN(client::Recording recording, client::record(stream, options));
  return std::move(recording.log);
}

std::string judge(const Result<client::StreamLog>& log) {
  if (!log) return log.error().to_string();
  if (!log->stalled.empty()) return log->stalled;
  if (log->glitch_count)
    return fmt::format("{} glitches, the first {:.1f} ms after RUN: {}", log->glitch_count,
                       static_cast<double>(log->glitches[0].when.count()) / 1e6, log->glitches[0].sentence);
  if (log->facts.mode == client::StreamMode::kEvent && log->notifications == 0) return "no event came";
  return {};
}

client::StreamOptions options_of(const Subject& subject) {
  client::StreamOptions options;
  options.buffer = subject.packet * 2;
  options.processing = subject.processing;
  options.mode = client::StreamMode::kEvent;
  return options;
}

// What fails beside others is their doing only when it works by itself.
void tell(Verdict& verdict, const Subject& subject, const std::string& wrong) {
  std::string alone;
  client::StreamOptions options = options_of(subject);
  auto stream = client::Stream::open(subject.endpoint, subject.format, options);
  if (!stream) {
    // As beside the others: by positions, where there are no events.
    options.mode = client::StreamMode::kPosition;
    stream = client::Stream::open(subject.endpoint, subject.format, options);
  }
  if (!stream) alone = stream.error().to_string();
  else alone = judge(use(**stream, subject.endpoint.direction));
  if (alone.empty()) verdict.fail(RuleId::kEndpointsNotTogether, subject.endpoint.name, wrong);
  else if (verdict.judges_pace()) verdict.fail(fmt::format("{}, and so it is by itself", wrong));
  else verdict.not_applicable(fmt::format("{}, and so it is by itself, where its pace is not judged", wrong));
}

}  // namespace

void test_all_endpoints(Verdicts& verdicts, const std::vector<Subject>& subjects) {
  Verdict verdict(verdicts, "all endpoints at once", fmt::format("{} endpoints", subjects.size()), kAudioLogoPage);
  verdict.of_figures();
  // All are open before the first of them runs.
  std::vector<std::unique_ptr<client::Stream>> streams;
  std::vector<std::pair<const Subject*, std::string>> refused;
  for (const Subject& subject : subjects) {
    client::StreamOptions options = options_of(subject);
    auto stream = client::Stream::open(subject.endpoint, subject.format, options);
    if (!stream) {
      // Whether an endpoint has events at all is asserted of its pin.
      options.mode = client::StreamMode::kPosition;
      if (auto other = client::Stream::open(subject.endpoint, subject.format, options)) {
        verdict.warn(fmt::format("{} streams by positions, as it does not by events", subject.endpoint.name));
        streams.push_back(std::move(*other));
        continue;
      }
      refused.emplace_back(&subject, fmt::format("{} does not open by events beside the others: {}",
                                                 subject.endpoint.name, stream.error().to_string()));
      continue;
    }
    streams.push_back(std::move(*stream));
  }
  if (!refused.empty()) {
    streams.clear();
    for (const auto& [subject, wrong] : refused) tell(verdict, *subject, wrong);
    return;
  }
  std::vector<std::string> wrong(subjects.size());
  {
    std::vector<std::unique_ptr<client::Thread>> threads;
    for (size_t i = 0; i < subjects.size(); ++i)
      threads.push_back(std::make_unique<client::Thread>(
          subjects[i].endpoint.name, [&, i] { wrong[i] = judge(use(*streams[i], subjects[i].endpoint.direction)); }));
  }
  streams.clear();
  for (size_t i = 0; i < subjects.size(); ++i)
    if (!wrong[i].empty()) tell(verdict, subjects[i], fmt::format("{}: {}", subjects[i].endpoint.name, wrong[i]));
}

}  // namespace portside::verify
