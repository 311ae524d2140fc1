#include "kernel/processor_block.h"

#include <asm/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace portside::kernel {
namespace {
thread_local ProcessorBlock* block_of_thread = nullptr;
}  // namespace

__attribute__((noinline)) ProcessorBlock* this_processor_block() { return block_of_thread; }

ProcessorBlockScope::ProcessorBlockScope(ProcessorBlock* block) : previous_(block_of_thread), previous_gs_(0) {
  syscall(SYS_arch_prctl, ARCH_GET_GS, &previous_gs_);
  syscall(SYS_arch_prctl, ARCH_SET_GS, block);
  block_of_thread = block;
}

ProcessorBlockScope::~ProcessorBlockScope() {
  syscall(SYS_arch_prctl, ARCH_SET_GS, previous_gs_);
  block_of_thread = previous_;
}

}  // namespace portside::kernel
