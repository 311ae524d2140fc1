#include "kernel/thread_executor.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <unistd.h>
#include <algorithm>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "kernel/dpc_queue.h"
#include "kernel/kernel.h"
#include "kernel/kernel_timers.h"
#include "kernel/machine_clock.h"
#include "kernel/processors.h"
#include "kernel/watchdog.h"

namespace portside::kernel {

struct ThreadExecutor::HostThread : ExecutorThread {
  ~HostThread() override { munmap(shadow, shadow_bytes); }
  ThreadExecutor* executor = nullptr;
  ThreadObject* thread = nullptr;
  MachineContext* machine = nullptr;
  ProcessorBlock block{};
  std::condition_variable_any woken;  // with the dispatcher lock
  int token = -1;                     // own thread only
  uint8_t* shadow = nullptr;
  size_t shadow_bytes = 0;
  jmp_buf* exit_point = nullptr;  // in entry()
};

std::unique_ptr<Executor> make_thread_executor(Kernel& kernel) { return std::make_unique<ThreadExecutor>(kernel); }

ThreadExecutor::~ThreadExecutor() = default;

ThreadExecutor::HostThread* ThreadExecutor::host_of(ThreadObject* thread) {
  return static_cast<HostThread*>(thread->executor_.get());
}

void ThreadExecutor::start(ThreadObject* thread, DispatcherLock&) {
  auto host = std::make_unique<HostThread>();
  HostThread* raw = host.get();
  host->executor = this;
  host->thread = thread;
  host->machine = machine_ ? machine_ : MachineContext::current();
  ProcessorBlock& block = host->block;
  block.self = block.used_self = &block;
  block.current_prcb = &block.mx_csr;
  block.mx_csr = 0x1F80;
  block.kernel = &kernel_;
  block.current_thread = thread;
  host->shadow_bytes = kernel_.options().shadow_stack_bytes;
  host->shadow = static_cast<uint8_t*>(
      mmap(nullptr, host->shadow_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  if (host->shadow == MAP_FAILED) std::abort();
  block.shadow_base = block.shadow_top = host->shadow;
  block.shadow_limit = host->shadow + host->shadow_bytes;
  thread->executor_ = std::move(host);
  thread->state_ = ThreadState::kReady;
  {
    MutexLock guard(threads_mutex_);
    ++live_;
  }
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, std::max<size_t>(kernel_.options().stack_bytes, 256 * 1024));
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t id;
  if (pthread_create(&id, &attributes, &ThreadExecutor::entry, raw) != 0) {
    std::fputs("portside: the host gives no more threads\n", stderr);
    std::abort();
  }
  pthread_attr_destroy(&attributes);
}

void* ThreadExecutor::entry(void* argument) {
  auto& host = *static_cast<HostThread*>(argument);
  pthread_attr_t attributes;
  void* stack = nullptr;
  size_t bytes = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
    pthread_attr_getstack(&attributes, &stack, &bytes);
    pthread_attr_destroy(&attributes);
  }
  host.thread->stack_base_ = reinterpret_cast<uint64_t>(stack);
  host.thread->stack_end_ = host.thread->stack_base_ + bytes;
  MachineContext::set_current(host.machine);
  FaultHub::prepare_host_thread();
  ProcessorBlockScope block(&host.block);
  Watchdog watchdog(host.executor->kernel_.options().watchdog);
  jmp_buf exit_point;
  host.exit_point = &exit_point;
  // Driver frames have no DWARF tables, so pthread_exit could not unwind them: a thread that ends jumps over them.
  if (_setjmp(exit_point) == 0) {
    {
      DispatcherGuard guard(host.executor->kernel_.lock());
      host.thread->state_ = ThreadState::kRunning;
    }
    host.executor->kernel_.run_thread_body(host.thread);
  }
  return nullptr;
}

void ThreadExecutor::start_service_threads() {
  services_ = true;
  auto start_one = [&](std::string name, std::function<void()> body) {
    ThreadObject* thread = kernel_.make_thread(std::move(name), std::move(body));
    thread->is_idle_ = true;
    DispatcherGuard guard(kernel_.lock());
    start(thread, kernel_.lock());
    return thread;
  };
  start_one("Clock", [this] { serve_timers(); });
  for (uint32_t p = 0; p < Processors::kCount; ++p)
    kernel_.processors()[p].idle = start_one(fmt::format("Idle {}", p), [this, p] { serve_dpcs(p); });
}

void ThreadExecutor::run(ThreadObject* main) {
  {
    DispatcherGuard guard(kernel_.lock());
    machine_ = MachineContext::current();
  }
  if (!services_) start_service_threads();
  threads_mutex_.lock();
  main_ = main;
  // It was started before: a short body may be over by now.
  if (std::ranges::find(left_, main) != left_.end()) main_ended_ = true;
  for (;;) {
    if (kernel_.ended()) break;
    if (main_ended_) break;
    threads_changed_.wait(threads_mutex_);
  }
  main_ = nullptr;
  main_ended_ = false;
  threads_mutex_.unlock();
}

void ThreadExecutor::block(ThreadObject* current, DispatcherLock& lock) {
  HostThread& host = *host_of(current);
  while (current->state_ == ThreadState::kWaiting && !kernel_.ended()) host.woken.wait(lock);
  if (kernel_.ended()) {
    lock.unlock();
    abandon();
  }
}

void ThreadExecutor::make_ready(ThreadObject* thread, DispatcherLock&) {
  thread->state_ = ThreadState::kReady;
  host_of(thread)->woken.notify_one();
}

// The last look at the machine: once live_ is lower it may be destroyed, and the thread object with it.
void ThreadExecutor::leave(HostThread& host) {
  if (host.token >= 0) give_processor(host.thread);
  MachineContext::set_current(nullptr);
  jmp_buf* exit_point = host.exit_point;
  threads_mutex_.lock();
  --live_;
  if (main_ == host.thread) main_ended_ = true;
  left_.push_back(host.thread);
  threads_changed_.notify_all();
  threads_mutex_.unlock();
  _longjmp(*exit_point, 1);
}

void ThreadExecutor::reap() {
  std::vector<ThreadObject*> left;
  {
    MutexLock guard(threads_mutex_);
    left.swap(left_);
  }
  for (ThreadObject* thread : left) kernel_.release_thread(thread);
}

void ThreadExecutor::exit_current(ThreadObject* current) { leave(*host_of(current)); }

// Parked until the machine is destroyed: its stack is kept for the report.
void ThreadExecutor::abandon() {
  HostThread& host = *host_of(this_processor_block()->current_thread);
  if (host.token >= 0) give_processor(host.thread);
  threads_mutex_.lock();
  threads_changed_.notify_all();
  while (!destroying_) threads_changed_.wait(threads_mutex_);
  threads_mutex_.unlock();
  leave(host);
}

bool ThreadExecutor::yield() {
  sched_yield();
  return true;
}

bool ThreadExecutor::yield_to(uint32_t) {
  __builtin_ia32_pause();
  sched_yield();
  return true;
}

void ThreadExecutor::rest(uint32_t looks) {
  constexpr uint32_t kLooksWithoutRest = 100;
  if (looks > kLooksWithoutRest) std::this_thread::sleep_for(std::chrono::microseconds(50));
}

void ThreadExecutor::take_token(HostThread& host, int wanted) {
  if (host.token >= 0) return;
  tokens_mutex_.lock();
  for (;;) {
    int token = -1;
    const int preferred = wanted >= 0 ? wanted : static_cast<int>(host.block.number);
    if (!token_owner_[preferred]) token = preferred;
    else if (wanted < 0 && !token_owner_[1 - preferred]) token = 1 - preferred;
    if (token >= 0) {
      token_owner_[token] = &host;
      host.token = token;
      break;
    }
    if (kernel_.ended()) break;
    token_free_.wait(tokens_mutex_);
  }
  tokens_mutex_.unlock();
  if (host.token < 0) abandon();
  host.block.number = static_cast<uint32_t>(host.token);
  host.block.legacy_number = static_cast<uint8_t>(host.token);
}

void ThreadExecutor::take_processor(ThreadObject* current) { take_token(*host_of(current), -1); }

void ThreadExecutor::give_processor(ThreadObject* current) {
  HostThread& host = *host_of(current);
  if (host.token < 0) return;
  {
    MutexLock guard(tokens_mutex_);
    token_owner_[host.token] = nullptr;
    host.token = -1;
  }
  token_free_.notify_all();
}

void ThreadExecutor::notify_processor(uint32_t processor, DispatcherLock&) { dpc_arrived_[processor].notify_one(); }
void ThreadExecutor::notify_deadline(DispatcherLock&) { timer_changed_.notify_one(); }

void ThreadExecutor::serve_timers() {
  ThreadObject* self = kernel_.current_thread();
  HostThread& host = *host_of(self);
  DispatcherLock& lock = kernel_.lock();
  for (;;) {
    lock.lock();
    for (;;) {
      if (kernel_.ended()) {
        lock.unlock();
        leave(host);
      }
      const Nanoseconds next = kernel_.timers().next_due();
      const Nanoseconds now = kernel_.clock().now();
      if (next <= now) break;
      if (next == Nanoseconds::max()) timer_changed_.wait(lock);
      else timer_changed_.wait_until(lock, std::chrono::steady_clock::now() + (next - now));
    }
    lock.unlock();
    take_token(host, -1);
    host.block.irql = kDispatchLevel;
    lock.lock();
    kernel_.timers().expire_locked(kernel_.clock().now(), host.block.number, lock);
    lock.unlock();
    kernel_.lower_irql(kPassiveLevel, "clock");  // runs the DPCs, gives the processor back
  }
}

void ThreadExecutor::serve_dpcs(uint32_t processor) {
  HostThread& host = *host_of(kernel_.current_thread());
  DispatcherLock& lock = kernel_.lock();
  for (;;) {
    lock.lock();
    while (!kernel_.dpcs().pending(processor) && !kernel_.ended()) dpc_arrived_[processor].wait(lock);
    const bool stop = kernel_.ended();
    lock.unlock();
    if (stop) leave(host);
    take_token(host, static_cast<int>(processor));
    host.block.irql = kDispatchLevel;
    kernel_.lower_irql(kPassiveLevel, "idle");
  }
}

void ThreadExecutor::shut_down() {
  // To threads that wait, a machine that is destroyed has ended.
  kernel_.end_quietly();
  threads_mutex_.lock();
  destroying_ = true;
  for (int patience = 0; live_ > 0 && patience < 500; ++patience) {
    threads_changed_.notify_all();
    threads_mutex_.unlock();
    token_free_.notify_all();
    {
      DispatcherGuard guard(kernel_.lock());
      timer_changed_.notify_all();
      for (auto& arrived : dpc_arrived_) arrived.notify_all();
      kernel_.for_each_thread_locked([](ThreadObject* thread) {
        if (thread->executor_) host_of(thread)->woken.notify_all();
      });
    }
    threads_mutex_.lock();
    if (live_ > 0) threads_changed_.wait_for(threads_mutex_, std::chrono::milliseconds(10));
  }
  const uint32_t left = live_;
  threads_mutex_.unlock();
  if (left) {
    std::fprintf(stderr, "portside: %u simulated thread(s) run without a kernel call and cannot be stopped\n", left);
    std::abort();
  }
}

}  // namespace portside::kernel
