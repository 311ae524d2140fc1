#include "loader/pe_file.h"

#include <fmt/format.h>

#include "loader/import_resolver.h"
#include "loader/pe_parser.h"

namespace portside::loader {

std::string ImportName::to_string() const {
  return name.empty() ? fmt::format("{}!#{}", dll, ordinal) : fmt::format("{}!{}", dll, name);
}

Result<PeFile> PeFile::parse(std::span<const uint8_t> bytes) { return PeParser(bytes).parse(); }

const PeSection* PeFile::section_at(uint32_t rva) const {
  for (const PeSection& section : sections_)
    if (rva >= section.rva && rva - section.rva < section.virtual_bytes) return &section;
  return nullptr;
}

}  // namespace portside::loader
