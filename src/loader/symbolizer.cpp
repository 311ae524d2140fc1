#include "loader/symbolizer.h"

#include <charconv>

#include <fmt/format.h>

#include "loader/image.h"
#include "loader/image_list.h"
#include "loader/pdb_file.h"
#include "loader/source_lines.h"

namespace portside::loader {
namespace {

// "C:\build\stream.cpp:41:7" -> file and line.
void split_location(const std::string& location, SourceFrame& frame) {
  const size_t column = location.rfind(':');
  const size_t line = column == std::string::npos || column == 0 ? std::string::npos : location.rfind(':', column - 1);
  if (line == std::string::npos) return;
  std::from_chars(location.data() + line + 1, location.data() + column, frame.line);
  if (const std::string file = location.substr(0, line); file != "??" && frame.line) frame.file = file;
  else frame.line = 0;
}

// The PDB that llvm-symbolizer will take: under its embedded name, or beside the image.
std::filesystem::path pdb_of(const Image& image) {
  std::string name = image.debug_id()->pdb_name;
  std::error_code ignored;
  if (std::filesystem::exists(name, ignored)) return name;
  if (const size_t slash = name.find_last_of("/\\"); slash != std::string::npos) name.erase(0, slash + 1);
  return image.path().parent_path() / name;
}

std::string find_problem(const Image& image) {
  if (image.path().empty()) return fmt::format("{} was not loaded from a file.", image.name());
  if (!image.debug_id()) return {};  // DWARF, or nothing: the symbolizer tells
  const std::filesystem::path pdb = pdb_of(image);
  const auto identity = PdbIdentity::read(pdb);
  if (!identity)
    return fmt::format("{} has no symbols: {} cannot be used: {}.", image.name(), pdb.string(),
                       identity.error().sentence());
  const PdbIdentity wanted{image.debug_id()->guid, image.debug_id()->age};
  if (*identity == wanted) return {};
  return fmt::format("{} does not belong to {}: it is {}, and the image wants {}.", pdb.string(), image.name(),
                     identity->to_string(), wanted.to_string());
}

}  // namespace

std::string SourceFrame::to_string() const {
  const std::string place = fmt::format("{}+0x{:x}", module, offset);
  if (function.empty()) return place;
  if (file.empty()) return fmt::format("{} ({})", function, place);
  return fmt::format("{} at {}:{} ({})", function, file, line, place);
}

Symbolizer::Symbolizer(const ImageList& images, std::shared_ptr<SourceLines> lines)
    : images_(images), lines_(lines ? std::move(lines) : std::make_shared<SourceLines>()) {}
Symbolizer::~Symbolizer() = default;

const Symbolizer::Module& Symbolizer::module_of(const Image& image) {
  for (const auto& module : modules_)
    if (module->image == &image && module->base == image.base()) return *module;
  return *modules_.emplace_back(new Module{&image, image.base(), find_problem(image)});
}

std::string Symbolizer::symbol_problem(const Image& image) { return module_of(image).problem; }

void Symbolizer::prepare() { lines_->prepare(); }

std::vector<SourceFrame> Symbolizer::resolve(uint64_t address, bool is_return_address) {
  const Image* image = images_.find(address);
  SourceFrame plain;
  if (!image) {
    plain.module = "host";
    plain.offset = address;
    return {plain};
  }
  plain.module = image->name();
  plain.offset = address - image->base();
  if (!module_of(*image).problem.empty()) return {plain};

  // The line of a call is that of the instruction before its return address.
  const uint64_t asked = plain.offset - (is_return_address && plain.offset ? 1 : 0);
  const std::vector<std::string> lines = lines_->at(image->path().string(), asked);
  std::vector<SourceFrame> frames;
  for (size_t i = 0; i + 1 < lines.size(); i += 2) {
    SourceFrame frame = plain;
    if (lines[i] != "??") frame.function = lines[i];
    split_location(lines[i + 1], frame);
    frames.push_back(std::move(frame));
  }
  for (size_t i = 0; i + 1 < frames.size(); ++i) frames[i].inlined = true;
  if (frames.empty()) frames.push_back(plain);
  return frames;
}

}  // namespace portside::loader
