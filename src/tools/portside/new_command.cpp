// portside new: a small driver project that builds, plays and passes its tests.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numbers>

#include "client/wav_file.h"
#include "portside/command.h"
#include "portside/embedded.h"

namespace portside::tools {
namespace {

namespace fs = std::filesystem;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A driver's name is that of its image, its service, its CMake target and, at the front, of its pool tag.
Result<> check_name(const std::string& name) {
  constexpr size_t kLongest = 32;
  const bool well_formed = !name.empty() && name.size() <= kLongest && is_letter(name[0]) &&
                           std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
  if (!well_formed)
    return fail(
        StatusCode::kInvalidParameter,
        fmt::format(
            "\"{}\" cannot be a driver's name: it takes 1 to {} letters, digits and _, a letter first; see --name",
            name, kLongest));
  std::string lower = name;
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  // Images of Windows, names that no file of Windows can have, and targets that every CMake build has.
  static constexpr std::string_view kTaken[] = {"ntoskrnl", "hal",        "portcls",       "ks",
                                                "drmk",     "wdf01000",   "wdfldr",        "con",
                                                "prn",      "aux",        "nul",           "all",
                                                "clean",    "test",       "install",       "help",
                                                "package",  "edit_cache", "rebuild_cache", "list_install_components",
                                                "portside", "plays",      "plays_checked", "plays_counted"};
  if (std::ranges::find(kTaken, lower) != std::end(kTaken))
    return fail(StatusCode::kInvalidParameter,
                fmt::format("\"{}\" cannot be a driver's name: it is taken; see --name", name));
  return {};
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
}

// As a multi-character constant that reads forwards in a pool dump, where the lowest byte comes first.
std::string pool_tag(std::string name) {
  name.resize(4, '_');
  std::ranges::reverse(name);
  return name;
}

Result<> write_text(const fs::path& path, std::string_view text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) return fail(StatusCode::kUnsuccessful, fmt::format("{} cannot be written", path.string()));
  return {};
}

// Half a second that rises from 200 Hz to 2 kHz on the left and falls on the right: two channels that cannot be confused.
Result<> write_tone(const fs::path& path) {
  constexpr int kRate = 48'000, kFrames = kRate / 2;
  TRY_ASSIGN(const client::AudioFormat format, client::AudioFormat::parse("48000/16/2"));
  std::vector<std::byte> bytes;
  for (int i = 0; i < kFrames; ++i) {
    const double t = static_cast<double>(i) / kRate, whole = static_cast<double>(kFrames) / kRate;
    const auto sample = [&](double from, double to) {
      const double phase = 2 * std::numbers::pi * (from * t + (to - from) * t * t / (2 * whole));
      return static_cast<int16_t>(std::lround(12'000 * std::sin(phase)));
    };
    for (const int16_t value : {sample(200, 2000), sample(2000, 200)}) {
      bytes.push_back(static_cast<std::byte>(value & 0xFF));
      bytes.push_back(static_cast<std::byte>(value >> 8 & 0xFF));
    }
  }
  return client::write_wav(path.string(), format, bytes);
}

ExitCode create(const Console& console, const std::string& folder_text, std::string name) {
  fs::path folder(folder_text);
  if (folder.filename().empty()) folder = folder.parent_path();
  if (name.empty()) name = folder.filename().string();
  if (auto checked = check_name(name); !checked) return console.error(checked.error());
  std::error_code error;
  if (fs::exists(folder, error) || fs::is_symlink(folder, error))
    return console.error(Status(StatusCode::kObjectNameCollision,
                                fmt::format("{} exists already: nothing was written", folder.string())));

  for (const EmbeddedFile* file = kDriverTemplate; file->path; ++file) {
    std::string path = file->path, text = file->text;
    replace_all(path, "@NAME@", name);
    replace_all(text, "@NAME@", name);
    replace_all(text, "@TAG@", pool_tag(name));
    if (auto written = write_text(folder / path, text); !written) return console.error(written.error());
  }
  if (auto written = write_tone(folder / "tone.wav"); !written) return console.error(written.error());
  console.line(fmt::format(
      "{}: a driver that plays into itself. Next:\n\n  cd {}\n  cmake -B build -G Ninja && cmake --build build\n"
      "  ctest --test-dir build --output-on-failure",
      folder.string(), folder.string()));
  return ExitCode::kClean;
}

}  // namespace

Runner add_new(CLI::App& app) {
  struct Options {
    std::string folder, name;
  };
  auto options = std::make_shared<Options>();
  app.add_option("folder", options->folder, "The folder to write, which must not exist")->required()->type_name("DIR");
  app.add_option("--name", options->name, "The driver's name; else that of the folder");
  return [options](const Console& console) { return create(console, options->folder, options->name); };
}

}  // namespace portside::tools
