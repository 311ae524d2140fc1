// memcpy, strlen and the rest of the narrow C runtime. Drivers call these in their inner loops and at any IRQL: no ApiScope.

#include <cstring>

#include "exports/crt_text.h"
#include "exports/export_table.h"

namespace crt = portside::exports::crt;

PORTSIDE_CRT void* portside_crt_memcpy(void* to, const void* from, size_t bytes) {
  return std::memmove(to, from, bytes);
}
PORTSIDE_CRT void* portside_crt_memmove(void* to, const void* from, size_t bytes) {
  return std::memmove(to, from, bytes);
}
PORTSIDE_CRT void* portside_crt_memset(void* to, int byte, size_t bytes) { return std::memset(to, byte, bytes); }
PORTSIDE_CRT int portside_crt_memcmp(const void* a, const void* b, size_t bytes) {
  const int order = std::memcmp(a, b, bytes);
  return order < 0 ? -1 : order > 0;
}
PORTSIDE_CRT void* portside_crt_memchr(const void* in, int byte, size_t bytes) {
  return const_cast<void*>(std::memchr(in, byte, bytes));
}
PORTSIDE_CRT int portside_crt_memcpy_s(void* to, size_t room, const void* from, size_t bytes) {
  if (bytes == 0) return 0;
  if (!to) return crt::kEinval;
  if (!from || bytes > room) {
    std::memset(to, 0, room);
    return from ? crt::kErange : crt::kEinval;
  }
  std::memmove(to, from, bytes);
  return 0;
}
PORTSIDE_CRT int portside_crt_memmove_s(void* to, size_t room, const void* from, size_t bytes) {
  if (bytes == 0) return 0;
  if (!to || !from) return crt::kEinval;
  if (bytes > room) return crt::kErange;
  std::memmove(to, from, bytes);
  return 0;
}

PORTSIDE_CRT size_t portside_crt_strlen(const char* s) { return crt::length(s); }
PORTSIDE_CRT size_t portside_crt_strnlen(const char* s, size_t limit) { return crt::length(s, limit); }
PORTSIDE_CRT int portside_crt_strcmp(const char* a, const char* b) { return crt::compare(a, b, ~size_t{0}, false); }
PORTSIDE_CRT int portside_crt_strncmp(const char* a, const char* b, size_t n) { return crt::compare(a, b, n, false); }
PORTSIDE_CRT int portside_crt_stricmp(const char* a, const char* b) { return crt::compare(a, b, ~size_t{0}, true); }
PORTSIDE_CRT int portside_crt_strnicmp(const char* a, const char* b, size_t n) { return crt::compare(a, b, n, true); }
PORTSIDE_CRT char* portside_crt_strcpy(char* to, const char* from) { return crt::copy(to, from); }
PORTSIDE_CRT char* portside_crt_strncpy(char* to, const char* from, size_t n) { return crt::copy_padded(to, from, n); }
PORTSIDE_CRT char* portside_crt_strcat(char* to, const char* from) { return crt::copy(to + crt::length(to), from), to; }
PORTSIDE_CRT char* portside_crt_strncat(char* to, const char* from, size_t n) {
  char* end = to + crt::length(to);
  const size_t count = crt::length(from, n);
  for (size_t i = 0; i < count; ++i) end[i] = from[i];
  end[count] = 0;
  return to;
}
PORTSIDE_CRT int portside_crt_strcpy_s(char* to, size_t room, const char* from) {
  return crt::copy_checked(to, room, 0, from, crt::kTruncate - 1);
}
PORTSIDE_CRT int portside_crt_strncpy_s(char* to, size_t room, const char* from, size_t n) {
  return crt::copy_checked(to, room, 0, from, n);
}
PORTSIDE_CRT int portside_crt_strcat_s(char* to, size_t room, const char* from) {
  return crt::copy_checked(to, room, to ? crt::length(to, room) : 0, from, crt::kTruncate - 1);
}
PORTSIDE_CRT int portside_crt_strncat_s(char* to, size_t room, const char* from, size_t n) {
  return crt::copy_checked(to, room, to ? crt::length(to, room) : 0, from, n);
}
PORTSIDE_CRT char* portside_crt_strchr(const char* s, int c) { return crt::find(s, static_cast<char>(c), false); }
PORTSIDE_CRT char* portside_crt_strrchr(const char* s, int c) { return crt::find(s, static_cast<char>(c), true); }
PORTSIDE_CRT char* portside_crt_strstr(const char* s, const char* wanted) { return crt::find_text(s, wanted); }
PORTSIDE_CRT size_t portside_crt_strspn(const char* s, const char* set) { return crt::span(s, set, true); }
PORTSIDE_CRT size_t portside_crt_strcspn(const char* s, const char* set) { return crt::span(s, set, false); }
PORTSIDE_CRT char* portside_crt_strpbrk(const char* s, const char* set) {
  s += crt::span(s, set, false);
  return *s ? const_cast<char*>(s) : nullptr;
}
PORTSIDE_CRT char* portside_crt_strtok_s(char* s, const char* delimiters, char** context) {
  return crt::token(s, delimiters, context);
}
PORTSIDE_CRT char* portside_crt_strlwr(char* s) {
  for (char* p = s; *p; ++p) *p = crt::fold(*p);
  return s;
}
PORTSIDE_CRT char* portside_crt_strupr(char* s) {
  for (char* p = s; *p; ++p)
    if (*p >= 'a' && *p <= 'z') *p = static_cast<char>(*p - 0x20);
  return s;
}
PORTSIDE_CRT char* portside_crt_strrev(char* s) {
  for (char *a = s, *b = s + crt::length(s); a < b && a < --b; ++a) {
    const char c = *a;
    *a = *b;
    *b = c;
  }
  return s;
}
PORTSIDE_CRT char* portside_crt_strset(char* s, int c) {
  for (char* p = s; *p; ++p) *p = static_cast<char>(c);
  return s;
}

