#include <fmt/format.h>

#include <atomic>

#include "client/process.h"
#include "client/stream.h"
#include "verify/campaign.h"
#include "verify/pictures.h"
#include "verify/scenario.h"

namespace portside::verify {
namespace {

constexpr Nanoseconds kShown = std::chrono::milliseconds(200), kLook = std::chrono::milliseconds(1);

std::string short_name(const client::AudioFormat& f) {
  return fmt::format("{}/{}{}/{}", f.rate_hz, f.bits, f.kind == client::SampleKind::kFloat ? "f" : "", f.channels);
}

}  // namespace

Result<report::StreamPicture> picture_of(const client::Endpoint& endpoint) {
  TRY_ASSIGN(const client::AudioFormat format, usual_format(endpoint));
  client::StreamOptions options;
  TRY_ASSIGN(const std::unique_ptr<client::Stream> stream, client::open_agreed(endpoint, format, options));
  const client::StreamFacts& facts = stream->facts();
  report::StreamPicture picture;
  picture.endpoint = endpoint.name;
  picture.format = short_name(facts.format);
  picture.mode = client::name_of(facts.mode);
  picture.bytes_per_second = facts.format.bytes_per_second();
  picture.buffer_bytes = facts.buffer_bytes;
  if (facts.notifications)
    picture.period = facts.format.duration(facts.buffer_bytes / facts.format.frame_bytes()) / facts.notifications;

  for (const KSSTATE state : {KSSTATE_ACQUIRE, KSSTATE_PAUSE}) TRY(stream->set_state(state));
  TRY(stream->tell_written(stream->buffer().size()));
  TRY(stream->set_state(KSSTATE_RUN));
  const Nanoseconds began = client::now();
  std::atomic<bool> over = false;
  Result<> watched;
  {
    // One thread waits for events, the other looks at the position.
    std::optional<client::Thread> waiter;
    if (stream->notified()) {
      waiter.emplace("notifications", [&] {
        while (!over)
          if (stream->wait(kLook)) picture.notifications.push_back(client::now() - began);
      });
    }
    watched = [&]() -> Result<> {
      while (client::now() - began < kShown) {
        TRY_ASSIGN(const uint64_t bytes, stream->advance());
        TRY(stream->tell_written(bytes + stream->buffer().size()));
        picture.positions.push_back({client::now() - began, bytes});
        client::sleep_for(kLook);
      }
      return {};
    }();
    over = true;
  }
  TRY(watched);
  return picture;
}

void take_pictures(Campaign& campaign) {
  report::CampaignReport& report = campaign.report();
  const Scenario scenario{"pictures", [&](host::Machine&) -> Result<> {
                            TRY_ASSIGN(const std::vector<client::FilterInfo> filters, client::list_filters());
                            report.topology = picture_of(filters);
                            const std::vector<client::Endpoint> endpoints = client::endpoints_of(filters);
                            for (const client::Endpoint& endpoint : endpoints)
                              report.endpoints.push_back(endpoint.name);
                            for (const client::Endpoint& endpoint : endpoints)
                              if (auto picture = picture_of(endpoint)) report.streams.push_back(std::move(*picture));
                            return {};
                          }};
  (void)campaign.run({.name = {.seed = campaign.request().seed}, .scenario = &scenario, .report_findings = false});
}

}  // namespace portside::verify
