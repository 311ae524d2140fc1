#pragma once
// PdbIdentity: whose symbols a PDB file holds. Two streams of its container (MSF) are read, every length checked: the
// info stream (GUID) and the debug stream (the age that the linker wrote into the image).

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>

#include "base/result.h"

namespace portside::loader {

struct PdbIdentity {
  std::array<uint8_t, 16> guid{};
  uint32_t age = 0;

  static Result<PdbIdentity> read(const std::filesystem::path& path);
  static Result<PdbIdentity> parse(std::span<const uint8_t> bytes);
  // "{0A1B2C3D-....} age 1"
  std::string to_string() const;
  bool operator==(const PdbIdentity&) const = default;
};

}  // namespace portside::loader
