#pragma once
// What the system tests share: a driver on a machine, and a sound sent round through it.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/random.h"
#include "client/duplex.h"
#include "host/machine.h"
#include "report/text_report.h"
#include "support/shared_lines.h"

namespace portside::testing_support {

// An installed driver, or a failed test and null.
inline std::unique_ptr<host::Machine> install(const std::string& driver, host::MachineOptions options = {}) {
  auto machine = host::Machine::create(with_shared_lines(std::move(options)));
  if (!machine) {
    ADD_FAILURE() << machine.error().to_string();
    return nullptr;
  }
  if (auto installed = (*machine)->install(driver); !installed) {
    ADD_FAILURE() << driver << ": " << installed.error().to_string();
    return nullptr;
  }
  return std::move(*machine);
}

// Sound without silence or repeats: a comparison cannot be right by chance. Floats are kept finite, between -1 and 1.
inline client::Sound noise(const client::AudioFormat& format, uint64_t frames, uint64_t seed = 1) {
  client::Sound sound{format, {}};
  sound.frames.resize(frames * format.frame_bytes());
  Random random(seed);
  if (format.kind == client::SampleKind::kFloat) {
    for (size_t i = 0; i < sound.frames.size(); i += 4) {
      const float value = static_cast<float>(random.below(2'000'001)) / 1'000'000.0f - 1.0f;
      std::memcpy(&sound.frames[i], &value, 4);
    }
  } else {
    for (auto& byte : sound.frames) byte = static_cast<std::byte>(random.next());
  }
  return sound;
}

inline Result<client::DuplexOutcome> duplex(host::Machine& machine, const client::DuplexRequest& request) {
  Result<client::DuplexOutcome> outcome = fail(StatusCode::kUnsuccessful, "not run");
  TRY(machine.run([&] { outcome = client::run_duplex(request); }));
  return outcome;
}

inline std::string report_of(host::Machine& machine) {
  return report::to_text(machine.findings(), machine.symbols(), {});
}

}  // namespace portside::testing_support
