// _snprintf, swprintf_s and their kin, over kernel/format.h. The rules of truncation are the C runtime's pages' own:
// _snprintf writes no terminator when the text fills the buffer; the _s functions leave an empty string.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/machine_context.h"
#include "exports/crt_text.h"
#include "exports/export_table.h"
#include "kernel/format.h"
#include "kernel/kernel.h"

namespace crt = portside::exports::crt;
using portside::MachineContext;
using portside::kernel::FormatArguments;
using portside::kernel::Kernel;

namespace {

// RtlStringCchPrintf and its kin, which are made of these functions: at PASSIVE_LEVEL.
void at_passive_level(const char* api) {
  MachineContext* machine = MachineContext::current();
  Kernel* kernel = machine ? machine->find<Kernel>() : nullptr;
  if (!kernel || !kernel->on_simulated_thread() || kernel->current_irql() == portside::kernel::kPassiveLevel) return;
  kernel->report_misuse(
      portside::kernel::MisuseKind::kFormattedRaised, api, nullptr,
      fmt::format("{} formatted text at {}", api, portside::kernel::irql_name(kernel->current_irql())));
}

std::string formatted(const char* format, __builtin_ms_va_list arguments) {
  return portside::kernel::format_narrow(format, FormatArguments(arguments), portside::kernel::NarrowText::kAnsi);
}
std::u16string formatted(const char16_t* format, __builtin_ms_va_list arguments) {
  return portside::kernel::format_wide(format, FormatArguments(arguments));
}

// _vsnprintf: -1 when it does not fit; with no buffer and no room, the length that it would have.
template <class C>
int print_bounded(C* to, size_t room, const C* format, __builtin_ms_va_list arguments) {
  const auto text = formatted(format, arguments);
  if (!to) return room == 0 ? static_cast<int>(text.size()) : -1;
  const size_t n = std::min(text.size(), room);
  std::memcpy(to, text.data(), n * sizeof(C));
  if (n < room) to[n] = 0;
  return text.size() > room ? -1 : static_cast<int>(text.size());
}

// _vsnprintf_s(to, room, count): at most count characters and a terminator.
template <class C>
int print_secure(C* to, size_t room, size_t count, const C* format, __builtin_ms_va_list arguments) {
  if (!to || room == 0 || !format) return -1;
  const auto text = formatted(format, arguments);
  const size_t wanted = count == crt::kTruncate ? std::min(text.size(), room - 1) : std::min(text.size(), count);
  if (wanted >= room) {
    to[0] = 0;
    return -1;
  }
  std::memcpy(to, text.data(), wanted * sizeof(C));
  to[wanted] = 0;
  return wanted < text.size() ? -1 : static_cast<int>(wanted);
}

template <class C>
int print_unbounded(C* to, const C* format, __builtin_ms_va_list arguments) {
  const auto text = formatted(format, arguments);
  std::memcpy(to, text.c_str(), (text.size() + 1) * sizeof(C));
  return static_cast<int>(text.size());
}

}  // namespace

#define VARIADIC(last, call)              \
  __builtin_ms_va_list arguments;         \
  __builtin_ms_va_start(arguments, last); \
  const int written = call;               \
  __builtin_ms_va_end(arguments);         \
  return written

