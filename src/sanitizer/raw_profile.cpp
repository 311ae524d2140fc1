#include "sanitizer/raw_profile.h"

#include <fmt/format.h>

#include <cstring>

#include "loader/image.h"

namespace portside::sanitizer {
namespace {

// llvm/ProfileData/InstrProfData.inc of LLVM 19.
constexpr uint64_t kMagic = 0xFF6C70726F667281;  // "\xFFlprofr\x81"
constexpr uint64_t kVersion = 10;
constexpr uint64_t kRecordBytes = 64;
constexpr uint64_t kValueKindLast = 2;

const loader::PeSection* section(const loader::Image& image, std::string_view name) {
  for (const loader::PeSection& s : image.sections())
    if (s.name == name) return &s;
  return nullptr;
}

// Places in the header, in words.
constexpr size_t kRecordsAt = 3, kCountersAt = 5, kHeaderWords = 16;

uint64_t word(const std::vector<uint8_t>& bytes, size_t at) {
  uint64_t value = 0;
  if (at + 8 <= bytes.size()) std::memcpy(&value, bytes.data() + at, 8);
  return value;
}

}  // namespace

bool has_profile(const loader::Image& image) { return section(image, ".lprfd") && section(image, ".lprfc"); }

Result<std::vector<uint8_t>> raw_profile(const loader::Image& image) {
  if (!has_profile(image))
    return fail(StatusCode::kNotFound, fmt::format("{} was not built with COVERAGE: it has no counters", image.name()));
  const loader::PeSection& data = *section(image, ".lprfd");
  const loader::PeSection& counters = *section(image, ".lprfc");
  const loader::PeSection* names = section(image, ".lprfn");
  const uint8_t* data_bytes = image.bytes_at(data.rva, data.virtual_bytes);
  const uint8_t* counter_bytes = image.bytes_at(counters.rva, counters.virtual_bytes);
  const uint8_t* name_bytes = names ? image.bytes_at(names->rva, names->virtual_bytes) : nullptr;
  if (!data_bytes || !counter_bytes || !name_bytes || data.virtual_bytes % kRecordBytes != 0)
    return fail(StatusCode::kInvalidImageFormat,
                fmt::format("{}: its coverage records are not those of clang 19", image.name()));

  const uint64_t counter_count = counters.virtual_bytes / 8;
  const uint64_t header[] = {kMagic, kVersion,
                             0,  // no build ids
                             data.virtual_bytes / kRecordBytes, 0, counter_count, 0,
                             0,  // no bitmaps
                             0, names->virtual_bytes - 1,
                             // The distances in the records have 32 bits: COFF knows no wider relocation of that kind.
                             static_cast<uint32_t>(counters.rva - data.rva), 0, image.base() + names->rva + 1,
                             0,  // no vtables
                             0, kValueKindLast};
  static_assert(std::size(header) == kHeaderWords);
  std::vector<uint8_t> out;
  const auto append = [&](const void* bytes, size_t count) {
    const auto* first = static_cast<const uint8_t*>(bytes);
    out.insert(out.end(), first, first + count);
  };
  append(header, sizeof header);
  append(data_bytes, data.virtual_bytes);
  append(counter_bytes, counter_count * 8);
  append(name_bytes + 1, names->virtual_bytes - 1);  // cmake/driver_coverage.c says why
  out.resize((out.size() + 7) / 8 * 8);
  return out;
}

void add_raw_profile(std::vector<uint8_t>& sum, const std::vector<uint8_t>& profile) {
  const size_t first = kHeaderWords * 8 + word(sum, kRecordsAt * 8) * kRecordBytes,
               end = first + word(sum, kCountersAt * 8) * 8;
  if (profile.size() != sum.size() || end > sum.size() || word(profile, kRecordsAt * 8) != word(sum, kRecordsAt * 8) ||
      word(profile, kCountersAt * 8) != word(sum, kCountersAt * 8))
    return;
  for (size_t at = first; at < end; at += 8) {
    const uint64_t value = word(sum, at) + word(profile, at);
    std::memcpy(sum.data() + at, &value, 8);
  }
}

}  // namespace portside::sanitizer
