#include "wire/endpoint_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

namespace portside::wire {
namespace {

bool same_letter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}
bool holds(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same_letter) != text.end();
}

}  // namespace

Result<size_t> choose_endpoint(std::span<const EndpointInfo* const> endpoints, std::string_view name,
                               std::optional<Direction> direction) {
  const char* const kind = !direction ? "" : *direction == Direction::kRender ? "render " : "capture ";
  std::vector<size_t> fit;
  std::string known;
  for (size_t i = 0; i < endpoints.size(); ++i) {
    const EndpointInfo& endpoint = *endpoints[i];
    if (direction && endpoint.direction != *direction) continue;
    if (std::ranges::equal(endpoint.id, name, same_letter)) return i;
    known += (known.empty() ? "" : ", ") + endpoint.id;
    if (holds(endpoint.id, name) || holds(endpoint.name, name)) fit.push_back(i);
  }
  if (known.empty()) return fail(StatusCode::kObjectNameNotFound, fmt::format("the driver has no {}endpoint", kind));
  if (fit.empty())
    return fail(StatusCode::kObjectNameNotFound,
                fmt::format("no {}endpoint is called \"{}\"; there is: {}", kind, name, known));
  if (fit.size() > 1 && !name.empty())
    return fail(StatusCode::kObjectNameNotFound, fmt::format("\"{}\" fits several {}endpoints: {}", name, kind, known));
  return fit.front();
}

Result<EndpointInfo> choose_endpoint(std::span<const EndpointInfo> endpoints, std::string_view name,
                                     std::optional<Direction> direction) {
  std::vector<const EndpointInfo*> list;
  for (const EndpointInfo& endpoint : endpoints) list.push_back(&endpoint);
  TRY_ASSIGN(const size_t place, choose_endpoint(list, name, direction));
  return endpoints[place];
}

}  // namespace portside::wire