PORTSIDE_CRT int portside_crt_vsnprintf(char* to, size_t room, const char* format, __builtin_ms_va_list arguments) {
  at_passive_level("_vsnprintf");
  return print_bounded(to, room, format, arguments);
}
PORTSIDE_CRT int portside_crt_snprintf(char* to, size_t room, const char* format, ...) {
  at_passive_level("_snprintf");
  VARIADIC(format, print_bounded(to, room, format, arguments));
}
PORTSIDE_CRT int portside_crt_vsnwprintf(char16_t* to, size_t room, const char16_t* format,
                                         __builtin_ms_va_list arguments) {
  at_passive_level("_vsnwprintf");
  return print_bounded(to, room, format, arguments);
}
PORTSIDE_CRT int portside_crt_snwprintf(char16_t* to, size_t room, const char16_t* format, ...) {
  at_passive_level("_snwprintf");
  VARIADIC(format, print_bounded(to, room, format, arguments));
}
PORTSIDE_CRT int portside_crt_vsnprintf_s(char* to, size_t room, size_t count, const char* format,
                                          __builtin_ms_va_list arguments) {
  at_passive_level("_vsnprintf_s");
  return print_secure(to, room, count, format, arguments);
}
PORTSIDE_CRT int portside_crt_snprintf_s(char* to, size_t room, size_t count, const char* format, ...) {
  at_passive_level("_snprintf_s");
  VARIADIC(format, print_secure(to, room, count, format, arguments));
}
PORTSIDE_CRT int portside_crt_vsnwprintf_s(char16_t* to, size_t room, size_t count, const char16_t* format,
                                           __builtin_ms_va_list arguments) {
  at_passive_level("_vsnwprintf_s");
  return print_secure(to, room, count, format, arguments);
}
PORTSIDE_CRT int portside_crt_snwprintf_s(char16_t* to, size_t room, size_t count, const char16_t* format, ...) {
  at_passive_level("_snwprintf_s");
  VARIADIC(format, print_secure(to, room, count, format, arguments));
}
// More than fits is an error, not a truncation: a count as large as the room never truncates.
PORTSIDE_CRT int portside_crt_vsprintf_s(char* to, size_t room, const char* format, __builtin_ms_va_list arguments) {
  at_passive_level("vsprintf_s");
  return print_secure(to, room, crt::kTruncate - 1, format, arguments);
}
PORTSIDE_CRT int portside_crt_sprintf_s(char* to, size_t room, const char* format, ...) {
  at_passive_level("sprintf_s");
  VARIADIC(format, print_secure(to, room, crt::kTruncate - 1, format, arguments));
}
PORTSIDE_CRT int portside_crt_vswprintf_s(char16_t* to, size_t room, const char16_t* format,
                                          __builtin_ms_va_list arguments) {
  at_passive_level("vswprintf_s");
  return print_secure(to, room, crt::kTruncate - 1, format, arguments);
}
PORTSIDE_CRT int portside_crt_swprintf_s(char16_t* to, size_t room, const char16_t* format, ...) {
  at_passive_level("swprintf_s");
  VARIADIC(format, print_secure(to, room, crt::kTruncate - 1, format, arguments));
}
PORTSIDE_CRT int portside_crt_vsprintf(char* to, const char* format, __builtin_ms_va_list arguments) {
  at_passive_level("vsprintf");
  return print_unbounded(to, format, arguments);
}
PORTSIDE_CRT int portside_crt_sprintf(char* to, const char* format, ...) {
  at_passive_level("sprintf");
  VARIADIC(format, print_unbounded(to, format, arguments));
}
PORTSIDE_CRT int portside_crt_swprintf(char16_t* to, const char16_t* format, ...) {
  at_passive_level("swprintf");
  VARIADIC(format, print_unbounded(to, format, arguments));
}
PORTSIDE_CRT int portside_crt_vscprintf(const char* format, __builtin_ms_va_list arguments) {
  at_passive_level("_vscprintf");
  return static_cast<int>(formatted(format, arguments).size());
}
PORTSIDE_CRT int portside_crt_vscwprintf(const char16_t* format, __builtin_ms_va_list arguments) {
  at_passive_level("_vscwprintf");
  return static_cast<int>(formatted(format, arguments).size());
}

namespace portside::exports {
namespace {
const Export kCrtPrintRows[] = {
    EXPORT_AS(NtosKrnl, "_vsnprintf", portside_crt_vsnprintf),
    EXPORT_AS(NtosKrnl, "_snprintf", portside_crt_snprintf),
    EXPORT_AS(NtosKrnl, "_vsnwprintf", portside_crt_vsnwprintf),
    EXPORT_AS(NtosKrnl, "_snwprintf", portside_crt_snwprintf),
    EXPORT_AS(NtosKrnl, "_vsnprintf_s", portside_crt_vsnprintf_s),
    EXPORT_AS(NtosKrnl, "_snprintf_s", portside_crt_snprintf_s),
    EXPORT_AS(NtosKrnl, "_vsnwprintf_s", portside_crt_vsnwprintf_s),
    EXPORT_AS(NtosKrnl, "_snwprintf_s", portside_crt_snwprintf_s),
    EXPORT_AS(NtosKrnl, "vsprintf_s", portside_crt_vsprintf_s),
    EXPORT_AS(NtosKrnl, "sprintf_s", portside_crt_sprintf_s),
    EXPORT_AS(NtosKrnl, "vswprintf_s", portside_crt_vswprintf_s),
    EXPORT_AS(NtosKrnl, "swprintf_s", portside_crt_swprintf_s),
    EXPORT_AS(NtosKrnl, "vsprintf", portside_crt_vsprintf),
    EXPORT_AS(NtosKrnl, "sprintf", portside_crt_sprintf),
    EXPORT_AS(NtosKrnl, "swprintf", portside_crt_swprintf),
    EXPORT_AS(NtosKrnl, "_vscprintf", portside_crt_vscprintf),
    EXPORT_AS(NtosKrnl, "_vscwprintf", portside_crt_vscwprintf),
};
}  // namespace
const ExportSet kCrtPrintExports{kCrtPrintRows};
}  // namespace portside::exports
