#include "inf/source_variables.h"

#include <array>
#include <optional>
#include <utility>

#include "inf/inf_file.h"

namespace portside::inf {
namespace {

// "Using Inx Files to Create INF Files". The versions are those that Visual Studio gives for Windows 11 (from memory).
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kVariables = {{
    {"ARCH", "amd64"},
    {"KMDFVERSION", "1.33"},
    {"KMDFCOINSTALLERVERSION", "01033"},
    {"UMDFVERSION", "2.33.0"},
    {"UMDFCOINSTALLERVERSION", "02033"},
}};

std::optional<std::string_view> value_of(std::string_view name) {
  for (const auto& [known, value] : kVariables)
    if (same_name(known, name)) return value;
  return std::nullopt;
}

}  // namespace

std::string with_variables_replaced(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t end = text[at] == '$' ? text.find_first_of("$\r\n", at + 1) : text.npos;
    if (end != text.npos && text[end] == '$') {
      if (const auto value = value_of(text.substr(at + 1, end - at - 1))) {
        out += *value;
        at = end + 1;
        continue;
      }
    }
    out += text[at++];
  }
  return out;
}

}  // namespace portside::inf
