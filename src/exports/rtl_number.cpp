// Numbers as strings, bit maps, byte swapping and memory of the run-time library.

#include <algorithm>
#include <bit>
#include <cstring>

#include "exports/api.h"
#include "exports/crt_text.h"

using namespace portside;
using namespace portside::exports;

namespace {

// Base 0 means ten (RtlIntegerToUnicodeString, Base).
bool is_base(ULONG base) { return base == 0 || base == 2 || base == 8 || base == 10 || base == 16; }

NTSTATUS to_string(uint64_t value, ULONG base, PUNICODE_STRING string) {
  if (!is_base(base)) return STATUS_INVALID_PARAMETER;
  WCHAR digits[65];
  size_t n = 0;
  const uint64_t divisor = base ? base : 10;
  do digits[n++] = u"0123456789ABCDEF"[value % divisor];
  while (value /= divisor);
  if (n * sizeof(WCHAR) > string->MaximumLength) return STATUS_BUFFER_OVERFLOW;
  string->Length = static_cast<USHORT>(n * sizeof(WCHAR));
  for (size_t i = 0; i < n; ++i) string->Buffer[i] = digits[n - 1 - i];
  if (string->Length + sizeof(WCHAR) <= string->MaximumLength) string->Buffer[n] = 0;
  return STATUS_SUCCESS;
}

// RtlUnicodeStringToInteger: blanks and a sign, then 0x, 0o or 0b when no base is given; stops at the first other
// character; no overflow is told.
template <class Char>
NTSTATUS from_string(std::basic_string_view<Char> text, ULONG base, PULONG value) {
  if (!is_base(base)) return STATUS_INVALID_PARAMETER;
  size_t at = 0;
  while (at < text.size() && text[at] <= ' ') ++at;
  bool negative = false;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
  if (base == 0) {
    base = 10;
    if (at + 1 < text.size() && text[at] == '0') {
      const auto prefix = text[at + 1];
      base = prefix == 'x' ? 16 : prefix == 'o' ? 8 : prefix == 'b' ? 2 : 10;
      if (base != 10) at += 2;
    }
  }
  ULONG number = 0;
  for (; at < text.size(); ++at) {
    const auto c = text[at];
    const ULONG digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : 99;
    if (digit >= base) break;
    number = number * base + digit;
  }
  *value = negative ? 0 - number : number;
  return STATUS_SUCCESS;
}

bool bit(PRTL_BITMAP map, ULONG index) { return map->Buffer[index / 32] >> (index % 32) & 1; }
void put_bit(PRTL_BITMAP map, ULONG index, bool set) {
  if (set) map->Buffer[index / 32] |= 1u << index % 32;
  else map->Buffer[index / 32] &= ~(1u << index % 32);
}
// A range beyond the map changes nothing.
void put_bits(PRTL_BITMAP map, ULONG from, ULONG count, bool set) {
  if (from >= map->SizeOfBitMap || count > map->SizeOfBitMap - from) return;
  for (ULONG i = from; i < from + count; ++i) put_bit(map, i, set);
}
bool are_bits(PRTL_BITMAP map, ULONG from, ULONG count, bool set) {
  if (count == 0 || from >= map->SizeOfBitMap || count > map->SizeOfBitMap - from) return false;
  for (ULONG i = from; i < from + count; ++i)
    if (bit(map, i) != set) return false;
  return true;
}
// From the hint on, then from the start (RtlFindClearBits, Remarks); 0xFFFFFFFF when there is no such run.
ULONG find_bits(PRTL_BITMAP map, ULONG count, ULONG hint, bool set) {
  if (hint >= map->SizeOfBitMap) hint = 0;
  if (count == 0) return hint & ~7u;
  const auto search = [&](ULONG from, ULONG to) -> ULONG {
    ULONG run = 0;
    for (ULONG i = from; i < to; ++i) {
      run = bit(map, i) == set ? run + 1 : 0;
      if (run == count) return i + 1 - count;
    }
    return ~0u;
  };
  const ULONG found = search(hint, map->SizeOfBitMap);
  if (found != ~0u || hint == 0) return found;
  return search(0, static_cast<ULONG>(std::min<uint64_t>(map->SizeOfBitMap, uint64_t{hint} + count - 1)));
}
ULONG count_set(PRTL_BITMAP map) {
  ULONG n = 0;
  for (ULONG i = 0; i < map->SizeOfBitMap; ++i) n += bit(map, i);
  return n;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String) {
  ApiScope scope("RtlIntegerToUnicodeString", kPassiveLevel, kPassiveLevel);
  return to_string(Value, Base, String);
}
NTSTATUS NTAPI RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String) {
  ApiScope scope("RtlInt64ToUnicodeString", kPassiveLevel, kPassiveLevel);
  return to_string(Value, Base, String);
}
NTSTATUS NTAPI RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value) {
  ApiScope scope("RtlUnicodeStringToInteger", kPassiveLevel, kPassiveLevel);
  return from_string(std::u16string_view(String->Buffer, String->Length / sizeof(WCHAR)), Base, Value);
}
NTSTATUS NTAPI RtlCharToInteger(PCSZ String, ULONG Base, PULONG Value) {
  ApiScope scope("RtlCharToInteger", kPassiveLevel, kPassiveLevel);
  return from_string(std::string_view(String), Base, Value);
}

