#include "verify/place_text.h"

#include <fmt/format.h>

#include <filesystem>

#include "host/machine.h"

namespace portside::verify {

std::vector<report::SourceFrame> frames_of(host::Machine& machine, const StackTrace& stack) {
  std::vector<report::SourceFrame> frames;
  for (const uint64_t address : stack.addresses())
    for (report::SourceFrame& frame : machine.symbols().resolve(address)) frames.push_back(std::move(frame));
  return frames;
}

std::string place_text(const std::vector<report::SourceFrame>& frames) {
  for (const report::SourceFrame& frame : frames) {
    if (frame.is_allocator()) continue;
    const std::string function = frame.function.empty() ? fmt::format("{}+0x{:x}", frame.image, frame.offset_in_image)
                                                        : frame.function.substr(0, frame.function.find('('));
    if (frame.file.empty()) return function;
    return fmt::format("{} {}:{}", function, std::filesystem::path(frame.file).filename().string(), frame.line);
  }
  return "the driver";
}

}  // namespace portside::verify
