// wcslen and the rest of the wide C runtime; a wide character has two bytes.

#include "base/code_page.h"
#include "exports/crt_text.h"
#include "exports/export_table.h"

namespace crt = portside::exports::crt;

PORTSIDE_CRT size_t portside_crt_wcslen(const char16_t* s) { return crt::length(s); }
PORTSIDE_CRT size_t portside_crt_wcsnlen(const char16_t* s, size_t limit) { return crt::length(s, limit); }
PORTSIDE_CRT int portside_crt_wcscmp(const char16_t* a, const char16_t* b) {
  return crt::compare(a, b, ~size_t{0}, false);
}
PORTSIDE_CRT int portside_crt_wcsncmp(const char16_t* a, const char16_t* b, size_t n) {
  return crt::compare(a, b, n, false);
}
PORTSIDE_CRT int portside_crt_wcsicmp(const char16_t* a, const char16_t* b) {
  return crt::compare(a, b, ~size_t{0}, true);
}
PORTSIDE_CRT int portside_crt_wcsnicmp(const char16_t* a, const char16_t* b, size_t n) {
  return crt::compare(a, b, n, true);
}
PORTSIDE_CRT char16_t* portside_crt_wcscpy(char16_t* to, const char16_t* from) { return crt::copy(to, from); }
PORTSIDE_CRT char16_t* portside_crt_wcsncpy(char16_t* to, const char16_t* from, size_t n) {
  return crt::copy_padded(to, from, n);
}
PORTSIDE_CRT char16_t* portside_crt_wcscat(char16_t* to, const char16_t* from) {
  return crt::copy(to + crt::length(to), from), to;
}
PORTSIDE_CRT char16_t* portside_crt_wcsncat(char16_t* to, const char16_t* from, size_t n) {
  char16_t* end = to + crt::length(to);
  const size_t count = crt::length(from, n);
  for (size_t i = 0; i < count; ++i) end[i] = from[i];
  end[count] = 0;
  return to;
}
PORTSIDE_CRT int portside_crt_wcscpy_s(char16_t* to, size_t room, const char16_t* from) {
  return crt::copy_checked(to, room, 0, from, crt::kTruncate - 1);
}
PORTSIDE_CRT int portside_crt_wcsncpy_s(char16_t* to, size_t room, const char16_t* from, size_t n) {
  return crt::copy_checked(to, room, 0, from, n);
}
PORTSIDE_CRT int portside_crt_wcscat_s(char16_t* to, size_t room, const char16_t* from) {
  return crt::copy_checked(to, room, to ? crt::length(to, room) : 0, from, crt::kTruncate - 1);
}
PORTSIDE_CRT int portside_crt_wcsncat_s(char16_t* to, size_t room, const char16_t* from, size_t n) {
  return crt::copy_checked(to, room, to ? crt::length(to, room) : 0, from, n);
}
PORTSIDE_CRT char16_t* portside_crt_wcschr(const char16_t* s, char16_t c) { return crt::find(s, c, false); }
PORTSIDE_CRT char16_t* portside_crt_wcsrchr(const char16_t* s, char16_t c) { return crt::find(s, c, true); }
PORTSIDE_CRT char16_t* portside_crt_wcsstr(const char16_t* s, const char16_t* wanted) {
  return crt::find_text(s, wanted);
}
PORTSIDE_CRT size_t portside_crt_wcsspn(const char16_t* s, const char16_t* set) { return crt::span(s, set, true); }
PORTSIDE_CRT size_t portside_crt_wcscspn(const char16_t* s, const char16_t* set) { return crt::span(s, set, false); }
PORTSIDE_CRT char16_t* portside_crt_wcspbrk(const char16_t* s, const char16_t* set) {
  s += crt::span(s, set, false);
  return *s ? const_cast<char16_t*>(s) : nullptr;
}
PORTSIDE_CRT char16_t* portside_crt_wcstok_s(char16_t* s, const char16_t* delimiters, char16_t** context) {
  return crt::token(s, delimiters, context);
}
PORTSIDE_CRT char16_t* portside_crt_wcslwr(char16_t* s) {
  for (char16_t* p = s; *p; ++p) *p = portside::kernel::downcase(*p);
  return s;
}
PORTSIDE_CRT char16_t* portside_crt_wcsupr(char16_t* s) {
  for (char16_t* p = s; *p; ++p) *p = portside::kernel::upcase(*p);
  return s;
}
PORTSIDE_CRT char16_t* portside_crt_wcsrev(char16_t* s) {
  for (char16_t *a = s, *b = s + crt::length(s); a < b && a < --b; ++a) {
    const char16_t c = *a;
    *a = *b;
    *b = c;
  }
  return s;
}
PORTSIDE_CRT char16_t portside_crt_towupper(char16_t c) { return portside::kernel::upcase(c); }
PORTSIDE_CRT char16_t portside_crt_towlower(char16_t c) { return portside::kernel::downcase(c); }
PORTSIDE_CRT size_t portside_crt_wcstombs(char* to, const char16_t* from, size_t bytes) {
  size_t n = 0;
  for (;; ++n) {
    if (to && n == bytes) return n;
    const char c = portside::to_code_page_1252(from[n]);
    if (to) to[n] = c;
    if (!from[n]) return n;
  }
}
PORTSIDE_CRT size_t portside_crt_mbstowcs(char16_t* to, const char* from, size_t count) {
  size_t n = 0;
  for (;; ++n) {
    if (to && n == count) return n;
    if (to) to[n] = portside::from_code_page_1252(from[n]);
    if (!from[n]) return n;
  }
}

