// Ten thousand times open, play, close: what the process holds stays inside the quarantine's bound.

#include <filesystem>
#include <fstream>

#include "memory/memory.h"
#include "support/loopback.h"

namespace portside {
namespace {

struct Held {
  size_t mappings = 0, descriptors = 0, resident_bytes = 0;
};

Held held() {
  Held h;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) ++h.mappings;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++h.descriptors;
  size_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  h.resident_bytes = resident * 4096;
  return h;
}

TEST(Cycles, TenThousandStreamsLeaveNothingBehind) {
  auto machine = testing_support::install(CABLE_SYS);
  ASSERT_TRUE(machine);
  const client::AudioFormat format = client::AudioFormat::parse("48000/16/2").value();
  const client::Sound sound = testing_support::noise(format, 240);
  Result<> failed;
  const auto cycles = [&](int count) {
    const auto ran = machine->run([&] {
      auto filters = client::list_filters();
      if (!filters) return void(failed = fail(filters.error()));
      auto endpoint = client::find_endpoint(client::endpoints_of(*filters), client::Direction::kRender, "");
      for (int i = 0; i < count && endpoint && failed; ++i) {
        client::StreamOptions options;
        options.buffer = std::chrono::milliseconds(10);
        auto stream = client::Stream::open(*endpoint, format, options);
        if (!stream) return void(failed = fail(stream.error()));
        client::PlayOptions play;
        play.tail = {};
        if (auto played = client::play(**stream, sound, play); !played) failed = fail(played.error());
      }
    });
    ASSERT_TRUE(ran) << ran.error().to_string();
    ASSERT_TRUE(failed) << failed.error().to_string();
  };
  // Warm-up fills the quarantines: their bounds are MemoryOptions' and PoolOptions' defaults.
  ASSERT_NO_FATAL_FAILURE(cycles(3000));
  const Held before = held();
  ASSERT_NO_FATAL_FAILURE(cycles(7000));
  const Held after = held();
  RecordProperty("mappings", static_cast<int>(after.mappings));
  std::printf("mappings %zu -> %zu, descriptors %zu -> %zu, resident %zu -> %zu KiB\n", before.mappings, after.mappings,
              before.descriptors, after.descriptors, before.resident_bytes >> 10, after.resident_bytes >> 10);
  EXPECT_LE(after.mappings, before.mappings + 64);
  EXPECT_LE(after.descriptors, before.descriptors + 2);
#ifndef PORTSIDE_SANITIZED  // a sanitizer's own quarantine grows
  EXPECT_LE(after.resident_bytes, before.resident_bytes + (4u << 20));
#endif
  EXPECT_TRUE(machine->uninstall());
  EXPECT_EQ(machine->memory().stats().live_mdls, 0u);
  EXPECT_EQ(machine->memory().stats().client_mappings, 0u);
  EXPECT_TRUE(machine->findings().empty()) << testing_support::report_of(*machine);
}

}  // namespace
}  // namespace portside
