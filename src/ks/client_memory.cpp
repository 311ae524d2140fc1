#include "ks/client_memory.h"

// bool portside_ks_guarded_copy(void* to, const void* from, size_t bytes). The only instruction that touches memory is
// the one at ..._touch; a fault there goes on at ..._failed. No stack is used, so unwinding needs nothing.
asm(R"(
  .text
  .p2align 4
  .globl portside_ks_guarded_copy
  .type portside_ks_guarded_copy, @function
portside_ks_guarded_copy:
  .cfi_startproc
  movq %rdx, %rcx
  .globl portside_ks_guarded_copy_touch
portside_ks_guarded_copy_touch:
  rep movsb
  movl $1, %eax
  ret
  .globl portside_ks_guarded_copy_failed
portside_ks_guarded_copy_failed:
  xorl %eax, %eax
  ret
  .cfi_endproc
  .size portside_ks_guarded_copy, . - portside_ks_guarded_copy
)");

extern "C" {
bool portside_ks_guarded_copy(void* to, const void* from, size_t bytes);
extern const char portside_ks_guarded_copy_touch[];
extern const char portside_ks_guarded_copy_failed[];
}

namespace portside::ks {

bool copy_from_client(void* to, const void* client, size_t bytes) {
  return portside_ks_guarded_copy(to, client, bytes);
}
bool copy_to_client(void* client, const void* from, size_t bytes) {
  return portside_ks_guarded_copy(client, from, bytes);
}

ClientMemory::ClientMemory(kernel::FaultHub& hub) : hub_(hub) { hub_.add(*this, kernel::FaultOrder::kEmulation); }
ClientMemory::~ClientMemory() { hub_.remove(*this); }

bool ClientMemory::on_fault(kernel::Fault& fault) {
  if (fault.rip() != reinterpret_cast<uint64_t>(portside_ks_guarded_copy_touch)) return false;
  fault.reg(REG_RIP) = reinterpret_cast<greg_t>(portside_ks_guarded_copy_failed);
  return true;
}

}  // namespace portside::ks
