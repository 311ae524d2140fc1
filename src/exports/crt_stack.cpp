// __chkstk: what a compiler calls at the beginning of a function whose variables are larger than a page.

#include "exports/export_table.h"

// rax: how far below the caller's stack pointer its frame will reach. Each page on the way is touched, from the top, so
// that a stack that is too small ends at its guard page and nowhere behind it. All registers but r10 and r11 are kept
// (x64 calling convention, __chkstk; r10 and r11 are volatile).
extern "C" [[gnu::naked]] void portside_chkstk() {
  asm volatile(R"(
    lea 8(%rsp), %r10
    mov %r10, %r11
    sub %rax, %r11
    jae 1f
    xor %r11d, %r11d
1:  and $-4096, %r11
    and $-4096, %r10
2:  cmp %r11, %r10
    jbe 3f
    sub $4096, %r10
    testb $0, (%r10)
    jmp 2b
3:  ret
)");
}

namespace portside::exports {
namespace {
const Export kCrtStackRows[] = {
    EXPORT_DIRECT(NtosKrnl, "__chkstk", portside_chkstk),
};
}  // namespace
const ExportSet kCrtStackExports{kCrtStackRows};
}  // namespace portside::exports
