#include "loader/image.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/address.h"
#include "base/random.h"
#include "loader/missing_import.h"

extern "C" void portside_guard_dispatch();
extern "C" void portside_guard_check();

namespace portside::loader {
namespace {

// Windows places images at multiples of 64 KiB.
constexpr uint64_t kImageAlignment = 0x10000;
// What lies before and behind an image: a wild access past its end meets nothing else.
constexpr uint64_t kGuardBytes = 0x10000;

int protection_of(const PeSection& section) {
  return (section.readable() ? PROT_READ : 0) | (section.writable() ? PROT_READ | PROT_WRITE : 0) |
         (section.executable() ? PROT_READ | PROT_EXEC : 0);
}

}  // namespace

Result<std::vector<uint8_t>> read_image_file(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error))
    return fail(StatusCode::kInvalidImageFormat, fmt::format("{} is no file that could hold an image.", path.string()));
  const auto bytes = std::filesystem::file_size(path, error);
  if (error)
    return fail(StatusCode::kObjectNameNotFound, fmt::format("{} cannot be read: {}.", path.string(), error.message()));
  if (bytes > 2 * uint64_t{PeFile::kLargestImageBytes})
    return fail(StatusCode::kInvalidImageFormat,
                fmt::format("{} has {} bytes: no driver is so large.", path.string(), bytes));
  std::vector<uint8_t> content(bytes);
  std::ifstream stream(path, std::ios::binary);
  if (!stream.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(bytes)))
    return fail(StatusCode::kAccessDenied, fmt::format("{} cannot be read.", path.string()));
  return content;
}

Result<std::unique_ptr<Image>> Image::load(const std::filesystem::path& path, ImportResolver& resolver,
                                           const ImageOptions& options) {
  TRY_ASSIGN(const std::vector<uint8_t> bytes, read_image_file(path));
  std::error_code error;
  std::filesystem::path full = std::filesystem::absolute(path, error);
  return load(bytes, path.filename().string(), error ? path : full, resolver, options);
}

Result<std::unique_ptr<Image>> Image::load(std::span<const uint8_t> bytes, std::string name, ImportResolver& resolver,
                                           const ImageOptions& options) {
  return load(bytes, std::move(name), {}, resolver, options);
}

Result<std::unique_ptr<Image>> Image::load(std::span<const uint8_t> bytes, std::string name, std::filesystem::path path,
                                           ImportResolver& resolver, const ImageOptions& options) {
  auto parsed = PeFile::parse(bytes);
  if (!parsed) return fail(parsed.error().code(), fmt::format("{}: {}", name, parsed.error().sentence()));
  const PeFile& file = *parsed;

  std::unique_ptr<Image> image(new Image());
  image->name_ = std::move(name);
  image->path_ = std::move(path);
  image->image_bytes_ = file.image_bytes();
  image->header_bytes_ = file.header_bytes();
  image->entry_rva_ = file.entry_rva();
  image->time_stamp_ = file.time_stamp();
  image->functions_rva_ = file.functions_rva();
  image->sections_ = file.sections();
  image->exports_ = file.exports();
  image->functions_ = file.functions();
  image->debug_id_ = file.debug_id();
  TRY(image->map(file));
  TRY(image->seed_cookie(file, options.seed));
  TRY(image->bind_guard(file, options));
  TRY(image->bind(file, resolver, options));
  image->copy_pageable_code();
  TRY(image->protect());
  return image;
}

Image::~Image() {
  if (reservation_) munmap(reinterpret_cast<void*>(reservation_), reservation_bytes_);
}

