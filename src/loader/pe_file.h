#pragma once
// PeFile: a PE32+ x64 image file, parsed and checked. Every number in it is hostile until proven: parse() refuses with
// one sentence and maps nothing. "PE Format" (Microsoft Learn) names the fields.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace portside::loader {

struct PeSection {
  std::string name;
  uint32_t rva = 0;
  uint32_t virtual_bytes = 0;  // never 0
  uint32_t file_offset = 0;
  uint32_t file_bytes = 0;  // clipped to virtual_bytes, rounded up to a page
  uint32_t characteristics = 0;

  bool readable() const { return characteristics & 0x40000000; }
  bool writable() const { return characteristics & 0x80000000; }
  bool executable() const { return characteristics & 0x20000000; }
  bool discardable() const { return characteristics & 0x02000000 || name == "INIT"; }
  bool pageable() const { return name.starts_with("PAGE"); }
  uint32_t end_rva() const { return rva + virtual_bytes; }
};

struct PeImport {
  std::string dll;
  std::string name;      // empty: by ordinal
  uint16_t ordinal = 0;  // the hint when there is a name
  uint32_t iat_rva = 0;  // the 8 bytes to bind
  bool delayed = false;
};

struct PeExport {
  std::string name;  // empty: by ordinal alone
  uint16_t ordinal = 0;
  uint32_t rva = 0;
  std::string forwarder;  // "DLL.name" when it lives in another image
};

struct PeRuntimeFunction {
  uint32_t begin, end, unwind_info;
};

struct PeDebugId {
  std::string pdb_name;
  std::array<uint8_t, 16> guid{};
  uint32_t age = 0;
};

struct PeLoadConfig {
  uint32_t security_cookie_rva = 0;      // 0: none
  uint32_t guard_check_pointer_rva = 0;  // where __guard_check_icall_fptr is kept
  uint32_t guard_dispatch_pointer_rva = 0;
  uint32_t guard_flags = 0;
  uint32_t guard_function_table_rva = 0;
  uint32_t guard_function_count = 0;
  uint32_t guard_function_stride = 4;
};

class PeFile {
 public:
  // The largest image accepted. Real drivers are below 32 MiB.
  static constexpr uint32_t kLargestImageBytes = 256u << 20;

  // Checks everything that loading relies on. `bytes` must outlive the PeFile.
  static Result<PeFile> parse(std::span<const uint8_t> bytes);

  std::span<const uint8_t> bytes() const { return bytes_; }
  uint64_t preferred_base() const { return preferred_base_; }
  uint32_t image_bytes() const { return image_bytes_; }
  uint32_t header_bytes() const { return header_bytes_; }
  uint32_t entry_rva() const { return entry_rva_; }
  uint32_t time_stamp() const { return time_stamp_; }
  bool relocatable() const { return relocatable_; }
  const std::vector<PeSection>& sections() const { return sections_; }
  const std::vector<uint32_t>& relocations() const { return relocations_; }  // RVAs of DIR64 words
  const std::vector<PeImport>& imports() const { return imports_; }          // delayed ones too
  const std::vector<PeExport>& exports() const { return exports_; }
  const std::vector<PeRuntimeFunction>& functions() const { return functions_; }  // sorted
  uint32_t functions_rva() const { return functions_rva_; }
  const std::optional<PeDebugId>& debug_id() const { return debug_id_; }
  const PeLoadConfig& load_config() const { return load_config_; }

  const PeSection* section_at(uint32_t rva) const;

 private:
  friend class PeParser;
  std::span<const uint8_t> bytes_;
  uint64_t preferred_base_ = 0;
  uint32_t image_bytes_ = 0;
  uint32_t header_bytes_ = 0;
  uint32_t entry_rva_ = 0;
  uint32_t time_stamp_ = 0;
  uint32_t functions_rva_ = 0;
  bool relocatable_ = false;
  std::vector<PeSection> sections_;
  std::vector<uint32_t> relocations_;
  std::vector<PeImport> imports_;
  std::vector<PeExport> exports_;
  std::vector<PeRuntimeFunction> functions_;
  std::optional<PeDebugId> debug_id_;
  PeLoadConfig load_config_;
};

}  // namespace portside::loader
