// The directories that name code and data: imports, functions with unwind information, debug identity, load config.

#include <algorithm>

#include "loader/pe_parser.h"

namespace portside::loader {
namespace {

constexpr size_t kMostImports = 65536;

}  // namespace

Result<> PeParser::parse_imports() {
  const Directory directory = directories_[kImport];
  if (directory.empty()) return {};
  constexpr uint32_t kDescriptorBytes = 20;
  for (uint64_t i = 0;; ++i) {
    const uint64_t rva = directory.rva + i * kDescriptorBytes;
    const uint8_t* row = at(rva, kDescriptorBytes);
    if (!row) return refuse("The import directory at 0x{:x} lies outside the file's bytes or has no end.", rva);
    const auto lookup = read<uint32_t>(row);
    const auto name = read<uint32_t>(row + 12);
    const auto iat = read<uint32_t>(row + 16);
    if (name == 0 || iat == 0) return {};
    TRY_ASSIGN(std::string dll, text(name, fmt::format("import directory entry {}", i)));
    TRY(parse_lookup_table(dll, lookup ? lookup : iat, iat, false));
  }
}

Result<> PeParser::parse_delay_imports() {
  const Directory directory = directories_[kDelayImport];
  if (directory.empty()) return {};
  constexpr uint32_t kDescriptorBytes = 32;
  for (uint64_t i = 0;; ++i) {
    const uint64_t rva = directory.rva + i * kDescriptorBytes;
    const uint8_t* row = at(rva, kDescriptorBytes);
    if (!row) return refuse("The delay import directory at 0x{:x} lies outside the file's bytes or has no end.", rva);
    const auto attributes = read<uint32_t>(row);
    const auto name = read<uint32_t>(row + 4);
    const auto iat = read<uint32_t>(row + 12);
    const auto names = read<uint32_t>(row + 16);
    if (name == 0) return {};
    if (!(attributes & 1)) return refuse("Delay import directory entry {} uses addresses of a linker before x64.", i);
    if (iat == 0 || names == 0) return refuse("Delay import directory entry {} has no tables.", i);
    TRY_ASSIGN(std::string dll, text(name, fmt::format("delay import directory entry {}", i)));
    TRY(parse_lookup_table(dll, names, iat, true));
  }
}

Result<> PeParser::parse_lookup_table(const std::string& dll, uint32_t lookup_rva, uint32_t iat_rva, bool delayed) {
  if (iat_rva % 8 != 0) return refuse("The import address table of {} at 0x{:x} is not aligned to 8.", dll, iat_rva);
  for (uint64_t i = 0;; ++i) {
    const uint8_t* row = at(lookup_rva + i * 8, 8);
    if (!row) return refuse("The import lookup table of {} lies outside the file's bytes or has no end.", dll);
    const auto value = read<uint64_t>(row);
    if (value == 0) return {};
    if (file_.imports_.size() == kMostImports) return refuse("The image imports more than {} functions.", kMostImports);
    const uint64_t slot = iat_rva + i * 8;
    if (!in_section(slot, 8))
      return refuse("The import address table of {} reaches outside the image's sections at 0x{:x}.", dll, slot);
    PeImport import{.dll = dll, .iat_rva = static_cast<uint32_t>(slot), .delayed = delayed};
    if (value >> 63) {
      if (value & 0x7FFFFFFFFFFF0000) return refuse("Import {} of {} has an impossible ordinal 0x{:x}.", i, dll, value);
      import.ordinal = static_cast<uint16_t>(value);
    } else {
      const uint8_t* hint = value <= UINT32_MAX ? at(value, 2) : nullptr;
      if (!hint) return refuse("The name of import {} of {} at 0x{:x} lies outside the file's bytes.", i, dll, value);
      import.ordinal = read<uint16_t>(hint);
      TRY_ASSIGN(import.name, text(value + 2, fmt::format("import {} of {}", i, dll)));
    }
    file_.imports_.push_back(std::move(import));
  }
}

Result<> PeParser::parse_functions() {
  const Directory directory = directories_[kException];
  if (directory.empty()) return {};
  constexpr uint32_t kRowBytes = sizeof(PeRuntimeFunction);
  if (directory.rva % 4 != 0) return refuse("The exception directory at 0x{:x} is not aligned to 4.", directory.rva);
  if (directory.bytes % kRowBytes != 0)
    return refuse("The exception directory's {} bytes are no multiple of its rows' {}.", directory.bytes, kRowBytes);
  const uint8_t* rows = at(directory.rva, directory.bytes);
  if (!rows) return refuse("The exception directory at 0x{:x} lies outside the file's bytes.", directory.rva);
  file_.functions_rva_ = directory.rva;
  file_.functions_.resize(directory.bytes / kRowBytes);
  std::memcpy(file_.functions_.data(), rows, directory.bytes);

  uint32_t previous_end = 0;
  for (const PeRuntimeFunction& row : file_.functions_) {
    if (row.begin >= row.end || row.end > file_.image_bytes_)
      return refuse("The exception directory names a function from 0x{:x} to 0x{:x}.", row.begin, row.end);
    if (row.begin < previous_end)
      return refuse("The exception directory is not sorted: the function at 0x{:x} follows one that ends at 0x{:x}.",
                    row.begin, previous_end);
    previous_end = row.end;
    const bool indirect = row.unwind_info & 1;
    if ((row.unwind_info & 3) > 1)
      return refuse("The unwind information of the function at 0x{:x} is not aligned to 4.", row.begin);
    const uint8_t* info = at(row.unwind_info & ~3u, indirect ? kRowBytes : 4);
    if (!info)
      return refuse("The unwind information of the function at 0x{:x} lies outside the file's bytes.", row.begin);
    if (indirect) continue;
    const unsigned version = info[0] & 7;
    const unsigned flags = info[0] >> 3;
    if (version != 1 && version != 2)
      return refuse("The unwind information of the function at 0x{:x} is of version {}; 1 and 2 are known.", row.begin,
                    version);
    const uint32_t code_bytes = ((info[2] + 1u) & ~1u) * 2;
    const uint32_t trailer = flags & 4 ? kRowBytes : flags & 3 ? 4 : 0;
    if (!at(row.unwind_info, uint64_t{4} + code_bytes + trailer))
      return refuse("The unwind information of the function at 0x{:x} lies outside the file's bytes.", row.begin);
  }
  return {};
}

Result<> PeParser::parse_debug() {
  const Directory directory = directories_[kDebug];
  if (directory.empty()) return {};
  constexpr uint32_t kRowBytes = 28, kCodeView = 2, kRsds = 0x53445352;
  for (uint32_t offset = 0; offset + kRowBytes <= directory.bytes; offset += kRowBytes) {
    const uint8_t* row = at(uint64_t{directory.rva} + offset, kRowBytes);
    if (!row) return refuse("The debug directory at 0x{:x} lies outside the file's bytes.", directory.rva);
    if (read<uint32_t>(row + 12) != kCodeView) continue;
    const auto bytes = read<uint32_t>(row + 16);
    const auto file_offset = read<uint32_t>(row + 24);
    // Symbols are a comfort: a CodeView record of another shape is left alone.
    constexpr uint32_t kHeadBytes = 24;
    if (bytes < kHeadBytes + 1) continue;
    const uint8_t* record = at_offset(file_offset, bytes);
    if (!record) return refuse("The debug record at 0x{:x} of the file lies outside it.", file_offset);
    if (read<uint32_t>(record) != kRsds) continue;
    PeDebugId id;
    std::copy_n(record + 4, 16, id.guid.begin());
    id.age = read<uint32_t>(record + 20);
    for (uint32_t i = kHeadBytes; i < bytes && record[i] && i < kHeadBytes + 1024; ++i)
      id.pdb_name.push_back(static_cast<char>(record[i]));
    file_.debug_id_ = std::move(id);
    return {};
  }
  return {};
}

Result<uint32_t> PeParser::rva_of(uint64_t address, std::string_view what) const {
  if (address == 0) return 0u;
  const uint64_t rva = address - file_.preferred_base_;
  if (address < file_.preferred_base_ || !in_section(rva, 8))
    return refuse("The load config's {} at 0x{:x} lies outside the image's sections.", what, address);
  if (rva % 8 != 0) return refuse("The load config's {} at 0x{:x} is not aligned to 8.", what, address);
  return static_cast<uint32_t>(rva);
}

Result<> PeParser::parse_load_config() {
  const Directory directory = directories_[kLoadConfig];
  if (directory.empty()) return {};
  const uint8_t* size = at(directory.rva, 4);
  if (!size) return refuse("The load config at 0x{:x} lies outside the file's bytes.", directory.rva);
  // The record's own size counts: the directory's has been a constant in older linkers.
  const uint32_t bytes = read<uint32_t>(size);
  const uint8_t* config = at(directory.rva, bytes);
  if (!config)
    return refuse("The load config at 0x{:x} claims {} bytes, more than the file has.", directory.rva, bytes);
  PeLoadConfig& out = file_.load_config_;
  auto word = [&](uint32_t offset) { return bytes >= offset + 8 ? read<uint64_t>(config + offset) : 0; };
  TRY_ASSIGN(out.security_cookie_rva, rva_of(word(0x58), "security cookie"));
  TRY_ASSIGN(out.guard_check_pointer_rva, rva_of(word(0x70), "guard check pointer"));
  TRY_ASSIGN(out.guard_dispatch_pointer_rva, rva_of(word(0x78), "guard dispatch pointer"));
  out.guard_flags = bytes >= 0x94 ? read<uint32_t>(config + 0x90) : 0;
  out.guard_function_stride = 4 + (out.guard_flags >> 28);
  const uint64_t table = word(0x80), count = word(0x88);
  if (table == 0 || count == 0) return {};
  const uint64_t table_rva = table - file_.preferred_base_;
  if (count > file_.image_bytes_ || table < file_.preferred_base_ || !at(table_rva, count * out.guard_function_stride))
    return refuse("The load config's table of {} guarded functions at 0x{:x} lies outside the file's bytes.", count,
                  table);
  out.guard_function_table_rva = static_cast<uint32_t>(table_rva);
  out.guard_function_count = static_cast<uint32_t>(count);
  return {};
}

}  // namespace portside::loader