Result<> Image::map(const PeFile& file) {
  reservation_bytes_ = uint64_t{image_bytes_} + 2 * kGuardBytes + kImageAlignment;
  const bool must_stay = !file.relocatable();
  void* memory = MAP_FAILED;
  if (must_stay) {
    // Without relocations there is one place for it. Guards would only make it harder to get.
    reservation_bytes_ = image_bytes_;
    memory = mmap(reinterpret_cast<void*>(file.preferred_base()), reservation_bytes_, PROT_NONE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (memory == MAP_FAILED)
      return fail(StatusCode::kConflictingAddresses,
                  fmt::format("{} has no relocations and its base 0x{:x} cannot be had: {}.", name_,
                              file.preferred_base(), strerror(errno)));
    base_ = reservation_ = reinterpret_cast<uint64_t>(memory);
  } else {
    memory = mmap(nullptr, reservation_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
      return fail(StatusCode::kNoMemory, fmt::format("{} needs {} bytes: {}.", name_, image_bytes_, strerror(errno)));
    reservation_ = reinterpret_cast<uint64_t>(memory);
    base_ = (reservation_ + kGuardBytes + kImageAlignment - 1) & ~(kImageAlignment - 1);
  }

  pages_.assign(image_bytes_ / kPageBytes, PROT_NONE);
  auto open = [&](uint32_t rva, uint64_t bytes) {
    return mprotect(reinterpret_cast<void*>(base_ + rva), round_up_to_page(bytes), PROT_READ | PROT_WRITE) == 0;
  };
  bool opened = open(0, header_bytes_);
  for (const PeSection& section : sections_) opened = opened && open(section.rva, section.virtual_bytes);
  if (!opened)
    return fail(StatusCode::kNoMemory, fmt::format("{} cannot be given memory: {}.", name_, strerror(errno)));

  std::memcpy(reinterpret_cast<void*>(base_), file.bytes().data(), header_bytes_);
  for (const PeSection& section : sections_)
    if (section.file_bytes)
      std::memcpy(reinterpret_cast<void*>(base_ + section.rva), file.bytes().data() + section.file_offset,
                  section.file_bytes);

  const uint64_t delta = base_ - file.preferred_base();
  for (uint32_t rva : file.relocations()) {
    auto* place = reinterpret_cast<void*>(base_ + rva);
    uint64_t value;
    std::memcpy(&value, place, 8);
    value += delta;
    std::memcpy(place, &value, 8);
  }

  for (const PeSection& section : sections_) {
    const ImageRange range{section.name, base_ + section.rva, base_ + section.end_rva()};
    if (section.pageable()) pageable_.push_back(range);
    if (section.discardable()) discardable_.push_back(range);
  }
  return {};
}

Result<> Image::seed_cookie(const PeFile& file, uint64_t seed) {
  const uint32_t rva = file.load_config().security_cookie_rva;
  if (!rva) return {};
  // The start-up code of MSVC's drivers fast-fails when it finds 0 or the default, and the check itself when the upper
  // 16 bits are not 0.
  constexpr uint64_t kDefault = 0x00002B992DDFA232;
  Random random(seed ^ 0xC00C1E);
  do { security_cookie_ = random.next() >> 16; } while (security_cookie_ == 0 || security_cookie_ == kDefault);
  std::memcpy(reinterpret_cast<void*>(base_ + rva), &security_cookie_, 8);
  // MSVC keeps the complement in the next word; DriverEntry's start-up writes it itself.
  return {};
}

Result<> Image::bind_guard(const PeFile& file, const ImageOptions& options) {
  const PeLoadConfig& config = file.load_config();
  if (config.guard_function_table_rva) {
    guard_targets_.reserve(config.guard_function_count);
    for (uint32_t i = 0; i < config.guard_function_count; ++i) {
      uint32_t rva;
      std::memcpy(
          &rva,
          reinterpret_cast<void*>(base_ + config.guard_function_table_rva + uint64_t{i} * config.guard_function_stride),
          4);
      guard_targets_.push_back(rva);
    }
    std::sort(guard_targets_.begin(), guard_targets_.end());
  }
  if (!options.check_indirect_calls) return {};
  auto point = [&](uint32_t rva, void (*target)()) {
    if (rva) std::memcpy(reinterpret_cast<void*>(base_ + rva), &target, 8);
  };
  point(config.guard_dispatch_pointer_rva, &portside_guard_dispatch);
  point(config.guard_check_pointer_rva, &portside_guard_check);
  return {};
}

Result<> Image::bind(const PeFile& file, ImportResolver& resolver, const ImageOptions& options) {
  TRY_ASSIGN(thunks_, ThunkBlock::create(file.imports().size()));
  imports_.reserve(file.imports().size());  // thunks hold addresses of the rows
  for (const PeImport& import : file.imports()) {
    const ImportName name{import.dll, import.name, import.ordinal};
    ImportRecord& record = imports_.emplace_back();
    record.hooks = options.hooks;
    record.dll = import.dll;
    record.slot_rva = import.iat_rva;
    record.name = import.name.empty() ? fmt::format("#{}", import.ordinal) : import.name;
    const Result<ResolvedImport> resolved = resolver.resolve(name);
    void* bound = nullptr;
    if (resolved) {
      record.target = resolved->address;
      record.is_data = resolved->is_data;
      bound = resolved->is_data || resolved->direct ? resolved->address : thunks_->add(record);
    } else {
      record.missing = true;
      record.target = missing_import_address();
      bound = thunks_->add(record);
    }
    std::memcpy(reinterpret_cast<void*>(base_ + import.iat_rva), &bound, 8);
  }
  if (const std::vector<std::string> missing = missing_imports(); !missing.empty() && !options.allow_missing_imports)
    return fail(StatusCode::kDriverEntrypointNotFound,
                fmt::format("{} imports {} function{} that Portside does not have: {}.", name_, missing.size(),
                            missing.size() == 1 ? "" : "s", fmt::join(missing, ", ")));
  return thunks_->seal();
}

std::vector<std::string> Image::missing_imports() const {
  std::vector<std::string> missing;
  for (const ImportRecord& record : imports_)
    if (record.missing) missing.push_back(record.dll + "!" + record.name);
  return missing;
}

void Image::copy_pageable_code() {
  for (const PeSection& section : sections_) {
    if (!section.pageable() || !section.executable() || section.discardable()) continue;
    const auto* code = reinterpret_cast<const uint8_t*>(base_ + section.rva);
    pageable_code_.push_back({section.rva, std::vector<uint8_t>(code, code + section.virtual_bytes)});
  }
}

Result<> Image::protect() {
  auto set = [&](uint32_t rva, uint64_t bytes, int protection) {
    std::fill_n(pages_.begin() + rva / kPageBytes, pages_for(bytes), static_cast<uint8_t>(protection));
    return mprotect(reinterpret_cast<void*>(base_ + rva), round_up_to_page(bytes), protection) == 0;
  };
  bool done = set(0, header_bytes_, PROT_READ);
  for (const PeSection& section : sections_)
    done = done && set(section.rva, section.virtual_bytes, protection_of(section));
  if (!done) return fail(StatusCode::kNoMemory, fmt::format("{} cannot be protected: {}.", name_, strerror(errno)));
  return {};
}

void Image::discard_init() {
  if (init_discarded_) return;
  init_discarded_ = true;
  for (const ImageRange& range : discardable_) {
    const uint64_t bytes = round_up_to_page(range.end - range.begin);
    std::fill_n(pages_.begin() + (range.begin - base_) / kPageBytes, bytes / kPageBytes, uint8_t{PROT_NONE});
    // Contents go too: nothing can come back.
    mmap(reinterpret_cast<void*>(range.begin), bytes, PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  }
}

void* Image::find_export(std::string_view name) const {
  for (const PeExport& row : exports_)
    if (row.name == name && row.rva) return reinterpret_cast<void*>(base_ + row.rva);
  return nullptr;
}

void* Image::find_export(uint16_t ordinal) const {
  for (const PeExport& row : exports_)
    if (row.ordinal == ordinal && row.rva) return reinterpret_cast<void*>(base_ + row.rva);
  return nullptr;
}

const PeSection* Image::section_at(uint64_t address) const {
  if (!contains(address)) return nullptr;
  const auto rva = static_cast<uint32_t>(address - base_);
  for (const PeSection& section : sections_)
    if (rva >= section.rva && rva - section.rva < section.virtual_bytes) return &section;
  return nullptr;
}

const PeRuntimeFunction* Image::find_function(uint64_t address) const {
  if (!contains(address)) return nullptr;
  const auto rva = static_cast<uint32_t>(address - base_);
  auto after = std::upper_bound(functions_.begin(), functions_.end(), rva,
                                [](uint32_t value, const PeRuntimeFunction& row) { return value < row.begin; });
  if (after == functions_.begin()) return nullptr;
  const PeRuntimeFunction& row = *std::prev(after);
  return rva < row.end ? &row : nullptr;
}

const PeRuntimeFunction* Image::function_in_image(const PeRuntimeFunction* function) const {
  if (!function) return nullptr;
  return reinterpret_cast<const PeRuntimeFunction*>(base_ + functions_rva_) + (function - functions_.data());
}

const uint8_t* Image::bytes_at(uint32_t rva, uint32_t count) const {
  if (count == 0 || uint64_t{rva} + count > image_bytes_) return nullptr;
  for (uint64_t page = rva / kPageBytes; page <= (rva + count - 1) / kPageBytes; ++page)
    if (!(pages_[page] & PROT_READ)) return nullptr;
  return reinterpret_cast<const uint8_t*>(base_ + rva);
}

const uint8_t* Image::code_at(uint32_t rva, uint32_t count) const {
  for (const CodeCopy& copy : pageable_code_)
    if (rva >= copy.rva && rva - copy.rva < copy.bytes.size())
      return count <= copy.bytes.size() - (rva - copy.rva) ? &copy.bytes[rva - copy.rva] : nullptr;
  return bytes_at(rva, count);
}

bool Image::is_code(uint64_t address) const {
  return contains(address) && (pages_[(address - base_) / kPageBytes] & PROT_EXEC);
}

bool Image::is_valid_call_target(uint64_t address) const {
  if (!contains(address)) return false;
  if (!guard_targets_.empty())
    return std::binary_search(guard_targets_.begin(), guard_targets_.end(), static_cast<uint32_t>(address - base_));
  return is_code(address);
}

}  // namespace portside::loader
