#pragma once
// Symbolizer: an address in an image becomes function, file and line, inlined frames included. It asks SourceLines, whose
// child process (llvm-symbolizer) is started at the first question; without it, or without symbols, module+offset is the
// answer. Only reports ask: never on a hot path.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace portside::loader {

class Image;
class ImageList;
class SourceLines;

struct SourceFrame {
  std::string module;    // "cable.sys"
  uint64_t offset = 0;   // in the module
  std::string function;  // empty: unknown
  std::string file;
  uint32_t line = 0;
  bool inlined = false;  // into the next frame of the list
  // "StartStream at stream.cpp:41 (cable.sys+0x1234)"
  std::string to_string() const;
};

class Symbolizer {
 public:
  // `lines`: which other machines may share; null: its own.
  explicit Symbolizer(const ImageList& images, std::shared_ptr<SourceLines> lines = nullptr);
  ~Symbolizer();
  Symbolizer(const Symbolizer&) = delete;
  Symbolizer& operator=(const Symbolizer&) = delete;

  // Innermost first; at least one frame. `is_return_address`: the call before the address is meant, not the address.
  std::vector<SourceFrame> resolve(uint64_t address, bool is_return_address = true);
  // Starts the child now, for a process that will not be allowed to start one later.
  void prepare();
  // Why an image's source lines are not given ("cable.pdb does not belong to cable.sys: ..."), or empty.
  std::string symbol_problem(const Image& image);

 private:
  struct Module {
    const Image* image;
    uint64_t base;
    std::string problem;  // why its symbols are not used
  };
  const Module& module_of(const Image& image);

  const ImageList& images_;
  const std::shared_ptr<SourceLines> lines_;
  std::vector<std::unique_ptr<Module>> modules_;
};

}  // namespace portside::loader
