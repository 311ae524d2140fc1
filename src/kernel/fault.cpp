#include "kernel/fault.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

#include "kernel/dpc_queue.h"
#include "kernel/kernel.h"
#include "kernel/watchdog.h"

namespace portside::kernel {
namespace {

constexpr std::array kSignals = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
constexpr uint64_t kTrapPageFault = 14;
constexpr size_t kAlternateStackBytes = 256 * 1024;
constexpr size_t kEmergencyStackBytes = 128 * 1024;

// Process state: signal dispositions belong to the process.
std::once_flag installed;
struct sigaction previous_actions[kSignals.size()];

thread_local uint8_t* emergency_stack_end = nullptr;

void call_previous(int signal, siginfo_t* info, void* context) {
  for (size_t i = 0; i < kSignals.size(); ++i) {
    if (kSignals[i] != signal) continue;
    const struct sigaction& previous = previous_actions[i];
    if (previous.sa_flags & SA_SIGINFO) {
      previous.sa_sigaction(signal, info, context);
    } else if (previous.sa_handler == SIG_DFL) {
      ::signal(signal, SIG_DFL);  // the instruction faults again, and the process ends as if we were not here
    } else if (previous.sa_handler != SIG_IGN) {
      previous.sa_handler(signal);
    }
    return;
  }
}

void on_signal(int signal, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  ProcessorBlock* block = this_processor_block();
  if (!block || !block->kernel) {
    call_previous(signal, info, context);
  } else {
    Fault fault(*block->kernel, signal, *info, *static_cast<ucontext_t*>(context));
    if (signal == Watchdog::signal_number()) Watchdog::on_tick(fault);
    else block->kernel->fault_hub().dispatch(fault);
  }
  errno = saved_errno;
}

void install_handlers() {
  struct sigaction action{};
  action.sa_sigaction = &on_signal;
  // NODEFER: a handler that itself faults must get here again instead of killing the process.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &previous_actions[i]);
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigaction(Watchdog::signal_number(), &action, nullptr);
}

}  // namespace

Fault::Fault(Kernel& kernel, int signal, const siginfo_t& info, ucontext_t& context)
    : kernel_(kernel), signal_(signal), info_(info), context_(context) {
  if ((signal == SIGSEGV || signal == SIGBUS) && info.si_code != SI_KERNEL && info.si_code > 0) {
    address_ = reinterpret_cast<uint64_t>(info.si_addr);
    address_known_ = true;
  }
  if (trap() == kTrapPageFault) {
    // Page-fault error code (Intel SDM 3A, 4.7): bit 1 write, bit 4 instruction fetch.
    access_ = error() & 16 ? FaultAccess::kExecute : error() & 2 ? FaultAccess::kWrite : FaultAccess::kRead;
    if (access_ == FaultAccess::kRead && address_ == rip()) access_ = FaultAccess::kExecute;
  }
}

uint64_t Fault::trap() const { return static_cast<uint64_t>(reg(REG_TRAPNO)); }
uint64_t Fault::error() const { return static_cast<uint64_t>(reg(REG_ERR)); }

void Fault::call_on_faulting_stack(void (*function)(void*), void* argument) const {
  constexpr uint64_t kRedZone = 128;
  uint64_t stack = (rsp() - kRedZone) & ~uint64_t{15};
  stack -= 16;
  auto* words = reinterpret_cast<uint64_t*>(stack - 8);
  *words = rip();  // [rsp] at entry is a return address, and rsp + 8 is a multiple of 16
  reg(REG_RSP) = static_cast<greg_t>(stack - 8);
  reg(REG_RIP) = reinterpret_cast<greg_t>(function);
  reg(REG_RDI) = reinterpret_cast<greg_t>(argument);
  reg(REG_EFL) &= ~greg_t{0x500};  // direction and trap flag
}

FaultHub::FaultHub(Kernel& kernel) : kernel_(kernel) { std::call_once(installed, install_handlers); }
FaultHub::~FaultHub() = default;

void FaultHub::add(FaultHandler& handler, FaultOrder order) {
  if (count_ == kCapacity) std::abort();
  size_t at = count_;
  while (at > 0 && handlers_[at - 1].order > order) {
    handlers_[at] = handlers_[at - 1];
    --at;
  }
  handlers_[at] = {&handler, order};
  ++count_;
}

void FaultHub::remove(FaultHandler& handler) {
  auto end = std::remove_if(handlers_.begin(), handlers_.begin() + count_,
                            [&](const Entry& entry) { return entry.handler == &handler; });
  count_ = static_cast<size_t>(end - handlers_.begin());
}

void FaultHub::dispatch(Fault& fault) {
  if (fatal_) {
    // Making the report faulted: end without it.
    make_bug_check(fault);
    return;
  }
  // Nobody unwinds for these, so they may come with a lock held.
  if (kernel_.pageable().on_fault(fault)) return;
  // With the dispatcher lock held nobody may unwind: the kernel's own lists are half changed.
  if (!kernel_.lock().held_by_me())
    for (size_t i = 0; i < count_; ++i)
      if (handlers_[i].handler->on_fault(fault)) return;
  make_bug_check(fault);
}

void FaultHub::stopped(Fault& tick) {
  std::copy_n(tick.context().uc_mcontext.gregs, NGREG, stopped_context_.registers.begin());
  stopped_ = true;
}

void FaultHub::make_bug_check(Fault& fault) {
  const bool again = fatal_;
  fatal_ = true;
  ++fatal_count_;
  if (!again) {
    std::copy_n(fault.context().uc_mcontext.gregs, NGREG, fatal_context_.registers.begin());
    fatal_context_.address = fault.address();
    fatal_context_.address_known = fault.address_known();
    fatal_context_.non_canonical = fault.address_known() && fault.trap() != kTrapPageFault;
    fatal_signal_ = fault.signal();
    kernel_.pageable().open_all();
    fatal_access_ = fault.access();
  }
  ThreadObject* thread = kernel_.current_thread();
  constexpr uint64_t kRoomForReport = 16 * 1024;
  const bool room = fault.rsp() >= thread->stack_base() + kRoomForReport && fault.rsp() <= thread->stack_end();
  if (!again)
    stack_overflow_ = fault.rsp() < thread->stack_base() + 4096 && fault.rsp() + 4096 * 16 >= thread->stack_base();
  if (room && !again) {
    fault.call_on_faulting_stack(&FaultHub::bug_check_on_stack, this);
    return;
  }
  fault.reg(REG_RSP) = reinterpret_cast<greg_t>(emergency_stack_end);
  fault.call_on_faulting_stack(&FaultHub::bug_check_on_stack, this);
}

BugCheck irql_not_less_or_equal(const Kernel& kernel, const RaisedAccess& made, std::string sentence) {
  // Both: 1 address, 2 IRQL, 3 access (0 read, 1 write, 8 execute), 4 instruction.
  const uint64_t how = made.access == FaultAccess::kWrite ? 1 : made.access == FaultAccess::kExecute ? 8 : 0;
  const uint32_t code = kernel.is_driver_code(made.rip) ? kDriverIrqlNotLessOrEqual : kIrqlNotLessOrEqual;
  return {code, {made.address, made.irql, how, made.rip}, std::move(sentence), {}};
}

const char* verb_of(FaultAccess access) {
  switch (access) {
    case FaultAccess::kWrite: return "write to";
    case FaultAccess::kExecute: return "jump to";
    case FaultAccess::kRead: return "read of";
    case FaultAccess::kUnknown: break;
  }
  return "access to";
}

void FaultHub::bug_check_on_stack(void* argument) {
  auto& hub = *static_cast<FaultHub*>(argument);
  Kernel& kernel = hub.kernel_;
  kernel.lock().release_if_held();
  if (hub.fatal_count_ > 1) {
    StackTrace stack;
    stack.push(static_cast<uint64_t>(hub.fatal_context_.registers[REG_RIP]));
    kernel.end_without_report({kUnexpectedKernelModeTrap,
                               {hub.fatal_context_.address, 0, 0, 0},
                               fmt::format("a fault at rip 0x{:x}, and another one while it was being reported",
                                           hub.fatal_context_.registers[REG_RIP]),
                               stack});
  }
  const auto rip = static_cast<uint64_t>(hub.fatal_context_.registers[REG_RIP]);
  const uint64_t address = hub.fatal_context_.address;
  const Irql irql = kernel.current_irql();

  if (hub.stack_overflow_) {
    StackTrace stack = capture_stack();      // from the fault's registers: who calls whom over and over
    if (stack.empty()) stack.push(rip + 1);  // as a return address would: inside the line of the instruction
    // UNEXPECTED_KERNEL_MODE_TRAP, parameter 1 = 8, double fault: "usually a kernel stack overflow".
    kernel.bug_check({kUnexpectedKernelModeTrap,
                      {8, address, rip, 0},
                      fmt::format("thread \"{}\" used up its kernel stack of {} bytes", kernel.current_thread()->name(),
                                  kernel.options().stack_bytes),
                      stack});
  }

  const FaultAccess access = hub.fatal_access_;
  std::string what;
  uint32_t exception = 0xC0000005;  // STATUS_ACCESS_VIOLATION
  switch (hub.fatal_signal_) {
    case SIGILL:
      exception = 0xC000001D;
      what = "an illegal instruction";
      break;
    case SIGFPE:
      exception = 0xC0000094;
      what = "a division by zero, or whose quotient is too large";
      break;
    case SIGTRAP:
      exception = 0x80000003;
      what = "a breakpoint, and no debugger";
      break;
    default:
      what = hub.fatal_context_.address_known
                 ? fmt::format("{} address 0x{:x}", verb_of(access), address)
                 : "a general protection fault: a privileged instruction or a non-canonical address";
  }
  if (hub.fatal_context_.address_known) {
    std::string where = kernel.describe_address(address);
    if (!where.empty()) what += " (" + where + ")";
    else if (hub.fatal_context_.non_canonical) what += " (no address that the processor has: a wild index or pointer)";
    else if (address < kNullPages) what += " (a null pointer)";
    else if (address < kNearNull) what += " (a null pointer and an offset)";
  }
  std::string sentence = fmt::format("{} at {}", what, irql_name(irql));

  if (hub.fatal_context_.address_known && irql >= kDispatchLevel) {
    kernel.bug_check(irql_not_less_or_equal(kernel, {address, rip, access, irql}, std::move(sentence)));
  }
  if (hub.fatal_context_.address_known && address >= kNearNull) {
    const uint64_t how = access == FaultAccess::kWrite ? 2 : access == FaultAccess::kExecute ? 0x10 : 0;
    kernel.bug_check({kPageFaultInNonpagedArea, {address, how, rip, 0}, std::move(sentence), {}});
  }
  // On the way from an application's request into the kernel: 0x3B. In a DPC nobody could have handled it: 0x1E. In a system
  // thread: 0x7E. 1 exception, 2 instruction.
  const ThreadObject* thread = kernel.current_thread();
  const bool in_request = thread->serves_application() && !thread->in_interrupts && !kernel.dpcs().in_dpc();
  const uint32_t code = in_request               ? kSystemServiceException
                        : irql >= kDispatchLevel ? kKmodeExceptionNotHandled
                                                 : kSystemThreadExceptionNotHandled;
  kernel.bug_check({code, {exception, rip, 0, in_request ? 0 : address}, std::move(sentence), {}});
}

namespace {

// One for each host thread that ever ran simulated code: it stays installed, since a run must not cost a system call.
struct SignalStacks {
  SignalStacks() {
    memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    stack_t stack{};
    stack.ss_sp = memory;
    stack.ss_size = kAlternateStackBytes;
    sigaltstack(&stack, &previous);
    emergency_stack_end = static_cast<uint8_t*>(memory) + kBytes - 64;
  }
  ~SignalStacks() {
    sigaltstack(&previous, nullptr);
    munmap(memory, kBytes);
  }
  static constexpr size_t kBytes = kAlternateStackBytes + kEmergencyStackBytes;
  void* memory;
  stack_t previous{};
};

}  // namespace

void FaultHub::prepare_host_thread() { static thread_local SignalStacks stacks; }

}  // namespace portside::kernel
