#pragma once
// One llvm-symbolizer for all machines of a test program: most of what a short test takes is otherwise the start of its own.

#include <memory>

#include "host/machine.h"
#include "loader/source_lines.h"

namespace portside::testing_support {

inline const std::shared_ptr<loader::SourceLines>& shared_lines() {
  static const auto lines = std::make_shared<loader::SourceLines>();
  return lines;
}

inline host::MachineOptions with_shared_lines(host::MachineOptions options = {}) {
  options.source_lines = shared_lines();
  return options;
}

}  // namespace portside::testing_support
