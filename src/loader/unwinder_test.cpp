// The unwinder against the processor: compiled code is single-stepped, and at each instruction, prologs and epilogs
// included, its frames are unwound back to where it was called from. Every register that the convention preserves must
// come out as it went in.

#include "loader/unwinder.h"

#include <signal.h>
#include <ucontext.h>

#include <cstring>

#include "loader/loader_fixture.h"

namespace portside::loader {
namespace {

// What the registers held when the stepped function was called.
struct Expected {
  uint64_t gpr[16];
  uint64_t rip;
  Xmm xmm[16];
};

struct StepState {
  const ImageList* images = nullptr;
  Expected expected;
  unsigned steps = 0;
  unsigned failures = 0;
  std::string first_failure;
};
StepState state;

// Calls `function(a, b)` with patterns in the preserved registers and the trap flag set. `expected` is filled in.
extern "C" double portside_test_stepped_call(const void* function, uint64_t a, uint64_t b, Expected* expected,
                                             double x);
__asm__(R"(
        .text
        .intel_syntax noprefix
        .globl portside_test_stepped_call
portside_test_stepped_call:
        push rbp
        push rbx
        push r12
        push r13
        push r14
        push r15
        sub rsp, 0x48
        mov [rsp + 0x38], rcx
        mov rax, rdi
        mov r11, rcx
        mov rcx, rsi
        movabs rbx, 0x1111111111111111
        movabs rbp, 0x2222222222222222
        movabs rsi, 0x3333333333333333
        movabs rdi, 0x4444444444444444
        movabs r12, 0x5555555555555555
        movabs r13, 0x6666666666666666
        movabs r14, 0x7777777777777777
        movabs r15, 0x0888888888888888
        movq xmm6, rbx
        movq xmm7, rbp
        movq xmm8, rsi
        movq xmm9, rdi
        movq xmm10, r12
        movq xmm11, r13
        movq xmm12, r14
        movq xmm13, r15
        punpcklqdq xmm6, xmm7
        movapd xmm14, xmm6
        movapd xmm15, xmm13
        mov [r11 + 0x18], rbx
        mov [r11 + 0x20], rsp
        mov [r11 + 0x28], rbp
        mov [r11 + 0x30], rsi
        mov [r11 + 0x38], rdi
        mov [r11 + 0x60], r12
        mov [r11 + 0x68], r13
        mov [r11 + 0x70], r14
        mov [r11 + 0x78], r15
        lea r10, [rip + 1f]
        mov [r11 + 0x80], r10
        movups [r11 + 0x88 + 0x60], xmm6
        movups [r11 + 0x88 + 0x70], xmm7
        movups [r11 + 0x88 + 0x80], xmm8
        movups [r11 + 0x88 + 0x90], xmm9
        movups [r11 + 0x88 + 0xA0], xmm10
        movups [r11 + 0x88 + 0xB0], xmm11
        movups [r11 + 0x88 + 0xC0], xmm12
        movups [r11 + 0x88 + 0xD0], xmm13
        movups [r11 + 0x88 + 0xE0], xmm14
        movups [r11 + 0x88 + 0xF0], xmm15
        pushfq
        or dword ptr [rsp], 0x100
        popfq
        call rax
1:
        pushfq
        and dword ptr [rsp], -0x101
        popfq
        add rsp, 0x48
        pop r15
        pop r14
        pop r13
        pop r12
        pop rbx
        pop rbp
        ret
        .att_syntax
)");
static_assert(offsetof(Expected, rip) == 0x80 && offsetof(Expected, xmm) == 0x88);

void on_step(int, siginfo_t*, void* raw) {
  const auto& context = *static_cast<ucontext_t*>(raw);
  const greg_t* g = context.uc_mcontext.gregs;
  const Image* image = state.images->find(static_cast<uint64_t>(g[REG_RIP]));
  if (!image) return;
  ++state.steps;
  ContextRecord record;
  constexpr int kOrder[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                              REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
  for (unsigned i = 0; i < 16; ++i) record.gpr[i] = static_cast<uint64_t>(g[kOrder[i]]);
  record.rip = static_cast<uint64_t>(g[REG_RIP]);
  std::memcpy(record.xmm, context.uc_mcontext.fpregs->_xmm, sizeof record.xmm);
  const StackBounds stack = stack_bounds(record.gpr[kRsp]);
  bool ok = true;
  while (ok && state.images->find(record.rip)) ok = unwind_frame(*image, record, stack, {.restore_xmm = true}).ok;
  const Expected& expected = state.expected;
  ok = ok && record.rip == expected.rip;
  for (unsigned reg : {kRbx, kRsp, kRbp, kRsi, kRdi, kR12, kR13, kR14, kR15})
    ok = ok && record.gpr[reg] == expected.gpr[reg];
  for (unsigned i = 6; i < 16; ++i) ok = ok && std::memcmp(&record.xmm[i], &expected.xmm[i], 16) == 0;
  if (!ok && state.failures++ == 0) {
    char text[64];
    snprintf(text, sizeof text, "%s+0x%llx", image->name().c_str(),
             static_cast<unsigned long long>(g[REG_RIP]) - image->base());
    state.first_failure = text;
  }
}

class UnwinderTest : public LoaderTest {
 protected:
  unsigned step(Image& image, const char* name, uint64_t a, uint64_t b = 0, double x = 1.5) {
    state = {.images = &loader_->images()};
    struct sigaction action{}, previous;
    action.sa_sigaction = &on_step;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    EXPECT_TRUE(run([&] {
      sigaction(SIGTRAP, &action, &previous);
      portside_test_stepped_call(image.find_export(std::string_view(name)), a, b, &state.expected, x);
      sigaction(SIGTRAP, &previous, nullptr);
    }));
    EXPECT_EQ(state.failures, 0u) << name << ": first at " << state.first_failure << ", of " << state.steps << " steps";
    return state.steps;
  }
};

TEST_F(UnwinderTest, EveryInstructionOfClangsCode) {
  Image& image = load("basic.sys");
  EXPECT_GT(step(image, "call_variadic", 0), 5u);
  EXPECT_GT(step(image, "call_mixed", 0), 5u);
  EXPECT_GT(step(image, "survives_clobber", 0), 20u);
  EXPECT_GT(step(image, "walk_direct", 5), 50u);
}
TEST_F(UnwinderTest, EveryInstructionOfFunctionsWithHandlers) {
  Image& image = load("seh.sys");
  int good = 3;
  const auto place = reinterpret_cast<uint64_t>(&good);
  EXPECT_GT(step(image, "fault_in_callee", place), 20u);
  EXPECT_GT(step(image, "finally_order", place), 20u);
  EXPECT_GT(step(image, "xmm_restored", 0, place), 100u);
  EXPECT_GT(step(image, "return_through_finally", 1), 10u);
}
TEST_F(UnwinderTest, EveryInstructionOfEachKindOfUnwindInformation) {
  Image& image = load("unwind.sys");
  EXPECT_GT(step(image, "version2", 1), 10u);
  EXPECT_GT(step(image, "version2", 0), 10u);
  EXPECT_GT(step(image, "framed", 0), 15u);
  EXPECT_GT(step(image, "far_frame", 0), 10u);
  EXPECT_GT(step(image, "chained", 1), 10u);
  EXPECT_GT(step(image, "chained", 0), 7u);
}
TEST_F(UnwinderTest, EveryInstructionOfGccsCode) {
  Image& image = load("gnu.sys");
  EXPECT_GT(step(image, "gnu_add", 1, 2), 5u);
  EXPECT_GT(step(image, "gnu_walk", 4), 40u);
}

}  // namespace
}  // namespace portside::loader
