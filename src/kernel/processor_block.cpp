#include "kernel/processor_block.h"

#include <asm/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace portside::kernel {
namespace {
thread_local ProcessorBlock* block_of_thread = nullptr;
}  // namespace

__attribute__((noinline)) ProcessorBlock* this_processor_block() { return block_of_thread; }

// gs keeps the last block after a run: nobody but simulated code reads it, and setting it is a system call.
ProcessorBlockScope::ProcessorBlockScope(ProcessorBlock* block) : previous_(block_of_thread) { set(block); }
ProcessorBlockScope::~ProcessorBlockScope() { set(previous_); }

void ProcessorBlockScope::set(ProcessorBlock* block) {
  static thread_local ProcessorBlock* gs_of_thread = nullptr;
  block_of_thread = block;
  if (!block || gs_of_thread == block) return;
  syscall(SYS_arch_prctl, ARCH_SET_GS, block);
  gs_of_thread = block;
}

}  // namespace portside::kernel
