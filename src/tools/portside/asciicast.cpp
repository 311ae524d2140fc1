#include "portside/asciicast.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>

namespace portside::tools {

Result<std::unique_ptr<Asciicast>> Asciicast::create(const std::string& path, int width, int height) {
  auto cast = std::make_unique<Asciicast>();
  cast->file_.reset(std::fopen(path.c_str(), "we"));
  if (!cast->file_) return fail(StatusCode::kUnsuccessful, path + ": " + std::strerror(errno));
  const char* terminal = std::getenv("TERM");
  const nlohmann::ordered_json header{{"version", 2},
                                      {"width", width},
                                      {"height", height},
                                      {"timestamp", std::time(nullptr)},
                                      {"title", "portside monitor"},
                                      {"env", {{"TERM", terminal ? terminal : "xterm-256color"}}}};
  std::fprintf(cast->file_.get(), "%s\n",
               header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  return cast;
}

void Asciicast::output(std::chrono::nanoseconds at, std::string_view bytes) {
  if (bytes.empty()) return;
  const double seconds = std::chrono::duration<double>(at).count();
  const std::string text = nlohmann::json(bytes).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::fprintf(file_.get(), "[%.6f, \"o\", %s]\n", seconds, text.c_str());
}

void Asciicast::resize(std::chrono::nanoseconds at, int width, int height) {
  std::fprintf(file_.get(), "[%.6f, \"r\", \"%dx%d\"]\n", std::chrono::duration<double>(at).count(), width, height);
}

bool Asciicast::close() {
  const bool good = std::ferror(file_.get()) == 0;
  return std::fclose(file_.release()) == 0 && good;
}

}  // namespace portside::tools
