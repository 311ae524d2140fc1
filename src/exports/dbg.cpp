// DbgPrint and its kin: into the machine's log.

#include <cstring>

#include "exports/api.h"
#include "kernel/format.h"
#include "kernel/kernel.h"
#include "kernel/unicode.h"

using namespace portside;
using namespace portside::exports;

namespace {

constexpr size_t kLongestLine = 512;  // DbgPrint, Remarks: bytes of one call

// DbgPrint, Remarks: the formats of wide text only at PASSIVE_LEVEL; anything else up to DIRQL.
kernel::Irql highest_irql(const char* format) {
  for (const char* p = format; p && (p = std::strchr(p, '%')); ++p) {
    ++p;
    p += std::strspn(p, "-+ #0123456789.*");
    if (*p == 'C' || *p == 'S') return kPassiveLevel;
    if ((*p == 'w' || *p == 'l') && (p[1] == 'c' || p[1] == 's' || p[1] == 'Z')) return kPassiveLevel;
    if (!*p) break;
  }
  return kernel::kHighestDeviceLevel;
}

ULONG print(const char* api, const char* prefix, ULONG component, ULONG level, const char* format,
            const void* arguments) {
  ApiScope scope(api, kPassiveLevel, highest_irql(format));
  std::string text = prefix ? prefix : "";
  text += kernel::format_narrow(format, kernel::FormatArguments(arguments), kernel::NarrowText::kUtf8);
  if (text.size() > kLongestLine) {
    size_t cut = kLongestLine;
    while (cut > 0 && (text[cut] & 0xC0) == 0x80) --cut;
    text.resize(cut);
  }
  // A driver's narrow text is in its own code page: what is no UTF-8 is taken for 1252.
  services().log().print({component, level, kernel::to_utf8(kernel::from_utf8(text))});
  return STATUS_SUCCESS;
}

}  // namespace

extern "C" {

ULONG CDECL DbgPrint(PCSTR Format, ...) {
  __builtin_ms_va_list arguments;
  __builtin_ms_va_start(arguments, Format);
  const ULONG status = print("DbgPrint", nullptr, DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL, Format, arguments);
  __builtin_ms_va_end(arguments);
  return status;
}
ULONG CDECL DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...) {
  __builtin_ms_va_list arguments;
  __builtin_ms_va_start(arguments, Format);
  const ULONG status = print("DbgPrintEx", nullptr, ComponentId, Level, Format, arguments);
  __builtin_ms_va_end(arguments);
  return status;
}
ULONG NTAPI vDbgPrintEx(ULONG ComponentId, ULONG Level, PCCH Format, __builtin_ms_va_list arglist) {
  return print("vDbgPrintEx", nullptr, ComponentId, Level, Format, arglist);
}
ULONG NTAPI vDbgPrintExWithPrefix(PCCH Prefix, ULONG ComponentId, ULONG Level, PCCH Format,
                                  __builtin_ms_va_list arglist) {
  return print("vDbgPrintExWithPrefix", Prefix, ComponentId, Level, Format, arglist);
}
NTSTATUS NTAPI DbgQueryDebugFilterState(ULONG ComponentId, ULONG Level) {
  ApiScope scope("DbgQueryDebugFilterState", kPassiveLevel, kPassiveLevel);
  return TRUE;
}
NTSTATUS NTAPI DbgSetDebugFilterState(ULONG ComponentId, ULONG Level, BOOLEAN State) {
  ApiScope scope("DbgSetDebugFilterState", kPassiveLevel, kPassiveLevel);
  return STATUS_SUCCESS;
}
// What int 3 without a debugger comes to.
VOID NTAPI DbgBreakPoint(VOID) {
  ApiScope scope("DbgBreakPoint");
  kernel::BugCheck check;
  check.code = kernel::kKmodeExceptionNotHandled;
  check.parameters[0] = 0xFFFF'FFFF'8000'0003;  // STATUS_BREAKPOINT
  check.sentence = "DbgBreakPoint was called, and no kernel debugger is attached";
  current<kernel::Kernel>().bug_check(std::move(check));
}
VOID NTAPI DbgBreakPointWithStatus(ULONG Status) { DbgBreakPoint(); }
VOID NTAPI RtlAssert(PVOID VoidFailedAssertion, PVOID VoidFileName, ULONG LineNumber, PSTR MutableMessage) {
  ApiScope scope("RtlAssert");
  std::string text = "*** Assertion failed: ";
  if (MutableMessage) text += MutableMessage;
  text += static_cast<const char*>(VoidFailedAssertion);
  text += "\n***   Source File: " + std::string(static_cast<const char*>(VoidFileName)) + ", line " +
          std::to_string(LineNumber) + "\n";
  services().log().print({DPFLTR_DEFAULT_ID, DPFLTR_ERROR_LEVEL, text});
  kernel::BugCheck check;
  check.code = kernel::kKmodeExceptionNotHandled;
  check.parameters[0] = 0xFFFF'FFFF'C000'0420;  // STATUS_ASSERTION_FAILURE
  check.sentence = text;
  current<kernel::Kernel>().bug_check(std::move(check));
}
// Where the compiler's vtable of an abstract class points.
void NTAPI portside_crt_purecall() {
  ApiScope scope("_purecall");
  kernel::BugCheck check;
  check.code = kernel::kKmodeExceptionNotHandled;
  check.sentence = "a pure virtual function was called: an object was used while it was made or unmade";
  current<kernel::Kernel>().bug_check(std::move(check));
}
BOOLEAN NTAPI KdRefreshDebuggerNotPresent(VOID) {
  ApiScope scope("KdRefreshDebuggerNotPresent");
  return TRUE;
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kDbgRows[] = {
    EXPORT(NtosKrnl, DbgPrint),
    EXPORT(NtosKrnl, DbgPrintEx),
    EXPORT(NtosKrnl, vDbgPrintEx),
    EXPORT(NtosKrnl, vDbgPrintExWithPrefix),
    EXPORT_PARTIAL(NtosKrnl, DbgQueryDebugFilterState, "every component and level is on"),
    EXPORT_PARTIAL(NtosKrnl, DbgSetDebugFilterState, "every component and level is on"),
    EXPORT(NtosKrnl, DbgBreakPoint),
    EXPORT(NtosKrnl, DbgBreakPointWithStatus),
    EXPORT_PARTIAL(NtosKrnl, RtlAssert, "nobody is asked: the machine ends"),
    EXPORT_AS(NtosKrnl, "_purecall", portside_crt_purecall),
    EXPORT(NtosKrnl, KdRefreshDebuggerNotPresent),
};
}  // namespace
const ExportSet kDbgExports{kDbgRows};
}  // namespace portside::exports
