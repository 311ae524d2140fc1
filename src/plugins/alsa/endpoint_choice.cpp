#include "plugins/alsa/endpoint_choice.h"

#include <fmt/format.h>

#include <algorithm>

namespace portside::alsa {
namespace {

bool holds(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

}  // namespace

Result<EndpointInfo> choose_endpoint(const std::vector<EndpointInfo>& endpoints, std::string_view text,
                                     std::optional<Direction> direction) {
  const char* kind = !direction                         ? "endpoint"
                     : *direction == Direction::kRender ? "render endpoint"
                                                        : "capture endpoint";
  std::vector<const EndpointInfo*> fitting;
  std::string there;
  for (const EndpointInfo& endpoint : endpoints) {
    if (direction && endpoint.direction != *direction) continue;
    if (endpoint.id == text) return endpoint;
    there += fmt::format("{}{}", there.empty() ? "" : ", ", endpoint.id);
    if (holds(endpoint.id, text) || holds(endpoint.name, text)) fitting.push_back(&endpoint);
  }
  if (there.empty()) return fail(StatusCode::kNotFound, fmt::format("the driver has no {}", kind));
  if (fitting.size() == 1 || (text.empty() && !fitting.empty())) return *fitting.front();
  return fail(StatusCode::kNotFound,
              fmt::format("{} {} '{}': there are {}", fitting.empty() ? "no" : "more than one", kind, text, there));
}

}  // namespace portside::alsa
