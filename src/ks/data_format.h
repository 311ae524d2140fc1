#pragma once
// DataFormat: a KSDATAFORMAT copied from a client, with its attributes, in one 8-byte-aligned block as a miniport gets it.

#include <ks.h>
#include <ksmedia.h>
#include <wdm.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"

namespace portside::ks {

// What a WAVEFORMATEX or WAVEFORMATEXTENSIBLE says.
struct WaveFormat {
  uint16_t tag = 0;
  uint16_t channels = 0;
  uint32_t rate = 0;
  uint32_t average_bytes = 0;
  uint16_t frame_bytes = 0;  // nBlockAlign
  uint16_t bits = 0;
  uint16_t valid_bits = 0;  // equals bits for a WAVEFORMATEX
  uint32_t channel_mask = 0;
};

// The KSATTRIBUTEs behind a format or a range, not owned.
using Attributes = std::vector<const KSATTRIBUTE*>;

class DataFormat {
 public:
  // `bytes` begin with a KSDATAFORMAT; FormatSize and, with KSDATAFORMAT_ATTRIBUTES, the list of KSATTRIBUTEs must lie
  // inside. STATUS_INVALID_BUFFER_SIZE, or STATUS_INVALID_PARAMETER for a list that contradicts itself.
  static Result<DataFormat> parse(std::span<const std::byte> bytes);

  const KSDATAFORMAT& header() const { return *reinterpret_cast<const KSDATAFORMAT*>(block_.data()); }
  KSDATAFORMAT* pointer() { return reinterpret_cast<KSDATAFORMAT*>(block_.data()); }
  // The format alone, and the format with its attribute list.
  std::span<const std::byte> format_bytes() const { return bytes().first(header().FormatSize); }
  std::span<const std::byte> bytes() const { return {reinterpret_cast<const std::byte*>(block_.data()), used_}; }
  Attributes attributes() const;
  std::optional<WaveFormat> wave() const;

 private:
  std::vector<uint64_t> block_;
  size_t used_ = 0;
};

// The wave format at the specifier's place of a format, if it is KSDATAFORMAT_SPECIFIER_WAVEFORMATEX or _DSOUND.
std::optional<WaveFormat> wave_format_of(std::span<const std::byte> format);

// Walks a KSMULTIPLE_ITEM of KSATTRIBUTEs at the head of `bytes`; every attribute must lie inside.
Result<Attributes> walk_attributes(std::span<const std::byte> bytes);

constexpr size_t align_quad(size_t bytes) { return (bytes + 7) & ~size_t{7}; }

}  // namespace portside::ks
