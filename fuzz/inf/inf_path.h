#pragma once
// Everything that is done with an INF before a machine is touched, on any bytes at all.

#include <cstdint>
#include <span>

#include "inf/inf_file.h"
#include "inf/installation.h"

namespace portside::inf {

inline void exercise_inf(std::span<const uint8_t> bytes) {
  const auto file = InfFile::parse(std::as_bytes(bytes), "any.inf");
  if (!file) return;
  const Target target;
  const auto models = read_models(*file, target);
  if (!models) return;
  for (const Model& model : *models)
    if (const auto installation = read_installation(*file, model, target)) (void)installation->driver_files();
}

}  // namespace portside::inf
