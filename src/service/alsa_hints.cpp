#include "service/alsa_hints.h"

#include <fmt/format.h>

#include <fstream>
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

}  // namespace

std::string alsa_hints(std::span<const EndpointInfo> endpoints, const std::string& socket) {
  std::string out =
      fmt::format("# Written by portside serve, which removes it when it ends: the endpoints at {}\nnamehint.pcm [\n",
                  plain(socket));
  for (const EndpointInfo& endpoint : endpoints)
    out += fmt::format("\t\"portside:{0}|{1}|IOID{2}\"\n\t\"plugportside:{0}|{1}, with all conversions|IOID{2}\"\n",
                       plain(endpoint.id), plain(endpoint.name),
                       endpoint.direction == Direction::kRender ? "Output" : "Input");
  return out + "]\n";
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
