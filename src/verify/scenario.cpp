#include "verify/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include "client/offered_formats.h"
#include "client/playback.h"
#include "client/process.h"

namespace portside::verify {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

Result<std::vector<client::Endpoint>> matching_endpoints(std::string_view part) {
  TRY_ASSIGN(const std::vector<client::FilterInfo> filters, client::list_filters());
  std::vector<client::Endpoint> endpoints = client::endpoints_of(filters);
  const std::vector<client::Endpoint> all = endpoints;
  std::erase_if(endpoints,
                [&](const client::Endpoint& e) { return lower(e.name).find(lower(part)) == std::string::npos; });
  // A name of a listing in which another had the same finds its endpoint in one where it stands alone.
  if (endpoints.empty())
    std::ranges::copy_if(all, std::back_inserter(endpoints),
                         [&](const client::Endpoint& e) { return e.has_name(part); });
  if (endpoints.empty())
    return fail(StatusCode::kNotFound,
                part.empty() ? std::string("the driver shows no endpoint: no filter with a host pin for audio")
                             : fmt::format("the driver shows no endpoint whose name holds \"{}\"", part));
  return endpoints;
}

Result<client::AudioFormat> usual_format(const client::Endpoint& endpoint) {
  return client::usual_format(endpoint, {.rate_hz = 48000, .bits = 16, .channels = 2});
}

const client::Endpoint* played_through(const std::vector<client::Endpoint>& endpoints,
                                       const client::Endpoint& loopback) {
  const auto played = std::ranges::find_if(endpoints, [&](const client::Endpoint& e) {
    return e.filter == loopback.filter && e.role == client::PinRole::kHost;
  });
  return played == endpoints.end() ? nullptr : &*played;
}

Result<std::optional<client::AudioFormat>> loopback_format(const client::Endpoint& loopback,
                                                           const client::Endpoint& played) {
  TRY_ASSIGN(const client::AudioFormat usual, usual_format(played));
  TRY_ASSIGN(const std::vector<client::OfferedFormat> given, client::offered_formats(loopback));
  TRY_ASSIGN(const std::vector<client::OfferedFormat> taken, client::offered_formats(played));
  const auto offers = [](const std::vector<client::OfferedFormat>& list, const client::AudioFormat& format) {
    const auto at = std::ranges::find(list, format, &client::OfferedFormat::format);
    return at != list.end() && at->proposal != client::Proposal::kRefused;
  };
  if (offers(given, usual)) return usual;
  for (const client::OfferedFormat& f : given)
    if (f.proposal != client::Proposal::kRefused && offers(taken, f.format)) return f.format;
  return std::nullopt;
}

Result<> use_endpoint(const client::Endpoint& endpoint, const client::StreamOptions& options, Nanoseconds time) {
  TRY_ASSIGN(const client::AudioFormat format, usual_format(endpoint));
  TRY_ASSIGN(std::unique_ptr<client::Stream> stream, client::open_agreed(endpoint, format, options));
  const client::AudioFormat agreed = stream->facts().format;
  const uint64_t frames = static_cast<uint64_t>(time.count()) * agreed.rate_hz / 1'000'000'000;
  if (endpoint.direction == client::Direction::kCapture) {
    client::RecordOptions record;
    record.enough = [frames](uint64_t so_far) { return so_far >= frames; };
    TRY_ASSIGN(const client::Recording recording, client::record(*stream, record));
    if (!recording.log.stalled.empty()) return fail(StatusCode::kUnsuccessful, recording.log.stalled);
    return {};
  }
  client::Sound sound;
  sound.format = agreed;
  sound.frames.assign(frames * agreed.frame_bytes(), std::byte{0x11});
  client::PlayOptions play;
  play.tail = {};
  TRY_ASSIGN(const client::StreamLog log, client::play(*stream, sound, play));
  if (!log.stalled.empty()) return fail(StatusCode::kUnsuccessful, log.stalled);
  return {};
}

Scenario browse() {
  return {"browse", [](host::Machine&) -> Result<> {
            TRY_ASSIGN(const std::vector<client::FilterInfo> filters, client::list_filters());
            for (const client::Endpoint& endpoint : client::endpoints_of(filters))
              TRY(client::offered_formats(endpoint));
            return {};
          }};
}

Scenario use_each_endpoint(std::string endpoint, StreamLength length) {
  return {"each endpoint, twice", [=](host::Machine&) -> Result<> {
            TRY_ASSIGN(const std::vector<client::Endpoint> endpoints, matching_endpoints(endpoint));
            Result<> first;
            for (int round = 0; round < 2; ++round)
              for (const client::Endpoint& e : endpoints)
                if (const Result<> used = use_endpoint(e, {.buffer = length.buffer}, length.time); !used && first)
                  first = fail(Status(used.error().code(), fmt::format("{}: {}", e.name, used.error().to_string())));
            return first;
          }};
}

Scenario use_all_endpoints(std::string endpoint, StreamLength length) {
  return {"all endpoints at once", [=](host::Machine&) -> Result<> {
            TRY_ASSIGN(const std::vector<client::Endpoint> endpoints, matching_endpoints(endpoint));
            std::vector<Result<>> outcomes(endpoints.size());
            {
              std::vector<std::unique_ptr<client::Thread>> threads;
              for (size_t i = 0; i < endpoints.size(); ++i)
                threads.push_back(std::make_unique<client::Thread>(endpoints[i].name, [&, i] {
                  outcomes[i] = use_endpoint(endpoints[i], {.buffer = length.buffer}, length.time);
                }));
            }
            for (size_t i = 0; i < endpoints.size(); ++i)
              if (!outcomes[i])
                return fail(Status(outcomes[i].error().code(),
                                   fmt::format("{}: {}", endpoints[i].name, outcomes[i].error().to_string())));
            return {};
          }};
}

}  // namespace portside::verify
