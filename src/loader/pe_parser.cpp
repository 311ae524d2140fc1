#include "loader/pe_parser.h"

#include <algorithm>

#include "base/address.h"

namespace portside::loader {
namespace {

constexpr uint32_t kDosHeaderBytes = 64;
constexpr uint32_t kFileHeaderBytes = 20;
constexpr uint32_t kOptionalHeaderBytes = 112;  // PE32+, before the data directories
constexpr uint32_t kSectionHeaderBytes = 40;
constexpr uint32_t kMostSections = 96;  // Windows' own limit
constexpr uint16_t kMachineX64 = 0x8664;
constexpr uint16_t kMagicPe32Plus = 0x20B;

const char* machine_name(uint16_t machine) {
  switch (machine) {
    case 0x014C: return "32-bit x86";
    case 0x01C0:
    case 0x01C2:
    case 0x01C4: return "32-bit ARM";
    case 0x0200: return "Itanium";
    case 0x0EBC: return "EFI byte code";
    case 0x5032:
    case 0x5064: return "RISC-V";
    case 0x6264: return "LoongArch";
    case 0xA641: return "ARM64EC";
    case 0xA64E: return "ARM64X";
    case 0xAA64: return "ARM64";
    default: return nullptr;
  }
}

const char* subsystem_name(uint16_t subsystem) {
  switch (subsystem) {
    case 2: return "a Windows desktop program or DLL";
    case 3: return "a Windows console program";
    case 9: return "a Windows CE program";
    case 10:
    case 11:
    case 12:
    case 13: return "an EFI program or driver";
    case 16: return "a boot application";
    default: return "of another subsystem";
  }
}

bool is_power_of_two(uint32_t value) { return value && (value & (value - 1)) == 0; }

}  // namespace

const uint8_t* PeParser::at_offset(uint64_t offset, uint64_t count) const {
  return count <= bytes_.size() && offset <= bytes_.size() - count ? bytes_.data() + offset : nullptr;
}

Result<PeFile> PeParser::parse() {
  TRY(parse_headers());
  TRY(check_entry());
  TRY(parse_relocations());
  TRY(parse_imports());
  TRY(parse_delay_imports());
  TRY(parse_exports());
  TRY(parse_functions());
  TRY(parse_debug());
  TRY(parse_load_config());
  return std::move(file_);
}

Result<> PeParser::parse_headers() {
  const uint8_t* dos = at_offset(0, kDosHeaderBytes);
  if (!dos) return refuse("The file is not an image: it has {} bytes, fewer than a DOS header.", bytes_.size());
  if (read<uint16_t>(dos) != 0x5A4D) return refuse("The file is not an image: it does not begin with \"MZ\".");
  const uint64_t pe_offset = read<uint32_t>(dos + 0x3C);
  if (pe_offset % 4 != 0) return refuse("The PE header's offset 0x{:x} is not a multiple of 4.", pe_offset);
  const uint8_t* pe = at_offset(pe_offset, 4 + kFileHeaderBytes);
  if (!pe) return refuse("The file is truncated: its PE header should be at 0x{:x}.", pe_offset);
  if (read<uint32_t>(pe) != 0x00004550) return refuse("The file has no PE signature: it is no Windows image.");

  const uint8_t* header = pe + 4;
  const auto machine = read<uint16_t>(header);
  if (machine != kMachineX64) {
    if (const char* name = machine_name(machine))
      return refuse("The image is for {}, and Portside runs x64 drivers.", name);
    return refuse("The image is for an unknown machine (0x{:04x}), and Portside runs x64 drivers.", machine);
  }
  const auto section_count = read<uint16_t>(header + 2);
  file_.time_stamp_ = read<uint32_t>(header + 4);
  const auto optional_bytes = read<uint16_t>(header + 16);
  const auto characteristics = read<uint16_t>(header + 18);
  if (!(characteristics & 0x0002)) return refuse("The image is not marked executable: its link failed.");
  file_.relocatable_ = !(characteristics & 0x0001);

  const uint64_t optional_offset = pe_offset + 4 + kFileHeaderBytes;
  TRY(parse_optional_header(optional_offset, optional_bytes));
  return parse_sections(optional_offset + optional_bytes, section_count);
}

Result<> PeParser::parse_optional_header(uint64_t offset, uint32_t bytes) {
  const uint8_t* header = at_offset(offset, bytes);
  if (!header) return refuse("The file is truncated: it ends in its optional header.");
  if (bytes < 2) return refuse("The image has no optional header.");
  if (const auto magic = read<uint16_t>(header); magic != kMagicPe32Plus)
    return refuse("The image's optional header is {} (0x{:x}), not PE32+.",
                  magic == 0x10B ? "PE32" : "of an unknown kind", magic);
  if (bytes < kOptionalHeaderBytes)
    return refuse("The optional header has {} bytes; PE32+ needs {}.", bytes, kOptionalHeaderBytes);

  file_.entry_rva_ = read<uint32_t>(header + 16);
  file_.preferred_base_ = read<uint64_t>(header + 24);
  const auto section_alignment = read<uint32_t>(header + 32);
  const auto file_alignment = read<uint32_t>(header + 36);
  file_.image_bytes_ = read<uint32_t>(header + 56);
  file_.header_bytes_ = read<uint32_t>(header + 60);
  const auto subsystem = read<uint16_t>(header + 68);
  const auto directory_count = read<uint32_t>(header + 108);

  if (subsystem != 1)
    return refuse("The image is {} (subsystem {}), not a kernel driver (subsystem 1).", subsystem_name(subsystem),
                  subsystem);
  if (file_.preferred_base_ % 0x10000 != 0)
    return refuse("The image's base 0x{:x} is not a multiple of 64 KiB.", file_.preferred_base_);
  if (!is_power_of_two(section_alignment) || section_alignment < kPageBytes)
    return refuse("The image's section alignment 0x{:x} is not a power of two of at least a page.", section_alignment);
  if (!is_power_of_two(file_alignment) || file_alignment < 512 || file_alignment > section_alignment)
    return refuse("The image's file alignment 0x{:x} is not a power of two from 512 to the section alignment.",
                  file_alignment);
  if (file_.image_bytes_ == 0 || file_.image_bytes_ > PeFile::kLargestImageBytes)
    return refuse("The image claims {} bytes of memory; at most {} are accepted.", file_.image_bytes_,
                  PeFile::kLargestImageBytes);
  file_.image_bytes_ = static_cast<uint32_t>(round_up_to_page(file_.image_bytes_));
  if (file_.header_bytes_ > file_.image_bytes_)
    return refuse("The headers' size 0x{:x} exceeds the image's.", file_.header_bytes_);
  if (file_.header_bytes_ > bytes_.size()) return refuse("The file is truncated: it is shorter than its headers.");
  if (directory_count > (bytes - kOptionalHeaderBytes) / 8)
    return refuse("The image claims {} data directories, more than its optional header holds.", directory_count);

  for (uint32_t i = 0; i < std::min<uint32_t>(directory_count, kDirectoryCount); ++i) {
    const uint8_t* entry = header + kOptionalHeaderBytes + i * 8;
    directories_[i] = {read<uint32_t>(entry), read<uint32_t>(entry + 4)};
    constexpr uint32_t kSecurity = 4;  // a file offset: the signature, which nothing here reads
    if (i == kSecurity || directories_[i].empty()) continue;
    if (uint64_t{directories_[i].rva} + directories_[i].bytes > file_.image_bytes_)
      return refuse("Data directory {} (0x{:x}, 0x{:x} bytes) reaches outside the image.", i, directories_[i].rva,
                    directories_[i].bytes);
  }
  if (!directories_[kComDescriptor].empty()) return refuse("The image is a .NET assembly, not a driver.");
  if (!directories_[kTls].empty())
    return refuse("The image uses thread-local storage, which Windows does not give to drivers.");
  return {};
}

Result<> PeParser::parse_sections(uint64_t offset, uint32_t count) {
  if (count == 0) return refuse("The image has no sections.");
  if (count > kMostSections)
    return refuse("The image has {} sections; Windows loads at most {}.", count, kMostSections);
  const uint8_t* table = at_offset(offset, uint64_t{count} * kSectionHeaderBytes);
  if (!table) return refuse("The file is truncated: it ends in its section table.");
  if (offset + uint64_t{count} * kSectionHeaderBytes > file_.header_bytes_)
    return refuse("The section table reaches past the headers' size 0x{:x}.", file_.header_bytes_);

  uint64_t next_rva = round_up_to_page(file_.header_bytes_);
  for (uint32_t i = 0; i < count; ++i) {
    const uint8_t* row = table + i * kSectionHeaderBytes;
    PeSection section;
    for (unsigned c = 0; c < 8 && row[c]; ++c) {
      if (row[c] < 0x20 || row[c] > 0x7E) return refuse("Section {}'s name is not text.", i);
      section.name.push_back(static_cast<char>(row[c]));
    }
    section.virtual_bytes = read<uint32_t>(row + 8);
    section.rva = read<uint32_t>(row + 12);
    section.file_bytes = read<uint32_t>(row + 16);
    section.file_offset = read<uint32_t>(row + 20);
    section.characteristics = read<uint32_t>(row + 36);
    if (section.virtual_bytes == 0) section.virtual_bytes = section.file_bytes;
    if (section.virtual_bytes == 0) continue;  // nothing of it is ever in memory

    if (section.rva % kPageBytes != 0)
      return refuse("Section {} begins at 0x{:x}, which is not a page boundary.", section.name, section.rva);
    if (section.rva < next_rva)
      return refuse("Section {} at 0x{:x} overlaps what lies before it, up to 0x{:x}.", section.name, section.rva,
                    next_rva);
    const uint64_t end = uint64_t{section.rva} + round_up_to_page(section.virtual_bytes);
    if (end > file_.image_bytes_)
      return refuse("Section {} ends at 0x{:x}, outside the image of 0x{:x} bytes.", section.name, end,
                    file_.image_bytes_);
    next_rva = end;
    if (section.file_bytes) {
      if (section.file_offset % 512 != 0)
        return refuse("Section {}'s bytes begin at 0x{:x} of the file, which is not a multiple of 512.", section.name,
                      section.file_offset);
      const uint32_t used = std::min<uint64_t>(section.file_bytes, end - section.rva);
      if (!at_offset(section.file_offset, used))
        return refuse("The file is truncated: section {} needs bytes 0x{:x} to 0x{:x} of it.", section.name,
                      section.file_offset, uint64_t{section.file_offset} + used);
      section.file_bytes = used;
    }
    file_.sections_.push_back(std::move(section));
  }
  if (file_.sections_.empty()) return refuse("None of the image's sections has any bytes.");
  return {};
}

Result<> PeParser::check_entry() {
  if (file_.entry_rva_ == 0) return {};
  const PeSection* section = file_.section_at(file_.entry_rva_);
  if (!section || !section->executable())
    return refuse("The entry point 0x{:x} does not lie in executable bytes.", file_.entry_rva_);
  return {};
}

std::span<const uint8_t> PeParser::from(uint64_t rva) const {
  if (rva < file_.header_bytes_) return bytes_.subspan(rva, file_.header_bytes_ - rva);
  for (const PeSection& section : file_.sections_) {
    if (rva < section.rva || rva - section.rva >= section.file_bytes) continue;
    const uint64_t into = rva - section.rva;
    return bytes_.subspan(section.file_offset + into, section.file_bytes - into);
  }
  return {};
}

const uint8_t* PeParser::at(uint64_t rva, uint64_t count) const {
  const std::span<const uint8_t> bytes = from(rva);
  return !bytes.empty() && count <= bytes.size() ? bytes.data() : nullptr;
}

bool PeParser::in_section(uint64_t rva, uint64_t count) const {
  if (rva > UINT32_MAX) return false;
  const PeSection* section = file_.section_at(static_cast<uint32_t>(rva));
  return section && count <= section->virtual_bytes && rva - section->rva <= section->virtual_bytes - count;
}

Result<std::string> PeParser::text(uint64_t rva, std::string_view what) const {
  constexpr size_t kLongest = 512;
  const std::span<const uint8_t> bytes = from(rva);
  if (bytes.empty()) return refuse("The name of {} at 0x{:x} lies outside the file's bytes.", what, rva);
  const auto* begin = reinterpret_cast<const char*>(bytes.data());
  const size_t length = strnlen(begin, std::min(bytes.size(), kLongest + 1));
  if (length > kLongest) return refuse("The name of {} at 0x{:x} is longer than {} characters.", what, rva, kLongest);
  if (length == bytes.size()) return refuse("The name of {} at 0x{:x} lies outside the file's bytes.", what, rva);
  if (length == 0) return refuse("The name of {} at 0x{:x} is empty.", what, rva);
  if (!std::all_of(begin, begin + length, [](char c) { return c >= 0x20 && c <= 0x7E; }))
    return refuse("The name of {} at 0x{:x} is not text.", what, rva);
  return std::string(begin, length);
}

Result<> PeParser::parse_relocations() {
  const Directory directory = directories_[kBaseRelocation];
  if (directory.empty()) return {};
  constexpr uint32_t kAbsolute = 0, kDir64 = 10;
  uint32_t offset = 0;
  while (directory.bytes - offset >= 8) {
    const uint8_t* head = at(uint64_t{directory.rva} + offset, 8);
    if (!head) return refuse("The relocations at 0x{:x} lie outside the file's bytes.", directory.rva + offset);
    const auto page = read<uint32_t>(head);
    const auto bytes = read<uint32_t>(head + 4);
    if (page == 0 && bytes == 0) break;  // padding to the directory's end
    if (page % kPageBytes != 0) return refuse("A relocation block names 0x{:x}, which is no page.", page);
    if (bytes < 8 || bytes % 2 != 0 || bytes > directory.bytes - offset)
      return refuse("The relocation block for page 0x{:x} has an impossible size of {} bytes.", page, bytes);
    const uint8_t* entries = at(uint64_t{directory.rva} + offset + 8, bytes - 8);
    if (!entries) return refuse("The relocation block for page 0x{:x} lies outside the file's bytes.", page);
    for (uint32_t i = 0; i < (bytes - 8) / 2; ++i) {
      const auto entry = read<uint16_t>(entries + i * 2);
      const uint32_t type = entry >> 12;
      if (type == kAbsolute) continue;
      if (type != kDir64)
        return refuse("The relocation at 0x{:x} is of type {}; an x64 image has types 0 and 10 only.",
                      page + (entry & 0xFFF), type);
      const uint64_t rva = uint64_t{page} + (entry & 0xFFF);
      if (!in_section(rva, 8)) return refuse("The relocation at 0x{:x} lies outside the image's sections.", rva);
      file_.relocations_.push_back(static_cast<uint32_t>(rva));
    }
    offset += bytes;
  }
  return {};
}

Result<> PeParser::parse_exports() {
  const Directory directory = directories_[kExport];
  if (directory.empty()) return {};
  const uint8_t* head = at(directory.rva, 40);
  if (!head) return refuse("The export directory at 0x{:x} lies outside the file's bytes.", directory.rva);
  const auto ordinal_base = read<uint32_t>(head + 16);
  const auto function_count = read<uint32_t>(head + 20);
  const auto name_count = read<uint32_t>(head + 24);
  if (function_count > 0x10000 || name_count > 0x10000 || ordinal_base > 0xFFFF)
    return refuse("The export directory claims {} functions and {} names from ordinal {}; there are 65536 ordinals.",
                  function_count, name_count, ordinal_base);
  const uint8_t* functions = at(read<uint32_t>(head + 28), uint64_t{function_count} * 4);
  const uint8_t* names = at(read<uint32_t>(head + 32), uint64_t{name_count} * 4);
  const uint8_t* ordinals = at(read<uint32_t>(head + 36), uint64_t{name_count} * 2);
  if (function_count && !functions) return refuse("The export address table lies outside the file's bytes.");
  if (name_count && (!names || !ordinals)) return refuse("The export name tables lie outside the file's bytes.");

  file_.exports_.reserve(function_count);
  for (uint32_t i = 0; i < function_count; ++i) {
    const auto rva = read<uint32_t>(functions + i * 4);
    PeExport row{.ordinal = static_cast<uint16_t>(ordinal_base + i), .rva = rva};
    if (rva >= directory.rva && rva - directory.rva < directory.bytes) {
      TRY_ASSIGN(row.forwarder, text(rva, fmt::format("export {}'s forwarder", row.ordinal)));
      if (row.forwarder.find('.') == std::string::npos)
        return refuse("Export {} forwards to \"{}\", which names no image.", row.ordinal, row.forwarder);
      row.rva = 0;
    } else if (rva != 0 && !in_section(rva, 1)) {
      return refuse("Export {} at 0x{:x} lies outside the image's sections.", row.ordinal, rva);
    }
    file_.exports_.push_back(std::move(row));
  }
  for (uint32_t i = 0; i < name_count; ++i) {
    const auto index = read<uint16_t>(ordinals + i * 2);
    if (index >= function_count)
      return refuse("Export name {} belongs to function {} of {}.", i, index, function_count);
    TRY_ASSIGN(std::string name, text(read<uint32_t>(names + i * 4), fmt::format("export {}", i)));
    PeExport& row = file_.exports_[index];
    if (row.name.empty()) {
      row.name = std::move(name);
    } else {  // a second name of the same function
      PeExport alias = row;
      alias.name = std::move(name);
      file_.exports_.push_back(std::move(alias));
    }
  }
  std::erase_if(file_.exports_, [](const PeExport& row) { return row.rva == 0 && row.forwarder.empty(); });
  return {};
}

}  // namespace portside::loader
