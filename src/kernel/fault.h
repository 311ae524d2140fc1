#pragma once
// FaultHub: who looks at a hardware fault of simulated code. Signal handlers belong to the process, so they are installed
// once for all machines (and are, beside the current-machine pointer, the only process state); each machine has its own
// hub, an ordered list of handlers. Handlers run on the host thread's alternate stack, inside the signal: they may read
// and edit the context and must not switch threads, lock or allocate. What needs more is done by leaving the signal with
// call_on_faulting_stack().
//
// A fault on a host thread that runs no machine goes to whoever had the signal before (ASan's report, a core dump).

#include <signal.h>
#include <ucontext.h>

#include <array>
#include <cstdint>
#include <string>

#include "kernel/irql.h"

namespace portside::kernel {

class Kernel;
class ThreadObject;
struct BugCheck;

enum class FaultAccess : uint8_t { kUnknown, kRead, kWrite, kExecute };

// "write to", "jump to" and their kin: the beginning of a sentence about an access.
const char* verb_of(FaultAccess access);

struct RaisedAccess {
  uint64_t address = 0;
  uint64_t rip = 0;
  FaultAccess access = FaultAccess::kUnknown;
  Irql irql = 0;
};

// What a fault at DISPATCH_LEVEL or above stops Windows with: 0xD1 in a driver's code, else 0x0A.
BugCheck irql_not_less_or_equal(const Kernel& kernel, const RaisedAccess& made, std::string sentence);

class Fault {
 public:
  Fault(Kernel& kernel, int signal, const siginfo_t& info, ucontext_t& context);

  Kernel& kernel() const { return kernel_; }
  int signal() const { return signal_; }
  const siginfo_t& info() const { return info_; }
  ucontext_t& context() const { return context_; }
  // Linux tells the exact address of a page fault; not of a general-protection fault (si_code SI_KERNEL: privileged
  // instructions, `int n`, non-canonical addresses).
  bool address_known() const { return address_known_; }
  uint64_t address() const { return address_; }
  FaultAccess access() const { return access_; }
  // Of a general-protection fault whose instruction was looked at: the non-canonical address that it asked for.
  void set_address(uint64_t address, FaultAccess access) {
    address_ = address;
    access_ = access;
    address_known_ = true;
  }
  uint64_t trap() const;   // x86 vector: 14 page fault, 13 general protection, 6 invalid opcode, 3 breakpoint, 0 divide
  uint64_t error() const;  // the processor's error code

  uint64_t rip() const { return static_cast<uint64_t>(reg(REG_RIP)); }
  uint64_t rsp() const { return static_cast<uint64_t>(reg(REG_RSP)); }
  greg_t& reg(int index) const { return context_.uc_mcontext.gregs[index]; }

  // Leaves the signal into `function(argument)` (System V) on the faulting stack, as if the faulting instruction had
  // called it: below the red zone, aligned, with the faulting rip as return address, so a frame-pointer walk goes on
  // into the faulting code. The function must not return, unless it restores the registers itself.
  void call_on_faulting_stack(void (*function)(void*), void* argument) const;

 private:
  Kernel& kernel_;
  int signal_;
  const siginfo_t& info_;
  ucontext_t& context_;
  uint64_t address_ = 0;
  bool address_known_ = false;
  FaultAccess access_ = FaultAccess::kUnknown;
};

class FaultHandler {
 public:
  virtual ~FaultHandler() = default;
  // True: handled, go on with the (edited) context. False: ask the next one.
  virtual bool on_fault(Fault& fault) = 0;
};

// Where handlers stand; lower is asked first.
enum class FaultOrder : uint8_t { kEmulation, kDevice, kStructuredException, kLast };

// Registers of a fault that ended, or is about to end, the machine: where a stack walk starts.
struct FaultContext {
  std::array<greg_t, NGREG> registers{};
  uint64_t address = 0;
  bool address_known = false;
  bool non_canonical = false;  // worked out from the instruction
};

class FaultHub {
 public:
  explicit FaultHub(Kernel& kernel);
  ~FaultHub();
  FaultHub(const FaultHub&) = delete;
  FaultHub& operator=(const FaultHub&) = delete;

  // Gives the calling host thread an alternate signal stack: before it runs simulated code.
  static void prepare_host_thread();

  // Both while no simulated code runs.
  void add(FaultHandler& handler, FaultOrder order);
  void remove(FaultHandler& handler);

  // Called in the signal. Makes the bug check when no handler wants the fault: 0xD1 / 0x0A at DISPATCH_LEVEL and above,
  // 0x50 for a wild page, 0x7F for a stack overflow; for the rest 0x3B in an application's request, 0x1E in a DPC, 0x7E elsewhere.
  void dispatch(Fault& fault);

  // Non-null from a fatal fault on, for the stack walker and the report.
  const FaultContext* fatal_context() const { return fatal_ ? &fatal_context_ : nullptr; }
  // The watchdog has stopped the thread there, in the signal: its stack is walked from there. No fault.
  void stopped(Fault& tick);
  // From where the stack walker sets out; null: from where it is called.
  const FaultContext* walk_context() const { return fatal_ ? &fatal_context_ : stopped_ ? &stopped_context_ : nullptr; }

 private:
  struct Entry {
    FaultHandler* handler;
    FaultOrder order;
  };
  static constexpr size_t kCapacity = 16;
  void make_bug_check(Fault& fault);
  static void bug_check_on_stack(void* hub);

  Kernel& kernel_;
  std::array<Entry, kCapacity> handlers_{};
  size_t count_ = 0;
  bool fatal_ = false, stopped_ = false;
  FaultContext fatal_context_, stopped_context_;
  int fatal_signal_ = 0;
  FaultAccess fatal_access_ = FaultAccess::kUnknown;
  bool stack_overflow_ = false;
  uint32_t fatal_count_ = 0;
};

}  // namespace portside::kernel
