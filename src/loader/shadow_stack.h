#pragma once
// The shadow call stack: one frame for each call of a driver that entered the host through an import thunk and has not
// returned. It gives structured exceptions the driver's registers at the call, and a stack walk an exact start.
//
// Each simulated thread owns one; its words stand in the gs block of the running processor and are rewritten at each
// switch of fibres (kernel/processor_block.h). It grows upwards: top is the first free frame, base the oldest one.

#include <cstddef>
#include <cstdint>

namespace portside::loader {

struct ImportRecord;

// Offsets in the gs block. The same words as kernel/processor_block.h.
inline constexpr uint32_t kGsShadowTop = 0x800;
inline constexpr uint32_t kGsShadowLimit = 0x808;
inline constexpr uint32_t kGsShadowBase = 0x818;

struct Xmm {
  uint64_t low, high;
};

enum class ShadowKind : uint64_t {
  kImport = 0,  // pushed by a thunk: a driver called the host
  kFault,       // a fault was moved to the faulting stack: `subject` is the whole ContextRecord of the fault
  kRaise,       // host code that a driver called raised: `subject` is the ContextRecord of the driver at its call
  kException,   // a language handler is searching: `subject` is its DispatcherContext
  kUnwind,      // a language handler is unwinding: `subject` is its DispatcherContext
};

struct alignas(16) ShadowFrame {
  uint64_t return_address;  // in the driver, for kImport
  uint64_t rsp;  // the driver's rsp after the return; for the other kinds, an address inside the frame that pushed it
  const ImportRecord* import;  // what was called
  ShadowKind kind;
  void* subject_or_rbx;  // kImport: rbx
  uint64_t rbp, rsi, rdi, r12, r13, r14, r15;
  Xmm xmm6_15[10];

  uint64_t rbx() const { return reinterpret_cast<uint64_t>(subject_or_rbx); }
  void* subject() const { return subject_or_rbx; }
};
static_assert(sizeof(ShadowFrame) == 256 && offsetof(ShadowFrame, rbp) == 40 && offsetof(ShadowFrame, xmm6_15) == 96);

// The words of the running thread, read and written through gs.
struct ShadowStack {
  static ShadowFrame* top();
  static ShadowFrame* base();
  static ShadowFrame* limit();
  static void set_top(ShadowFrame* top);
  // Drops the frames of calls that were made below `rsp`: they will never return.
  static void trim(uint64_t rsp);
};

inline ShadowFrame* ShadowStack::top() {
  ShadowFrame* value;
  __asm__ volatile("movq %%gs:0x800, %0" : "=r"(value));
  return value;
}
inline ShadowFrame* ShadowStack::limit() {
  ShadowFrame* value;
  __asm__ volatile("movq %%gs:0x808, %0" : "=r"(value));
  return value;
}
inline ShadowFrame* ShadowStack::base() {
  ShadowFrame* value;
  __asm__ volatile("movq %%gs:0x818, %0" : "=r"(value));
  return value;
}
inline void ShadowStack::set_top(ShadowFrame* top) { __asm__ volatile("movq %0, %%gs:0x800" ::"r"(top) : "memory"); }
inline void ShadowStack::trim(uint64_t rsp) {
  ShadowFrame* frame = top();
  ShadowFrame* const oldest = base();
  while (frame > oldest && frame[-1].rsp <= rsp) --frame;
  set_top(frame);
}

}  // namespace portside::loader
