#pragma once
// Image: a driver in memory, relocated, bound and protected as its sections say.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "loader/import_resolver.h"
#include "loader/pe_file.h"
#include "loader/thunks.h"

namespace portside::loader {

class LoaderHooks;

struct ImageOptions {
  // A missing import does not stop the load: the first call of it stops the driver, with its name and stack.
  bool allow_missing_imports = false;
  // Every indirect call of the driver is checked against the image's own table of valid targets.
  bool check_indirect_calls = false;
  // Chooses the security cookie; the same seed gives the same one.
  uint64_t seed = 1;
  LoaderHooks* hooks = nullptr;
};

// A part of an image that Windows treats in its own way.
struct ImageRange {
  std::string section;
  uint64_t begin = 0;
  uint64_t end = 0;
  bool contains(uint64_t address) const { return address >= begin && address < end; }
};

// The bytes of an image file. Anything that no driver could be (a directory, a device, hundreds of megabytes) is refused.
Result<std::vector<uint8_t>> read_image_file(const std::filesystem::path& path);

class Image {
 public:
  // `name` is what reports call it ("cable.sys"). Nothing is mapped when it fails.
  static Result<std::unique_ptr<Image>> load(std::span<const uint8_t> bytes, std::string name, ImportResolver& resolver,
                                             const ImageOptions& options = {});
  static Result<std::unique_ptr<Image>> load(const std::filesystem::path& path, ImportResolver& resolver,
                                             const ImageOptions& options = {});
  ~Image();
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;

  const std::string& name() const { return name_; }
  const std::filesystem::path& path() const { return path_; }  // empty when it came from bytes
  uint64_t base() const { return base_; }
  uint64_t end() const { return base_ + image_bytes_; }
  uint32_t image_bytes() const { return image_bytes_; }
  bool contains(uint64_t address) const { return address - base_ < image_bytes_; }
  uint32_t time_stamp() const { return time_stamp_; }
  const std::optional<PeDebugId>& debug_id() const { return debug_id_; }

  // DriverEntry's address; 0 when the image has no entry point.
  uint64_t entry_point() const { return entry_rva_ ? base_ + entry_rva_ : 0; }
  template <class Function>
  Function* entry() const {
    return reinterpret_cast<Function*>(entry_point());
  }
  // An exported function or datum, or null. Forwarders are not followed.
  void* find_export(std::string_view name) const;
  void* find_export(uint16_t ordinal) const;

  const std::vector<PeSection>& sections() const { return sections_; }
  const PeSection* section_at(uint64_t address) const;
  // PAGE*: may not be touched at DISPATCH_LEVEL or above, when the driver has made it pageable.
  const std::vector<ImageRange>& pageable_ranges() const { return pageable_; }
  // INIT and discardable sections: gone after DriverEntry.
  const std::vector<ImageRange>& discardable_ranges() const { return discardable_; }
  // After DriverEntry: a touch of a discarded section faults from now on. On the load config's and imports' data
  // nothing depends any more.
  void discard_init();
  bool init_discarded() const { return init_discarded_; }

  const std::vector<ImportRecord>& imports() const { return imports_; }
  std::vector<std::string> missing_imports() const;

  // The entry of .pdata whose function holds the address; null for a leaf function.
  const PeRuntimeFunction* find_function(uint64_t address) const;
  // `count` bytes of the image at an RVA, or null when they are not inside it or not readable any more.
  const uint8_t* bytes_at(uint32_t rva, uint32_t count) const;
  // The same for who reads code and does not run it: a walk of the stack reads pageable code at any IRQL, where the code
  // itself may be inaccessible.
  const uint8_t* code_at(uint32_t rva, uint32_t count) const;
  // True when the address lies in executable bytes.
  bool is_code(uint64_t address) const;
  // The same entry where the image itself holds it: RtlLookupFunctionEntry hands that out.
  const PeRuntimeFunction* function_in_image(const PeRuntimeFunction* function) const;
  // A target that a checked indirect call may have.
  bool is_valid_call_target(uint64_t address) const;

  uint64_t security_cookie() const { return security_cookie_; }

 private:
  Image() = default;
  static Result<std::unique_ptr<Image>> load(std::span<const uint8_t> bytes, std::string name,
                                             std::filesystem::path path, ImportResolver& resolver,
                                             const ImageOptions& options);
  Result<> map(const PeFile& file);
  Result<> bind(const PeFile& file, ImportResolver& resolver, const ImageOptions& options);
  Result<> seed_cookie(const PeFile& file, uint64_t seed);
  Result<> bind_guard(const PeFile& file, const ImageOptions& options);
  void copy_pageable_code();
  Result<> protect();

  struct CodeCopy {
    uint32_t rva;
    std::vector<uint8_t> bytes;
  };

  std::string name_;
  std::filesystem::path path_;
  uint64_t base_ = 0;
  uint32_t image_bytes_ = 0;
  uint32_t header_bytes_ = 0;
  uint32_t entry_rva_ = 0;
  uint32_t time_stamp_ = 0;
  uint32_t functions_rva_ = 0;
  bool init_discarded_ = false;
  uint64_t reservation_ = 0;  // the image and a guard before and behind it
  uint64_t reservation_bytes_ = 0;
  std::vector<uint8_t> pages_;  // PROT_* of each page
  uint64_t security_cookie_ = 0;
  std::vector<PeSection> sections_;
  std::vector<PeExport> exports_;
  std::vector<PeRuntimeFunction> functions_;
  std::vector<uint32_t> guard_targets_;  // sorted RVAs
  std::vector<ImageRange> pageable_;
  std::vector<ImageRange> discardable_;
  std::vector<CodeCopy> pageable_code_;
  std::vector<ImportRecord> imports_;
  std::unique_ptr<ThunkBlock> thunks_;
  std::optional<PeDebugId> debug_id_;
};

}  // namespace portside::loader
