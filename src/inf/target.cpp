#include "inf/target.h"

#include <array>

#include "inf/inf_file.h"
#include "inf/number.h"

namespace portside::inf {

std::optional<Decoration> Decoration::parse(std::string_view text) {
  text = trimmed(text);
  if (!same_name(text.substr(0, 2), "nt")) return std::nullopt;
  text.remove_prefix(2);
  Decoration decoration;
  const size_t dot = std::min(text.find('.'), text.size());
  decoration.architecture = folded(text.substr(0, dot));
  bool known = decoration.architecture.empty();
  for (const std::string_view architecture : {"x86", "ia64", "amd64", "arm", "arm64"})
    known |= decoration.architecture == architecture;
  if (!known) return std::nullopt;
  const std::array<std::optional<uint32_t>*, 5> parts = {&decoration.major, &decoration.minor, &decoration.product_type,
                                                         &decoration.suite_mask, &decoration.build};
  size_t part = 0;
  for (text.remove_prefix(dot); !text.empty(); ++part) {
    text.remove_prefix(1);
    const size_t end = std::min(text.find('.'), text.size());
    if (part == parts.size()) return std::nullopt;
    if (end) {
      const auto number = flags_of(text.substr(0, end));
      if (!number) return std::nullopt;
      *parts[part] = *number;
    }
    text.remove_prefix(end);
  }
  return decoration;
}

bool Decoration::fits_version(const Target& target) const {
  const auto wanted = std::pair(major.value_or(0), minor.value_or(0)), given = std::pair(target.major, target.minor);
  if (wanted > given) return false;
  // The build counts only within the same version.
  if (wanted == given && build && *build > target.build) return false;
  if (product_type && *product_type != target.product_type) return false;
  return !suite_mask || (*suite_mask & target.suite_mask) == *suite_mask;
}

}  // namespace portside::inf
