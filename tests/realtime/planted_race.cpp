// Two threads of a real-time machine that change one number with nothing between them. Under ThreadSanitizer this
// program must be reported: if it is not, a clean run of the real-time suite says nothing.

#include <atomic>
#include <cstdio>
#include <thread>

#include "kernel/kernel.h"
#include "memory/memory.h"

int main() {
  using namespace portside;
  MachineContext context;
  CurrentMachineScope scope(context);
  auto memory = memory::Memory::create({});
  if (!memory) return 2;
  context.install(memory->get());
  kernel::KernelOptions options;
  options.clock = kernel::ClockKind::kReal;
  auto kernel = kernel::Kernel::create(options);
  if (!kernel) return 2;
  context.install(kernel->get());
  static int shared = 0;
  static std::atomic<int> started = 0;
  const auto ran = (*kernel)->run([&] {
    const auto body = [] {
      // Neither begins before both are there: one that had ended would have been ordered before the other by the
      // scheduler's own lock. Relaxed, so that this meeting orders nothing.
      started.fetch_add(1, std::memory_order_relaxed);
      while (started.load(std::memory_order_relaxed) < 2) std::this_thread::yield();
      for (int i = 0; i < 100'000; ++i) ++shared;
    };
    kernel::ThreadObject* other = (*kernel)->start_thread("other", body);
    body();
    (void)(*kernel)->wait(other->header());
    (*kernel)->release_thread(other);
  });
  std::printf("%d\n", shared);
  return ran ? 0 : 1;
}
