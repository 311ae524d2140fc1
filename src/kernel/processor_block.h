#pragma once
// ProcessorBlock: what gs points at while a host thread runs simulated code. Compiled drivers read it inline
// (KeGetCurrentThread is gs:[188h]); the words that Windows keeps private are ours from 0x800 on.
// One per host thread, because setting gs is a system call here; a thread switch rewrites its words.

#include <cstddef>
#include <cstdint>

#include "kernel/irql.h"

namespace portside::kernel {

class Kernel;
class ThreadObject;

struct alignas(4096) ProcessorBlock {
  uint64_t reserved_00[3];
  ProcessorBlock* self;       // 0x018 KPCR.Self
  void* current_prcb;         // 0x020 &mx_csr below
  uint64_t lock_array;        // 0x028
  ProcessorBlock* used_self;  // 0x030
  uint64_t idt_base;          // 0x038
  uint64_t reserved_40[2];    //
  Irql irql;                  // 0x050 KPCR.Irql: the current IRQL, the one truth
  uint8_t reserved_51[0x180 - 0x51];
  uint32_t mx_csr;        // 0x180 KPRCB begins
  uint8_t legacy_number;  // 0x184
  uint8_t reserved_185[3];
  ThreadObject* current_thread;  // 0x188
  ThreadObject* next_thread;     // 0x190
  ThreadObject* idle_thread;     // 0x198
  uint8_t nesting_level;         // 0x1a0
  uint8_t reserved_1a1[3];
  uint32_t number;  // 0x1a4
  uint8_t reserved_1a8[0x800 - 0x1a8];

  // Portside's words. The import thunks keep a shadow call stack here: [top] is the first free byte and grows up to
  // [limit]; both follow the thread.
  uint8_t* shadow_top;    // 0x800
  uint8_t* shadow_limit;  // 0x808
  Kernel* kernel;         // 0x810
  uint8_t* shadow_base;   // 0x818
  uint64_t progress;      // 0x820 grows with every kernel call: what the watchdog looks at
  uint8_t reserved_828[0x1000 - 0x828];
};

static_assert(offsetof(ProcessorBlock, self) == 0x18);
static_assert(offsetof(ProcessorBlock, current_prcb) == 0x20);
static_assert(offsetof(ProcessorBlock, irql) == 0x50);
static_assert(offsetof(ProcessorBlock, mx_csr) == 0x180);
static_assert(offsetof(ProcessorBlock, legacy_number) == 0x184);
static_assert(offsetof(ProcessorBlock, current_thread) == 0x188);
static_assert(offsetof(ProcessorBlock, number) == 0x1a4);
static_assert(offsetof(ProcessorBlock, shadow_top) == 0x800);
static_assert(offsetof(ProcessorBlock, shadow_limit) == 0x808);

// The calling host thread's block, or null outside simulated code. Not inline on purpose: a fibre may be resumed on
// another host thread, and a compiler would keep the thread-local's address across the switch.
ProcessorBlock* this_processor_block();

// Makes `block` the gs base and this_processor_block() of the calling host thread for a scope.
class ProcessorBlockScope {
 public:
  explicit ProcessorBlockScope(ProcessorBlock* block);
  ~ProcessorBlockScope();
  ProcessorBlockScope(const ProcessorBlockScope&) = delete;
  ProcessorBlockScope& operator=(const ProcessorBlockScope&) = delete;

 private:
  static void set(ProcessorBlock* block);
  ProcessorBlock* previous_;
};

}  // namespace portside::kernel
