#pragma once
// What the I/O exports share: the layer, and strings and lists that a driver frees.

#include <cstring>
#include <span>
#include <string>

#include "exports/api.h"
#include "io/io.h"

namespace portside::exports {

inline io::Io& io_layer() { return current<io::Io>(); }

// A pool block that the driver frees: what it does not free is its own leak.
inline void* give_pool(const char* api, uint64_t bytes, uint32_t tag) {
  auto block = services().pool().allocate(
      {.bytes = bytes, .tag = tag, .kind = kernel::PoolKind::kPaged, .owner = kernel::PoolOwner::kDriver, .api = api});
  return block ? *block : nullptr;
}

// A string whose buffer the driver frees with RtlFreeUnicodeString.
inline NTSTATUS give_string(const char* api, const std::u16string& text, PUNICODE_STRING out) {
  const uint64_t bytes = (text.size() + 1) * sizeof(char16_t);
  if (bytes > UINT16_MAX) return STATUS_NAME_TOO_LONG;
  void* buffer = give_pool(api, bytes, 'rtSI');
  if (!buffer) return STATUS_INSUFFICIENT_RESOURCES;
  std::memcpy(buffer, text.c_str(), bytes);
  out->Buffer = static_cast<PWCH>(buffer);
  out->Length = static_cast<USHORT>(bytes - sizeof(char16_t));
  out->MaximumLength = static_cast<USHORT>(bytes);
  return STATUS_SUCCESS;
}

// Copies a property's bytes out: STATUS_BUFFER_TOO_SMALL, with the size needed, when they do not fit.
inline NTSTATUS give_bytes(std::span<const std::byte> bytes, ULONG size, PVOID data, PULONG required) {
  if (required) *required = static_cast<ULONG>(bytes.size());
  if (bytes.size() > size || (!bytes.empty() && !data)) return STATUS_BUFFER_TOO_SMALL;
  if (!bytes.empty()) std::memcpy(data, bytes.data(), bytes.size());
  return STATUS_SUCCESS;
}

}  // namespace portside::exports
