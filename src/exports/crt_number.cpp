// Characters, numbers, sorting and mathematics of the C runtime.

#include <cmath>
#include <cstring>

#include "base/machine_context.h"
#include "exports/crt_text.h"
#include "exports/export_table.h"
#include "kernel/services.h"

namespace crt = portside::exports::crt;

PORTSIDE_CRT int portside_crt_toupper(int c) { return c >= 'a' && c <= 'z' ? c - 0x20 : c; }
PORTSIDE_CRT int portside_crt_tolower(int c) { return c >= 'A' && c <= 'Z' ? c + 0x20 : c; }
PORTSIDE_CRT int portside_crt_isdigit(int c) { return c >= '0' && c <= '9'; }
PORTSIDE_CRT int portside_crt_isupper(int c) { return c >= 'A' && c <= 'Z'; }
PORTSIDE_CRT int portside_crt_islower(int c) { return c >= 'a' && c <= 'z'; }
PORTSIDE_CRT int portside_crt_isalpha(int c) { return portside_crt_isupper(c) || portside_crt_islower(c); }
PORTSIDE_CRT int portside_crt_isalnum(int c) { return portside_crt_isalpha(c) || portside_crt_isdigit(c); }
PORTSIDE_CRT int portside_crt_isspace(int c) { return c == ' ' || (c >= 9 && c <= 13); }
PORTSIDE_CRT int portside_crt_isprint(int c) { return c >= 0x20 && c < 0x7F; }
PORTSIDE_CRT int portside_crt_isxdigit(int c) {
  return portside_crt_isdigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

PORTSIDE_CRT int portside_crt_atoi(const char* s) {
  return static_cast<int>(crt::parse<char>(s, nullptr, 10, true, 32));
}
PORTSIDE_CRT int64_t portside_crt_atoi64(const char* s) {
  return static_cast<int64_t>(crt::parse<char>(s, nullptr, 10, true, 64));
}
PORTSIDE_CRT int portside_crt_wtoi(const char16_t* s) {
  return static_cast<int>(crt::parse<char16_t>(s, nullptr, 10, true, 32));
}
PORTSIDE_CRT int32_t portside_crt_strtol(const char* s, char** end, int base) {
  return static_cast<int32_t>(crt::parse(s, end, base, true, 32));
}
PORTSIDE_CRT uint32_t portside_crt_strtoul(const char* s, char** end, int base) {
  return static_cast<uint32_t>(crt::parse(s, end, base, false, 32));
}
PORTSIDE_CRT int32_t portside_crt_wcstol(const char16_t* s, char16_t** end, int base) {
  return static_cast<int32_t>(crt::parse(s, end, base, true, 32));
}
PORTSIDE_CRT uint32_t portside_crt_wcstoul(const char16_t* s, char16_t** end, int base) {
  return static_cast<uint32_t>(crt::parse(s, end, base, false, 32));
}
// Only base ten has a sign.
PORTSIDE_CRT char* portside_crt_itoa(int n, char* to, int base) {
  const bool negative = base == 10 && n < 0;
  return crt::print_number<char>(negative ? 0 - static_cast<uint64_t>(n) : static_cast<uint32_t>(n), negative, to,
                                 base);
}
PORTSIDE_CRT char16_t* portside_crt_itow(int n, char16_t* to, int base) {
  const bool negative = base == 10 && n < 0;
  return crt::print_number<char16_t>(negative ? 0 - static_cast<uint64_t>(n) : static_cast<uint32_t>(n), negative, to,
                                     base);
}

using Comparison = int(__attribute__((ms_abi)) *)(const void*, const void*);
// Heap sort: no memory, no bad case; not stable, as qsort is not.
PORTSIDE_CRT void portside_crt_qsort(void* base, size_t count, size_t bytes, Comparison compare) {
  auto* array = static_cast<char*>(base);
  const auto at = [&](size_t i) { return array + i * bytes; };
  const auto exchange = [&](size_t i, size_t j) {
    for (size_t k = 0; k < bytes; ++k) std::swap(at(i)[k], at(j)[k]);
  };
  const auto sift = [&](size_t root, size_t end) {
    for (size_t child; (child = 2 * root + 1) < end; root = child) {
      if (child + 1 < end && compare(at(child), at(child + 1)) < 0) ++child;
      if (compare(at(root), at(child)) >= 0) return;
      exchange(root, child);
    }
  };
  for (size_t i = count / 2; i-- > 0;) sift(i, count);
  for (size_t end = count; end > 1;) {
    exchange(0, --end);
    sift(0, end);
  }
}
PORTSIDE_CRT void* portside_crt_bsearch(const void* key, const void* base, size_t count, size_t bytes,
                                        Comparison compare) {
  const auto* array = static_cast<const char*>(base);
  size_t low = 0, high = count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const int order = compare(key, array + middle * bytes);
    if (order == 0) return const_cast<char*>(array + middle * bytes);
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return nullptr;
}

// Microsoft's generator is a linear congruence of 15 bits; one a machine, so that a seed repeats a run.
PORTSIDE_CRT void portside_crt_srand(unsigned seed) {
  portside::current<portside::kernel::Services>().crt_random().store(seed);
}
PORTSIDE_CRT int portside_crt_rand() {
  auto& state = portside::current<portside::kernel::Services>().crt_random();
  const uint32_t next = state.load() * 214013u + 2531011u;
  state.store(next);
  return static_cast<int>(next >> 16 & 0x7FFF);
}

PORTSIDE_CRT int portside_crt_abs(int n) { return n < 0 ? static_cast<int>(0u - static_cast<unsigned>(n)) : n; }

// clang-format off: a table of names
#define ONE(name) \
  PORTSIDE_CRT double portside_crt_##name(double x) { return std::name(x); } \
  PORTSIDE_CRT float portside_crt_##name##f(float x) { return std::name(x); }
ONE(sin) ONE(cos) ONE(tan) ONE(asin) ONE(acos) ONE(atan) ONE(sinh) ONE(cosh) ONE(tanh) ONE(sqrt) ONE(exp) ONE(log) ONE(log10)
ONE(log2) ONE(exp2) ONE(floor) ONE(ceil) ONE(fabs) ONE(round) ONE(trunc) ONE(cbrt)
#undef ONE
#define TWO(name) \
  PORTSIDE_CRT double portside_crt_##name(double x, double y) { return std::name(x, y); } \
  PORTSIDE_CRT float portside_crt_##name##f(float x, float y) { return std::name(x, y); }
TWO(pow) TWO(atan2) TWO(fmod)
#undef TWO
PORTSIDE_CRT double portside_crt_ldexp(double x, int n) { return std::ldexp(x, n); }
PORTSIDE_CRT double portside_crt_frexp(double x, int* n) { return std::frexp(x, n); }
PORTSIDE_CRT double portside_crt_modf(double x, double* whole) { return std::modf(x, whole); }
// clang-format on

namespace portside::exports {
namespace {
#define ROW(name) EXPORT_AS(NtosKrnl, #name, portside_crt_##name)
#define BOTH(name) ROW(name), ROW(name##f)
const Export kCrtNumberRows[] = {
    ROW(toupper),
    ROW(tolower),
    ROW(isdigit),
    ROW(isupper),
    ROW(islower),
    ROW(isalpha),
    ROW(isalnum),
    ROW(isspace),
    ROW(isprint),
    ROW(isxdigit),
    ROW(atoi),
    EXPORT_AS(NtosKrnl, "atol", portside_crt_atoi),
    EXPORT_AS(NtosKrnl, "_atoi64", portside_crt_atoi64),
    EXPORT_AS(NtosKrnl, "_wtoi", portside_crt_wtoi),
    EXPORT_AS(NtosKrnl, "_wtol", portside_crt_wtoi),
    ROW(strtol),
    ROW(strtoul),
    ROW(wcstol),
    ROW(wcstoul),
    EXPORT_AS(NtosKrnl, "_itoa", portside_crt_itoa),
    EXPORT_AS(NtosKrnl, "_itow", portside_crt_itow),
    ROW(qsort),
    ROW(bsearch),
    ROW(srand),
    ROW(rand),
    ROW(abs),
    EXPORT_AS(NtosKrnl, "labs", portside_crt_abs),
    BOTH(sin),
    BOTH(cos),
    BOTH(tan),
    BOTH(asin),
    BOTH(acos),
    BOTH(atan),
    BOTH(sinh),
    BOTH(cosh),
    BOTH(tanh),
    BOTH(sqrt),
    BOTH(exp),
    BOTH(log),
    BOTH(log10),
    BOTH(log2),
    BOTH(exp2),
    BOTH(floor),
    BOTH(ceil),
    BOTH(fabs),
    BOTH(round),
    BOTH(trunc),
    BOTH(cbrt),
    BOTH(pow),
    BOTH(atan2),
    BOTH(fmod),
    ROW(ldexp),
    ROW(frexp),
    ROW(modf),
};
#undef BOTH
#undef ROW
}  // namespace
const ExportSet kCrtNumberExports{kCrtNumberRows};
}  // namespace portside::exports