namespace portside::exports {
namespace {
const Export kCrtWideRows[] = {
    EXPORT_AS(NtosKrnl, "wcslen", portside_crt_wcslen),     EXPORT_AS(NtosKrnl, "wcsnlen", portside_crt_wcsnlen),
    EXPORT_AS(NtosKrnl, "wcscmp", portside_crt_wcscmp),     EXPORT_AS(NtosKrnl, "wcsncmp", portside_crt_wcsncmp),
    EXPORT_AS(NtosKrnl, "_wcsicmp", portside_crt_wcsicmp),  EXPORT_AS(NtosKrnl, "_wcsnicmp", portside_crt_wcsnicmp),
    EXPORT_AS(NtosKrnl, "wcscpy", portside_crt_wcscpy),     EXPORT_AS(NtosKrnl, "wcsncpy", portside_crt_wcsncpy),
    EXPORT_AS(NtosKrnl, "wcscat", portside_crt_wcscat),     EXPORT_AS(NtosKrnl, "wcsncat", portside_crt_wcsncat),
    EXPORT_AS(NtosKrnl, "wcscpy_s", portside_crt_wcscpy_s), EXPORT_AS(NtosKrnl, "wcsncpy_s", portside_crt_wcsncpy_s),
    EXPORT_AS(NtosKrnl, "wcscat_s", portside_crt_wcscat_s), EXPORT_AS(NtosKrnl, "wcsncat_s", portside_crt_wcsncat_s),
    EXPORT_AS(NtosKrnl, "wcschr", portside_crt_wcschr),     EXPORT_AS(NtosKrnl, "wcsrchr", portside_crt_wcsrchr),
    EXPORT_AS(NtosKrnl, "wcsstr", portside_crt_wcsstr),     EXPORT_AS(NtosKrnl, "wcsspn", portside_crt_wcsspn),
    EXPORT_AS(NtosKrnl, "wcscspn", portside_crt_wcscspn),   EXPORT_AS(NtosKrnl, "wcspbrk", portside_crt_wcspbrk),
    EXPORT_AS(NtosKrnl, "wcstok_s", portside_crt_wcstok_s), EXPORT_AS(NtosKrnl, "_wcslwr", portside_crt_wcslwr),
    EXPORT_AS(NtosKrnl, "_wcsupr", portside_crt_wcsupr),    EXPORT_AS(NtosKrnl, "_wcsrev", portside_crt_wcsrev),
    EXPORT_AS(NtosKrnl, "towupper", portside_crt_towupper), EXPORT_AS(NtosKrnl, "towlower", portside_crt_towlower),
    EXPORT_AS(NtosKrnl, "wcstombs", portside_crt_wcstombs), EXPORT_AS(NtosKrnl, "mbstowcs", portside_crt_mbstowcs),
};
}  // namespace
const ExportSet kCrtWideExports{kCrtWideRows};
}  // namespace portside::exports
