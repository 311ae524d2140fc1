// portside list: the endpoints that a driver host serves.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "portside/client.h"
#include "portside/command.h"

namespace portside::tools {
namespace {

const char* name_of(SampleType type) {
  constexpr const char* kNames[] = {"8", "16", "24", "24in32", "32", "32f"};
  return kNames[static_cast<size_t>(type)];
}
// A name's newline or tab would look like the next endpoint.
std::string one_line(std::string text) {
  std::ranges::replace_if(text, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return text;
}
std::string text_of(const StreamFormat& format) {
  return fmt::format("{}/{}/{}", format.rate, name_of(format.type), format.channels);
}

ExitCode list(const Console& console, const std::string& socket) {
  auto client = Client::connect(socket);
  if (!client) return console.error(client.error());
  const auto endpoints = (*client)->endpoints();
  if (!endpoints) return console.error(endpoints.error());
  if (console.json) {
    nlohmann::json out = nlohmann::json::array();
    for (const EndpointInfo& e : *endpoints) {
      nlohmann::json formats = nlohmann::json::array(), controls = nlohmann::json::array();
      for (const StreamFormat& f : e.formats) formats.push_back(text_of(f));
      for (const ControlInfo& c : e.controls)
        controls.push_back({{"id", c.id}, {"name", c.name}, {"channels", c.channels}});
      out.push_back({{"id", e.id},
                     {"name", e.name},
                     {"direction", e.direction == Direction::kRender ? "render" : "capture"},
                     {"formats", formats},
                     {"controls", controls},
                     {"plugged_in", e.plugged_in}});
    }
    console.document(out);
    return ExitCode::kClean;
  }
  for (const EndpointInfo& e : *endpoints) {
    std::string formats;
    for (size_t i = 0; i < std::min<size_t>(e.formats.size(), 4); ++i)
      formats += (i ? ", " : "") + text_of(e.formats[i]);
    if (e.formats.size() > 4) formats += fmt::format(" and {} more", e.formats.size() - 4);
    console.product(fmt::format("{}\t{}\t{}{}", one_line(e.id),
                                e.direction == Direction::kRender ? "render" : "capture", one_line(e.name),
                                e.plugged_in ? "" : " (unplugged)"));
    console.fact("formats", formats);
    for (const ControlInfo& c : e.controls) console.fact(fmt::format("control {}", c.id), one_line(c.name));
  }
  return ExitCode::kClean;
}

}  // namespace

Runner add_list(CLI::App& app) {
  auto socket = std::make_shared<std::string>();
  app.add_option("--socket", *socket, "Of the host; else $PORTSIDE_SOCKET, else $XDG_RUNTIME_DIR/portside/host")
      ->type_name("PATH");
  return [socket](const Console& console) { return list(console, *socket); };
}

}  // namespace portside::tools
