// __chkstk: what a compiler calls at the beginning of a function whose variables are larger than a page.

#include <fmt/format.h>

#include "exports/api.h"
#include "exports/export_table.h"
#include "kernel/bug_check.h"
#include "kernel/kernel.h"

namespace portside::exports {
namespace {
// "about 24 kilobytes" on x64 (Using the Kernel Stack). Stacks here are larger, as the system's own functions run on them.
constexpr uint64_t kKernelStackBytes = 24 * 1024;
}  // namespace

// A frame that no kernel stack holds, however much of it is free.
extern "C" [[noreturn]] void portside_frame_beyond_stack(uint64_t bytes) {
  current<kernel::Kernel>().bug_check(
      {.code = kernel::kUnexpectedKernelModeTrap,
       .parameters = {8, bytes, 0, 0},
       .sentence =
           fmt::format("the variables of a function take {} bytes; a kernel stack has {}", bytes, kKernelStackBytes),
       .stack = capture_stack()});
}

// rax: how far below the caller's stack pointer its frame will reach. Each page on the way is touched, from the top, so
// that a stack that is too small ends at its guard page and nowhere behind it. All registers but r10 and r11 are kept
// (x64 calling convention, __chkstk; r10 and r11 are volatile).
extern "C" [[gnu::naked]] void portside_chkstk() {
  asm volatile(R"(
    cmp %0, %%rax
    jae 4f
    lea 8(%%rsp), %%r10
    mov %%r10, %%r11
    sub %%rax, %%r11
    and $-4096, %%r11
    and $-4096, %%r10
2:  cmp %%r11, %%r10
    jbe 3f
    sub $4096, %%r10
    testb $0, (%%r10)
    jmp 2b
3:  ret
4:  push %%rbp
    mov %%rsp, %%rbp
    mov %%rax, %%rdi
    and $-16, %%rsp
    call portside_frame_beyond_stack@PLT
    ud2
)"
               :
               : "i"(kKernelStackBytes));
}

namespace {
const Export kCrtStackRows[] = {
    EXPORT_DIRECT(NtosKrnl, "__chkstk", portside_chkstk),
};
}  // namespace
const ExportSet kCrtStackExports{kCrtStackRows};
}  // namespace portside::exports
