#include "service/alsa_hints.h"

#include <fmt/format.h>

#include <fstream>
#include <set>
#include <system_error>

#include "base/printable.h"

namespace portside::service {
namespace {

// Inside of an alsa-lib string: what would end it, or a field of the hint, is left out; so is what would steer the
// terminal of whoever lists, and what is no UTF-8.
std::string plain(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t c = take_code_point(text);
    const std::string_view bytes = before.substr(0, before.size() - text.size());
    const bool broken = bytes.size() == 1 && static_cast<unsigned char>(bytes.front()) >= 0x80;
    if (!broken && !is_control(c) && c != '"' && c != '\\' && c != '|') out += bytes;
  }
  return out;
}

// A name of alsa-lib's of an endpoint's id: letters, digits and hyphens.
std::string pcm_name(std::string_view id) {
  std::string name = "portside-";
  for (const char c : id) name += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '-';
  return name;
}

// PortAudio reads no hints and gives no arguments: it has what is defined, by name. No name but of ours is defined, whatever
// endpoints are called.
std::string definitions(std::span<const EndpointInfo> endpoints, const std::string& socket) {
  if (plain(socket) != socket) return {};
  std::string out;
  std::set<std::string> names;
  for (const EndpointInfo& endpoint : endpoints)
    if (const std::string name = pcm_name(endpoint.id); plain(endpoint.id) == endpoint.id && names.insert(name).second)
      out += fmt::format("pcm.{} {{\n\ttype portside\n\tendpoint \"{}\"\n\tsocket \"{}\"\n}}\n", name, endpoint.id,
                         socket);
  return out;
}

}  // namespace

std::string alsa_hints(std::span<const EndpointInfo> endpoints, const std::string& socket) {
  std::string out =
      fmt::format("# Written by portside serve, which removes it when it ends: the endpoints at {}\nnamehint.pcm [\n",
                  plain(socket));
  for (const EndpointInfo& endpoint : endpoints)
    out += fmt::format("\t\"portside:{0}|{1}|IOID{2}\"\n\t\"plugportside:{0}|{1}, with all conversions|IOID{2}\"\n",
                       plain(endpoint.id), plain(endpoint.name),
                       endpoint.direction == Direction::kRender ? "Output" : "Input");
  return out + "]\n" + definitions(endpoints, socket);
}

void AlsaHints::write(std::span<const EndpointInfo> endpoints) const {
  // Aside and renamed: nobody reads half of it.
  const std::filesystem::path aside = path_.string() + "~";
  std::ofstream(aside) << alsa_hints(endpoints, socket_);
  std::error_code error;
  std::filesystem::rename(aside, path_, error);
}

void AlsaHints::remove() const {
  std::error_code error;
  std::filesystem::remove(path_, error);
}

}  // namespace portside::service
