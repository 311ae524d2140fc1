#include "service/alsa_hints.h"

#include <fmt/format.h>

#include <fstream>
#include <system_error>

namespace portside::service {
namespace {

// Inside of an alsa-lib string: what would end it, or a field of the hint, is left out.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\' && c != '|' && c != 0x7F) out += c;
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

AlsaHints::AlsaHints(const std::string& socket, std::span<const EndpointInfo> endpoints)
    : path_(socket + ".alsa.conf") {
  // Written aside and renamed: nobody reads half of it. Without it nothing is missing but the list.
  const std::filesystem::path aside = path_.string() + "~";
  std::ofstream(aside) << alsa_hints(endpoints, socket);
  std::error_code error;
  std::filesystem::rename(aside, path_, error);
}

AlsaHints::~AlsaHints() {
  std::error_code error;
  std::filesystem::remove(path_, error);
}

}  // namespace portside::service
