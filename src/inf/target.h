#pragma once
// Target: the Windows that an INF is read for, and the decorations that section names carry for it.
// Pages: "INF Manufacturer Section", Remarks; "Combining Platform Extensions with Operating System Versions".

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace portside::inf {

struct Target {
  std::string architecture = "amd64";
  uint32_t major = 10, minor = 0, build = 22631;  // Windows 11 23H2, which RtlGetVersion tells too
  uint32_t product_type = 1;                      // VER_NT_WORKSTATION
  uint32_t suite_mask = 0x100;                    // VER_SUITE_SINGLEUSERTS
};

// NT[Architecture][.[Major][.[Minor][.[ProductType][.[SuiteMask][.[Build]]]]]]
struct Decoration {
  std::string architecture;  // empty: none is named
  std::optional<uint32_t> major, minor, product_type, suite_mask, build;

  // None for a text that is no decoration.
  static std::optional<Decoration> parse(std::string_view text);
  bool fits_version(const Target& target) const;
  // How close it is, for the choice between two that fit; a greater one is closer.
  auto rank() const {
    return std::tuple(!architecture.empty(), major.value_or(0), minor.value_or(0), build.value_or(0),
                      product_type.has_value(), suite_mask.has_value());
  }
};

}  // namespace portside::inf
