#pragma once
// PeParser: the checks behind PeFile::parse. Each part of the file is one function that refuses or fills in the PeFile.

#include <fmt/format.h>

#include <cstring>
#include <string_view>

#include "loader/pe_file.h"

namespace portside::loader {

template <class... Args>
std::unexpected<Status> refuse(fmt::format_string<Args...> format, Args&&... args) {
  return fail(StatusCode::kInvalidImageFormat, fmt::format(format, std::forward<Args>(args)...));
}

class PeParser {
 public:
  explicit PeParser(std::span<const uint8_t> bytes) : bytes_(bytes) { file_.bytes_ = bytes; }
  Result<PeFile> parse();

 private:
  enum DirectoryIndex {
    kExport = 0,
    kImport = 1,
    kException = 3,
    kBaseRelocation = 5,
    kDebug = 6,
    kTls = 9,
    kLoadConfig = 10,
    kDelayImport = 13,
    kComDescriptor = 14,
    kDirectoryCount = 16,
  };
  struct Directory {
    uint32_t rva = 0;
    uint32_t bytes = 0;
    bool empty() const { return rva == 0 || bytes == 0; }
  };

  Result<> parse_headers();
  Result<> parse_optional_header(uint64_t offset, uint32_t bytes);
  Result<> parse_sections(uint64_t offset, uint32_t count);
  Result<> check_entry();
  Result<> parse_relocations();
  Result<> parse_imports();
  Result<> parse_delay_imports();
  Result<> parse_lookup_table(const std::string& dll, uint32_t lookup_rva, uint32_t iat_rva, bool delayed);
  Result<> parse_exports();
  Result<> parse_functions();
  Result<> parse_debug();
  Result<> parse_load_config();

  // Bytes of the file at an offset; null when the file ends before.
  const uint8_t* at_offset(uint64_t offset, uint64_t count) const;
  // What the file holds from an RVA to the end of its section's (or the headers') bytes; empty when nothing.
  std::span<const uint8_t> from(uint64_t rva) const;
  // Bytes of the file that the image has at an RVA; null when they are not all in one section's (or the headers')
  // bytes.
  const uint8_t* at(uint64_t rva, uint64_t count) const;
  // True when the image has memory of its own there, in one section.
  bool in_section(uint64_t rva, uint64_t count) const;
  // A zero-terminated name of printable characters.
  Result<std::string> text(uint64_t rva, std::string_view what) const;
  // The RVA behind an absolute address of the load config: 0 stays 0; nothing when it lies outside.
  Result<uint32_t> rva_of(uint64_t address, std::string_view what) const;

  template <class T>
  static T read(const uint8_t* p) {
    T value;
    std::memcpy(&value, p, sizeof value);
    return value;
  }

  std::span<const uint8_t> bytes_;
  PeFile file_;
  Directory directories_[kDirectoryCount];
};

}  // namespace portside::loader