// How many leading bytes are equal.
SIZE_T NTAPI RtlCompareMemory(const VOID* Source1, const VOID* Source2, SIZE_T Length) {
  const auto* a = static_cast<const UCHAR*>(Source1);
  const auto* b = static_cast<const UCHAR*>(Source2);
  SIZE_T n = 0;
  while (n < Length && a[n] == b[n]) ++n;
  return n;
}

VOID NTAPI RtlInitializeBitMap(PRTL_BITMAP BitMapHeader, PULONG BitMapBuffer, ULONG SizeOfBitMap) {
  ApiScope scope("RtlInitializeBitMap");
  BitMapHeader->SizeOfBitMap = SizeOfBitMap;
  BitMapHeader->Buffer = BitMapBuffer;
}
VOID NTAPI RtlClearAllBits(PRTL_BITMAP BitMapHeader) {
  ApiScope scope("RtlClearAllBits");
  std::memset(BitMapHeader->Buffer, 0, (BitMapHeader->SizeOfBitMap + 31) / 32 * sizeof(ULONG));
}
VOID NTAPI RtlSetAllBits(PRTL_BITMAP BitMapHeader) {
  ApiScope scope("RtlSetAllBits");
  std::memset(BitMapHeader->Buffer, 0xFF, (BitMapHeader->SizeOfBitMap + 31) / 32 * sizeof(ULONG));
}
VOID NTAPI RtlClearBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToClear) {
  ApiScope scope("RtlClearBits");
  put_bits(BitMapHeader, StartingIndex, NumberToClear, false);
}
VOID NTAPI RtlSetBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToSet) {
  ApiScope scope("RtlSetBits");
  put_bits(BitMapHeader, StartingIndex, NumberToSet, true);
}
VOID NTAPI RtlSetBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber) {
  ApiScope scope("RtlSetBit");
  put_bits(BitMapHeader, BitNumber, 1, true);
}
VOID NTAPI RtlClearBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber) {
  ApiScope scope("RtlClearBit");
  put_bits(BitMapHeader, BitNumber, 1, false);
}
BOOLEAN NTAPI RtlTestBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber) {
  ApiScope scope("RtlTestBit");
  return BitNumber < BitMapHeader->SizeOfBitMap && bit(BitMapHeader, BitNumber);
}
BOOLEAN NTAPI RtlAreBitsClear(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length) {
  ApiScope scope("RtlAreBitsClear");
  return are_bits(BitMapHeader, StartingIndex, Length, false);
}
BOOLEAN NTAPI RtlAreBitsSet(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length) {
  ApiScope scope("RtlAreBitsSet");
  return are_bits(BitMapHeader, StartingIndex, Length, true);
}
ULONG NTAPI RtlFindClearBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex) {
  ApiScope scope("RtlFindClearBits");
  return find_bits(BitMapHeader, NumberToFind, HintIndex, false);
}
ULONG NTAPI RtlFindSetBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex) {
  ApiScope scope("RtlFindSetBits");
  return find_bits(BitMapHeader, NumberToFind, HintIndex, true);
}
ULONG NTAPI RtlFindClearBitsAndSet(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex) {
  ApiScope scope("RtlFindClearBitsAndSet");
  const ULONG found = find_bits(BitMapHeader, NumberToFind, HintIndex, false);
  if (found != ~0u) put_bits(BitMapHeader, found, NumberToFind, true);
  return found;
}
ULONG NTAPI RtlFindSetBitsAndClear(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex) {
  ApiScope scope("RtlFindSetBitsAndClear");
  const ULONG found = find_bits(BitMapHeader, NumberToFind, HintIndex, true);
  if (found != ~0u) put_bits(BitMapHeader, found, NumberToFind, false);
  return found;
}
ULONG NTAPI RtlNumberOfSetBits(PRTL_BITMAP BitMapHeader) {
  ApiScope scope("RtlNumberOfSetBits");
  return count_set(BitMapHeader);
}
ULONG NTAPI RtlNumberOfClearBits(PRTL_BITMAP BitMapHeader) {
  ApiScope scope("RtlNumberOfClearBits");
  return BitMapHeader->SizeOfBitMap - count_set(BitMapHeader);
}

