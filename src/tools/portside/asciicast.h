#pragma once
// Asciicast: what a terminal was sent, and when, as a file of asciinema's version 2: a header, and one JSON array a
// piece (docs.asciinema.org, "asciicast v2").

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace portside::tools {

class Asciicast {
 public:
  static Result<std::unique_ptr<Asciicast>> create(const std::string& path, int width, int height);

  // `at`: since the recording began. A piece ends with a whole character.
  void output(std::chrono::nanoseconds at, std::string_view bytes);
  void resize(std::chrono::nanoseconds at, int width, int height);
  // False when something could not be written.
  bool close();

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Closer> file_;
};

}  // namespace portside::tools