namespace portside::exports {
namespace {
const Export kCrtStringRows[] = {
    EXPORT_AS(NtosKrnl, "memcpy", portside_crt_memcpy),       EXPORT_AS(NtosKrnl, "memmove", portside_crt_memmove),
    EXPORT_AS(NtosKrnl, "memset", portside_crt_memset),       EXPORT_AS(NtosKrnl, "memcmp", portside_crt_memcmp),
    EXPORT_AS(NtosKrnl, "memchr", portside_crt_memchr),       EXPORT_AS(NtosKrnl, "memcpy_s", portside_crt_memcpy_s),
    EXPORT_AS(NtosKrnl, "memmove_s", portside_crt_memmove_s), EXPORT_AS(NtosKrnl, "strlen", portside_crt_strlen),
    EXPORT_AS(NtosKrnl, "strnlen", portside_crt_strnlen),     EXPORT_AS(NtosKrnl, "strcmp", portside_crt_strcmp),
    EXPORT_AS(NtosKrnl, "strncmp", portside_crt_strncmp),     EXPORT_AS(NtosKrnl, "_stricmp", portside_crt_stricmp),
    EXPORT_AS(NtosKrnl, "_strnicmp", portside_crt_strnicmp),  EXPORT_AS(NtosKrnl, "strcpy", portside_crt_strcpy),
    EXPORT_AS(NtosKrnl, "strncpy", portside_crt_strncpy),     EXPORT_AS(NtosKrnl, "strcat", portside_crt_strcat),
    EXPORT_AS(NtosKrnl, "strncat", portside_crt_strncat),     EXPORT_AS(NtosKrnl, "strcpy_s", portside_crt_strcpy_s),
    EXPORT_AS(NtosKrnl, "strncpy_s", portside_crt_strncpy_s), EXPORT_AS(NtosKrnl, "strcat_s", portside_crt_strcat_s),
    EXPORT_AS(NtosKrnl, "strncat_s", portside_crt_strncat_s), EXPORT_AS(NtosKrnl, "strchr", portside_crt_strchr),
    EXPORT_AS(NtosKrnl, "strrchr", portside_crt_strrchr),     EXPORT_AS(NtosKrnl, "strstr", portside_crt_strstr),
    EXPORT_AS(NtosKrnl, "strspn", portside_crt_strspn),       EXPORT_AS(NtosKrnl, "strcspn", portside_crt_strcspn),
    EXPORT_AS(NtosKrnl, "strpbrk", portside_crt_strpbrk),     EXPORT_AS(NtosKrnl, "strtok_s", portside_crt_strtok_s),
    EXPORT_AS(NtosKrnl, "_strlwr", portside_crt_strlwr),      EXPORT_AS(NtosKrnl, "_strupr", portside_crt_strupr),
    EXPORT_AS(NtosKrnl, "_strrev", portside_crt_strrev),      EXPORT_AS(NtosKrnl, "_strset", portside_crt_strset),
};
}  // namespace
const ExportSet kCrtStringExports{kCrtStringRows};
}  // namespace portside::exports