// RtlRandomEx: uniform in [0, MAXLONG-1]; the seed is the caller's, so that a driver's sequence repeats.
ULONG NTAPI RtlRandomEx(PULONG Seed) {
  ApiScope scope("RtlRandomEx", kPassiveLevel, kApcLevel);
  const uint64_t next = (uint64_t{*Seed} * 0x7FFFFFEDu + 0x7FFFFFC3u) % 0x7FFFFFFFu;
  *Seed = static_cast<ULONG>(next);
  return *Seed % 0x7FFFFFFEu;
}
ULONG NTAPI RtlRandom(PULONG Seed) { return RtlRandomEx(Seed); }
}  // extern "C"

// Names that the driver headers make macros of.
PORTSIDE_CRT void portside_rtl_copy_memory(void* to, const void* from, size_t bytes) { std::memmove(to, from, bytes); }
PORTSIDE_CRT void portside_rtl_zero_memory(void* to, size_t bytes) { std::memset(to, 0, bytes); }
PORTSIDE_CRT void portside_rtl_fill_memory(void* to, size_t bytes, UCHAR byte) { std::memset(to, byte, bytes); }
PORTSIDE_CRT uint16_t portside_rtl_ushort_byte_swap(uint16_t value) { return __builtin_bswap16(value); }
PORTSIDE_CRT uint32_t portside_rtl_ulong_byte_swap(uint32_t value) { return __builtin_bswap32(value); }
PORTSIDE_CRT uint64_t portside_rtl_ulonglong_byte_swap(uint64_t value) { return __builtin_bswap64(value); }
PORTSIDE_CRT void portside_rtl_prefetch(const void*, size_t) {}

namespace portside::exports {
namespace {
const Export kRtlNumberRows[] = {
    EXPORT(NtosKrnl, RtlIntegerToUnicodeString),
    EXPORT(NtosKrnl, RtlInt64ToUnicodeString),
    EXPORT(NtosKrnl, RtlUnicodeStringToInteger),
    EXPORT(NtosKrnl, RtlCharToInteger),
    EXPORT(NtosKrnl, RtlCompareMemory),
    EXPORT(NtosKrnl, RtlInitializeBitMap),
    EXPORT(NtosKrnl, RtlClearAllBits),
    EXPORT(NtosKrnl, RtlSetAllBits),
    EXPORT(NtosKrnl, RtlClearBits),
    EXPORT(NtosKrnl, RtlSetBits),
    EXPORT(NtosKrnl, RtlSetBit),
    EXPORT(NtosKrnl, RtlClearBit),
    EXPORT(NtosKrnl, RtlTestBit),
    EXPORT(NtosKrnl, RtlAreBitsClear),
    EXPORT(NtosKrnl, RtlAreBitsSet),
    EXPORT(NtosKrnl, RtlFindClearBits),
    EXPORT(NtosKrnl, RtlFindSetBits),
    EXPORT(NtosKrnl, RtlFindClearBitsAndSet),
    EXPORT(NtosKrnl, RtlFindSetBitsAndClear),
    EXPORT(NtosKrnl, RtlNumberOfSetBits),
    EXPORT(NtosKrnl, RtlNumberOfClearBits),
    EXPORT_PARTIAL(NtosKrnl, RtlRandomEx, "another sequence than Windows'"),
    EXPORT_PARTIAL(NtosKrnl, RtlRandom, "another sequence than Windows'"),
    EXPORT_AS(NtosKrnl, "RtlCopyMemory", portside_rtl_copy_memory),
    EXPORT_AS(NtosKrnl, "RtlMoveMemory", portside_rtl_copy_memory),
    EXPORT_AS(NtosKrnl, "RtlCopyMemoryNonTemporal", portside_rtl_copy_memory),
    EXPORT_AS(NtosKrnl, "RtlZeroMemory", portside_rtl_zero_memory),
    EXPORT_AS(NtosKrnl, "RtlFillMemory", portside_rtl_fill_memory),
    EXPORT_AS(NtosKrnl, "RtlUshortByteSwap", portside_rtl_ushort_byte_swap),
    EXPORT_AS(NtosKrnl, "RtlUlongByteSwap", portside_rtl_ulong_byte_swap),
    EXPORT_AS(NtosKrnl, "RtlUlonglongByteSwap", portside_rtl_ulonglong_byte_swap),
    EXPORT_AS(NtosKrnl, "RtlPrefetchMemoryNonTemporal", portside_rtl_prefetch),
};
}  // namespace
const ExportSet kRtlNumberExports{kRtlNumberRows};
}  // namespace portside::exports
