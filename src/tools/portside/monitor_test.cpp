// The monitor's picture, from a snapshot in a test's hand: what it says, and that it fits.
#include <gtest/gtest.h>

#include <clocale>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/temporary_folder.h"
#include "portside/asciicast.h"
#include "portside/monitor_view.h"

namespace portside::tools {
namespace {

using Json = nlohmann::json;

Json stream(int id, const char* program, const char* endpoint, const char* state) {
  return {{"id", id},
          {"pid", 4000 + id},
          {"program", program},
          {"endpoint", endpoint},
          {"state", state},
          {"format", {{"type", "s16"}, {"channels", 2}, {"rate", 48000}}},
          {"buffer_frames", 960},
          {"notifications_a_buffer", 2},
          {"frames", 48000 * 3},
          {"when_ns", 9'000'000'000},
          {"notifications", 300},
          {"glitches", 1},
          {"lateness_ns", 120'000},
          {"worst_lateness_ns", 3'400'000},
          {"lateness_histogram", {{"edges_us", {50, 100, 200}}, {"counts", {100, 10, 1, 0}}}},
          {"levels", {{{"peak", 0.5}, {"rms", 0.25}}, {{"peak", 1.0}, {"rms", 0.0}}}}};
}

Json snapshot() {
  Json out{{"version", 1}, {"driver", "cable"}, {"uptime_ns", 3'725'000'000'000}};
  out["endpoints"] = {
      {{"id", "speaker"},
       {"name", "Speaker (cable)"},
       {"direction", "render"},
       {"plugged_in", true},
       {"controls",
        {{{"id", 0}, {"kind", "volume"}, {"values", {-12 * 65536, -655360}}},
         {{"id", 1}, {"kind", "volume"}, {"values", {-32768}}},
         {{"id", 2}, {"kind", "mute"}, {"values", {0, 1}}}}}},
      {{"id", "line-in"},
       {"name", "Line In (cable)"},
       {"direction", "capture"},
       {"plugged_in", false},
       {"controls", {{{"id", 0}, {"kind", "mute"}, {"values", {1}}}, {{"id", 1}, {"kind", "jack"}}, 5}}}};
  out["streams"] = {stream(1, "aplay", "speaker", "run"), stream(2, "arecord", "line-in", "pause")};
  out["processors"] = {{{"irql", 2}, {"dpcs", 10}, {"dpc_ns", 31'000'000}}};
  out["violations"] = {
      {{"rule", "FreedWhileMapped"}, {"grade", "violation"}, {"times", 3}, {"what", "pages were freed while mapped"}}};
  return out;
}

std::string drawn(const Json& json, int width, int height, size_t chosen = 0, const MonitorHistory& history = {},
                  bool unicode = true) {
  const auto sight = MonitorSight::read(json.dump());
  if (!sight) return sight.error().to_string();
  Canvas canvas(width, height);
  MonitorView{.sight = *sight, .history = history, .chosen = chosen, .unicode = unicode}.draw(canvas);
  std::string text;
  for (int y = 0; y < height; ++y) {
    EXPECT_LE(columns_of(canvas.line(y)), width);
    text += canvas.line(y) + "\n";
  }
  return text;
}

bool says(const std::string& text, const char* what) { return text.find(what) != std::string::npos; }

TEST(MonitorView, TellsEverythingAt80By24) {
  const std::string text = drawn(snapshot(), 80, 24);
  for (const char* what : {"portside monitor  cable",
                           "up 1:02:05",
                           "2 streams",
                           "2 glitches",
                           "3 findings",
                           "irql 2 dpc 0.0 %",
                           "speaker",
                           "-10.5 dB Speaker",
                           "line-in",
                           "unplugged muted Line In",
                           "aplay 4001 → speaker",
                           "arecord 4002 ← line-in",
                           "run",
                           "pause",
                           "3.000 s",
                           "-6.0 dB",
                           "late 0.12 ms",
                           "worst 3.40 ms",
                           "FreedWhileMapped x3 pages were",
                           "q quit"})
    EXPECT_TRUE(says(text, what)) << what << "\n" << text;
}

TEST(MonitorView, FitsIntoEverySize) {
  for (int width : {1, 10, 39, 40, 63, 64, 80, 200})
    for (int height : {1, 2, 3, 5, 10, 24, 60})
      for (size_t chosen : {0, 1, 7}) drawn(snapshot(), width, height, chosen);
  EXPECT_TRUE(says(drawn(snapshot(), 40, 20), "aplay 4001"));
}

TEST(MonitorView, TheChosenStreamIsOnTheScreen) {
  Json many = snapshot();
  for (int i = 3; i < 20; ++i) many["streams"].push_back(stream(i, "play", "speaker", "run"));
  EXPECT_FALSE(says(drawn(many, 80, 24, 0), "play 4019"));
  EXPECT_TRUE(says(drawn(many, 80, 24, 18), "▸ play 4019"));
}

TEST(MonitorView, WithoutUnicodeItIsAscii) {
  const std::string text = drawn(snapshot(), 80, 24, 0, {}, false);
  for (const char c : text) ASSERT_EQ(static_cast<unsigned char>(c) & 0x80, 0) << text;
  EXPECT_TRUE(says(text, "aplay 4001 -> speaker"));
}

TEST(MonitorView, NoNameReachesIntoTheTerminal) {
  Json evil = snapshot();
  evil["endpoints"][0]["name"] = "\x1b[2J\x07\xC2\x9B evil";
  const std::string text = drawn(evil, 80, 24);
  EXPECT_FALSE(says(text, "\x1b"));
  EXPECT_FALSE(says(text, "\xC2\x9B"));
  EXPECT_TRUE(says(text, "?[2J?? evil")) << text;
}

TEST(MonitorView, AnEndedStreamSaysWhy) {
  Json ended = snapshot();
  ended["streams"][0]["ended"] = "STATUS_DEVICE_REMOVED: the device was removed";
  EXPECT_TRUE(says(drawn(ended, 80, 24), "the device was removed"));
}

TEST(MonitorSight, TakesWhatThereIs_AndRefusesOtherVersions) {
  EXPECT_TRUE(MonitorSight::read(R"({"version":1})"));
  EXPECT_TRUE(MonitorSight::read(R"({"version":1,"streams":[7,{"id":"x","levels":[3],"format":4}],"endpoints":{}})"));
  EXPECT_FALSE(MonitorSight::read(R"({"version":2})"));
  EXPECT_FALSE(MonitorSight::read("[]"));
  EXPECT_FALSE(MonitorSight::read("{"));
}

TEST(MonitorHistory, MeasuresTheDevicesClockAgainstOurs) {
  MonitorHistory history;
  for (int i = 0; i <= 50; ++i) {
    Json at = snapshot();
    at["streams"][0]["when_ns"] = 1'000'000'000 + int64_t{i} * 100'000'000;
    at["streams"][0]["frames"] = 1000 + int64_t{i} * 4801;  // 48010 a second
    history.add(*MonitorSight::read(at.dump()));
    if (i == 10) EXPECT_FALSE(history.drift(1).known) << "a second is too short";
  }
  ASSERT_TRUE(history.drift(1).known);
  EXPECT_NEAR(history.drift(1).ppm, 208.3, 0.5);
  EXPECT_TRUE(says(drawn(snapshot(), 80, 24, 0, history), "clock +208 ppm"));
  EXPECT_FALSE(history.drift(2).known) << "it does not run";
}

TEST(MonitorHistory, OnePointThatIsFarOffIsNotTheClock) {
  MonitorHistory history;
  for (int i = 0; i <= 100; ++i) {
    Json at = snapshot();
    at["streams"][0]["when_ns"] = 1'000'000'000 + int64_t{i} * 100'000'000 + (i == 100 ? 40'000'000 : 0);  // 40 ms late
    at["streams"][0]["frames"] = 1000 + int64_t{i} * 4800;
    history.add(*MonitorSight::read(at.dump()));
  }
  EXPECT_NEAR(history.drift(1).ppm, 0, 300) << "by its ends it were 4000";
}

TEST(MonitorHistory, TheLoadOfDpcsIsThatSinceTheLastSight) {
  MonitorHistory history;
  Json at = snapshot();
  history.add(*MonitorSight::read(at.dump()));
  EXPECT_EQ(history.dpc_share(0), 0);
  at["uptime_ns"] = 3'726'000'000'000;
  at["processors"][0]["dpc_ns"] = 131'000'000;
  history.add(*MonitorSight::read(at.dump()));
  EXPECT_NEAR(history.dpc_share(0), 0.1, 1e-9);
  EXPECT_TRUE(says(drawn(at, 80, 24, 0, history), "dpc 10.0 %"));
}

TEST(Canvas, WideGlyphsTakeTwoColumns_AndAreNeverHalf) {
  if (!std::setlocale(LC_CTYPE, "C.UTF-8")) GTEST_SKIP() << "no UTF-8 locale";
  Canvas canvas(5, 1);
  canvas.put_in(0, 0, 5, "日本語");
  EXPECT_EQ(canvas.line(0), "日本~");
  Canvas odd(4, 1);
  odd.put(1, 0, "日本");
  EXPECT_EQ(odd.line(0), " 日");
  EXPECT_EQ(to_utf8(U'é') + to_utf8(U'█') + to_utf8(U'😀'), "é█😀");
}

TEST(Asciicast, IsAHeaderAndOneArrayAPiece) {
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "x.cast").string();
  auto cast = Asciicast::create(path, 80, 24);
  ASSERT_TRUE(cast);
  (*cast)->output(std::chrono::milliseconds(1500), "\x1b[1m█\n\"");
  (*cast)->output(std::chrono::milliseconds(1600), "");
  (*cast)->resize(std::chrono::milliseconds(1750), 100, 30);
  ASSERT_TRUE((*cast)->close());
  std::FILE* file = std::fopen(path.c_str(), "r");
  ASSERT_NE(file, nullptr);
  char line[512];
  ASSERT_NE(std::fgets(line, sizeof line, file), nullptr);
  const Json header = Json::parse(line);
  EXPECT_EQ(header["version"], 2);
  EXPECT_EQ(header["width"], 80);
  EXPECT_EQ(header["height"], 24);
  ASSERT_NE(std::fgets(line, sizeof line, file), nullptr);
  const Json piece = Json::parse(line);
  EXPECT_DOUBLE_EQ(piece[0], 1.5);
  EXPECT_EQ(piece[1], "o");
  EXPECT_EQ(piece[2], "\x1b[1m█\n\"");
  ASSERT_NE(std::fgets(line, sizeof line, file), nullptr);
  EXPECT_EQ(Json::parse(line), Json::parse(R"([1.75, "r", "100x30"])"));
  EXPECT_EQ(std::fgets(line, sizeof line, file), nullptr);
  std::fclose(file);
}

}  // namespace
}  // namespace portside::tools
