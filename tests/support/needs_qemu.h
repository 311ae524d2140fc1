#pragma once
// A test that needs QEMU: skipped by name where it is not installed, and failed there on a build server, where ./dev has installed it.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "hardware/qemu_catalogue.h"

namespace portside::testing_support {

inline void needs_qemu() {
  const auto devices = hardware::qemu_sound_devices();
  if (devices) return;
  if (std::getenv("CI")) FAIL() << devices.error().sentence();
  std::puts("SKIPPED: qemu-system-x86_64 is not here");  // what ctest looks for
  GTEST_SKIP() << devices.error().sentence();
}

}  // namespace portside::testing_support
