#include "portside/gdb.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <string_view>
#include <vector>

namespace portside::tools {

ExitCode run_under_gdb(const Console& console, int argc, char** argv) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  // Installed: prefix/bin and prefix/share. Not installed: the sources that this was built from.
  fs::path script = self.parent_path().parent_path() / "share/portside/gdb/portside.py";
  if (!fs::exists(script, error)) script = PORTSIDE_SOURCE_DIR "/tools/gdb/portside.py";
  if (!fs::exists(script, error))
    return console.error(Status(
        StatusCode::kNotFound, fmt::format("{} is not there: gdb would not find the driver's lines", script.string())));
  std::string script_text = script.string(), self_text = self.string();
  std::vector<char*> arguments;
  for (const char* word : {"gdb", "-q", "-x"}) arguments.push_back(const_cast<char*>(word));
  arguments.push_back(script_text.data());
  arguments.push_back(const_cast<char*>("--args"));
  arguments.push_back(self_text.data());
  for (int i = 1; i < argc; ++i)
    if (std::string_view(argv[i]) != "--gdb") arguments.push_back(argv[i]);
  arguments.push_back(nullptr);
  execvp("gdb", arguments.data());
  return console.error(Status(StatusCode::kNotFound, "gdb cannot be started (Debian: apt-get install gdb)"));
}

}  // namespace portside::tools
