#pragma once
// The C runtime's string functions for narrow and wide text alike. Kernel drivers import them from ntoskrnl.exe; on the
// host they have names of their own, portside_crt_..., and glibc keeps its.

#include <cstddef>
#include <cstdint>

#include "kernel/unicode.h"

// Part of every function that a driver calls.
#define PORTSIDE_CRT extern "C" __attribute__((ms_abi))

namespace portside::exports::crt {

inline constexpr int kEinval = 22;  // errno values of Microsoft's C runtime
inline constexpr int kErange = 34;
inline constexpr size_t kTruncate = ~size_t{0};  // _TRUNCATE

inline char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c; }
inline char16_t fold(char16_t c) { return kernel::downcase(c); }
inline unsigned value(char c) { return static_cast<unsigned char>(c); }
inline unsigned value(char16_t c) { return c; }

template <class C>
size_t length(const C* text, size_t limit = ~size_t{0}) {
  size_t n = 0;
  while (n < limit && text[n]) ++n;
  return n;
}

template <class C>
int compare(const C* a, const C* b, size_t limit, bool ignore_case) {
  for (size_t i = 0; i < limit; ++i) {
    const unsigned x = value(ignore_case ? fold(a[i]) : a[i]);
    const unsigned y = value(ignore_case ? fold(b[i]) : b[i]);
    if (x != y) return x < y ? -1 : 1;
    if (!x) break;
  }
  return 0;
}

template <class C>
C* copy(C* to, const C* from) {
  size_t i = 0;
  do to[i] = from[i];
  while (from[i++]);
  return to;
}

template <class C>
C* copy_padded(C* to, const C* from, size_t count) {  // strncpy
  size_t i = 0;
  for (; i < count && from[i]; ++i) to[i] = from[i];
  for (; i < count; ++i) to[i] = 0;
  return to;
}

// strcpy_s, strncpy_s, strcat_s, strncat_s: what does not fit leaves an empty string and ERANGE.
template <class C>
int copy_checked(C* to, size_t room, size_t at, const C* from, size_t count) {
  if (!to || room == 0) return kEinval;
  if (!from) {
    to[0] = 0;
    return count == 0 ? 0 : kEinval;
  }
  if (at >= room) {  // not terminated
    to[0] = 0;
    return kEinval;
  }
  for (size_t i = 0;; ++i) {
    if (i == count || !from[i]) return to[at + i] = 0, 0;
    if (at + i + 1 >= room) {
      if (count == kTruncate) {
        to[room - 1] = 0;
        return 80;  // STRUNCATE
      }
      to[0] = 0;
      return kErange;
    }
    to[at + i] = from[i];
  }
}

template <class C>
C* find(const C* text, C wanted, bool last) {
  const C* found = nullptr;
  for (;; ++text) {
    if (*text == wanted) {
      found = text;
      if (!last) break;
    }
    if (!*text) break;
  }
  return const_cast<C*>(found);
}

template <class C>
C* find_text(const C* text, const C* wanted) {
  const size_t n = length(wanted);
  for (;; ++text) {
    if (compare(text, wanted, n, false) == 0) return const_cast<C*>(text);
    if (!*text) return nullptr;
  }
}

// How many leading characters are (or are not) in the set.
template <class C>
size_t span(const C* text, const C* set, bool in_set) {
  size_t n = 0;
  while (text[n] && (find(set, text[n], false) != nullptr) == in_set) ++n;
  return n;
}

template <class C>
C* token(C* text, const C* delimiters, C** context) {  // strtok_s
  C* start = text ? text : *context;
  if (!start) return nullptr;
  start += span(start, delimiters, true);
  if (!*start) {
    *context = start;
    return nullptr;
  }
  C* end = start + span(start, delimiters, false);
  *context = *end ? end + 1 : end;
  *end = 0;
  return start;
}

// strtoul and its kin. `base` 0 reads 0x and 0 prefixes.
template <class C>
uint64_t parse(const C* text, C** end, int base, bool is_signed, unsigned bits) {
  const C* p = text;
  while (*p == ' ' || (*p >= 9 && *p <= 13)) ++p;
  const bool negative = *p == '-';
  if (*p == '-' || *p == '+') ++p;
  const auto digit = [](C c) -> unsigned {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'z' ? c - 'a' + 10
           : c >= 'A' && c <= 'Z' ? c - 'A' + 10
                                  : 99;
  };
  if ((base == 0 || base == 16) && p[0] == '0' && (p[1] == 'x' || p[1] == 'X') && digit(p[2]) < 16) {
    base = 16;
    p += 2;
  } else if (base == 0) {
    base = p[0] == '0' ? 8 : 10;
  }
  const uint64_t unsigned_limit = bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
  const uint64_t limit = is_signed ? (unsigned_limit >> 1) + negative : unsigned_limit;
  uint64_t number = 0;
  bool any = false, overflow = false;
  for (; digit(*p) < static_cast<unsigned>(base); ++p) {
    const unsigned __int128 next = static_cast<unsigned __int128>(number) * base + digit(*p);
    any = true;
    if (next > limit) overflow = true;
    if (!overflow) number = static_cast<uint64_t>(next);
  }
  if (end) *end = const_cast<C*>(any ? p : text);
  if (overflow) number = limit;
  return negative && !(overflow && !is_signed) ? 0 - number : number;
}

template <class C>
C* print_number(uint64_t number, bool negative, C* to, int base) {  // _itoa and its kin
  C digits[64];
  int count = 0;
  do digits[count++] = static_cast<C>("0123456789abcdefghijklmnopqrstuvwxyz"[number % base]);
  while (number /= base);
  C* out = to;
  if (negative) *out++ = '-';
  while (count) *out++ = digits[--count];
  *out = 0;
  return to;
}

}  // namespace portside::exports::crt
