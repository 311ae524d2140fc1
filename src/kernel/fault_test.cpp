#include "kernel/fault.h"

#include <sys/mman.h>

#include "kernel/dispatcher.h"
#include "kernel/kernel_fixture.h"

namespace portside::kernel {
namespace {

uint8_t* inaccessible_page() {
  return static_cast<uint8_t*>(mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

TEST(Fault, AWildReadEndsTheMachineAndTellsWhere) {
  KernelFixture machine;
  uint8_t* page = inaccessible_page();
  machine->set_address_describer(
      [&](uint64_t a) { return a == reinterpret_cast<uint64_t>(page) + 5 ? "byte 5 of the test's page" : ""; });
  const BugCheckRecord& record = machine.run_to_bug_check(kPageFaultInNonpagedArea, [&] {
    (void)*static_cast<volatile uint8_t*>(page + 5);
    ADD_FAILURE();
  });
  EXPECT_EQ(record.parameters[0], reinterpret_cast<uint64_t>(page) + 5);
  EXPECT_EQ(record.parameters[1], 0u);
  EXPECT_NE(record.sentence.find("read of address"), std::string::npos) << record.sentence;
  EXPECT_NE(record.sentence.find("byte 5 of the test's page"), std::string::npos) << record.sentence;
  EXPECT_FALSE(record.stack.empty());
  ASSERT_NE(machine->fault_hub().fatal_context(), nullptr);
  EXPECT_EQ(machine->fault_hub().fatal_context()->address, reinterpret_cast<uint64_t>(page) + 5);
  munmap(page, 4096);
}

TEST(Fault, AtDispatchLevelTheCodeSaysIrql) {
  KernelFixture machine;
  uint8_t* page = inaccessible_page();
  const BugCheckRecord& record = machine.run_to_bug_check(kIrqlNotLessOrEqual, [&] {
    machine->raise_irql(kDispatchLevel);
    *static_cast<volatile uint8_t*>(page) = 1;
  });
  EXPECT_EQ(record.parameters[1], kDispatchLevel);
  EXPECT_EQ(record.parameters[2], 1u);
  KernelFixture second;
  second->set_driver_code_test([](uint64_t) { return true; });
  second.run_to_bug_check(kDriverIrqlNotLessOrEqual, [&] {
    second->raise_irql(kDispatchLevel);
    *static_cast<volatile uint8_t*>(page) = 1;
  });
  munmap(page, 4096);
}

TEST(Fault, ANullPointerAnIllegalInstructionAndABreakpoint) {
  struct Row {
    void (*body)();
    uint64_t exception;
  };
  static volatile int* null_pointer = nullptr;
  for (const Row row : {Row{[]() __attribute__((no_sanitize("all"))) { *null_pointer = 1; }, 0xC0000005},
                        Row{[] { asm volatile("ud2"); }, 0xC000001D}, Row{[] { asm volatile("int3"); }, 0x80000003},
                        Row{[] {
                              asm volatile("movq %%cr8, %%rax" ::: "rax");
                            },
                            0xC0000005}}) {
    KernelFixture machine;
    const BugCheckRecord& record = machine.run_to_bug_check(kSystemThreadExceptionNotHandled, row.body);
    EXPECT_EQ(record.parameters[0], row.exception) << record.to_string();
  }
}

TEST(Fault, InAnApplicationsRequestTheCodeSaysSo_AndWhatWasAsked) {
  struct Question final : Activity {
    std::string text() const override { return "KSPROPERTY_PIN_NAME, a get"; }
  } question;
  KernelFixture machine;
  const BugCheckRecord& record = machine.run_to_bug_check(kSystemServiceException, [&] {
    ThreadObject& thread = *machine->current_thread();
    const ServingScope request(thread, {.application = true});
    const ServingScope part(thread, {.activity = &question});
    asm volatile("ud2");
  });
  EXPECT_EQ(record.parameters[0], 0xC000001Du);
  EXPECT_EQ(record.asked_for, "KSPROPERTY_PIN_NAME, a get");
}

TEST(Fault, WhatAnExceptionUnwindsIsServedNoMore) {
  KernelFixture machine;
  machine.run([&] {
    ThreadObject& thread = *machine->current_thread();
    const ServingScope request(thread, {.application = true});
    const Serving* before = thread.serving;
    Serving gone{.power = true, .outer = before};  // of a frame that is left without its destructors
    thread.serving = &gone;
    EXPECT_TRUE(thread.serves_power());
    thread.unwound_to(reinterpret_cast<uint64_t>(&gone) + sizeof gone);
    EXPECT_FALSE(thread.serves_power());
    thread.serving = before;
    EXPECT_TRUE(thread.serves_application());
  });
}

TEST(Fault, AHandlerMayMendItAndTheOrderIsKept) {
  KernelFixture machine;
  uint8_t* page = inaccessible_page();
  struct Handler : FaultHandler {
    uint8_t* page = nullptr;
    bool mend = false;
    int* asked = nullptr;
    int my_turn = 0;
    bool on_fault(Fault& fault) override {
      my_turn = ++*asked;
      if (!mend || fault.address() != reinterpret_cast<uint64_t>(page)) return false;
      mprotect(page, 4096, PROT_READ | PROT_WRITE);
      return true;
    }
  } first, second;
  int asked = 0;
  first.page = second.page = page;
  first.asked = second.asked = &asked;
  second.mend = true;
  machine->fault_hub().add(second, FaultOrder::kStructuredException);
  machine->fault_hub().add(first, FaultOrder::kEmulation);
  machine.run([&] {
    *static_cast<volatile uint8_t*>(page) = 42;
    EXPECT_EQ(*page, 42);
  });
  EXPECT_EQ(first.my_turn, 1);
  EXPECT_EQ(second.my_turn, 2);
  machine->fault_hub().remove(first);
  machine->fault_hub().remove(second);
  munmap(page, 4096);
}

__attribute__((noinline)) int use_up(int depth) {
  volatile char room[512];
  room[0] = static_cast<char>(depth);
  return (depth < 1 << 30 ? use_up(depth + 1) : 0) + room[0];
}

TEST(Fault, AnExhaustedStackIsADoubleFault) {
  KernelOptions options;
  options.stack_bytes = 64 * 1024;
  KernelFixture machine(options);
  const BugCheckRecord& record = machine.run_to_bug_check(kUnexpectedKernelModeTrap, [] { use_up(0); });
  EXPECT_EQ(record.parameters[0], 8u);
  EXPECT_NE(record.sentence.find("kernel stack"), std::string::npos);
}

TEST(Fault, AWildPointerGivenToAWaitFaultsWithNoLockHeld) {
  KernelFixture machine;
  uint8_t* page = inaccessible_page();
  struct Handler : FaultHandler {
    bool asked = false;
    bool on_fault(Fault&) override {
      asked = true;
      return false;
    }
  } handler;
  machine->fault_hub().add(handler, FaultOrder::kStructuredException);
  machine.run_to_bug_check(kPageFaultInNonpagedArea, [&] { machine->wait(page); });
  EXPECT_TRUE(handler.asked);
  munmap(page, 4096);
}

TEST(Fault, AFaultOfTheReportEndsTheMachineAllTheSame) {
  KernelFixture machine;
  uint8_t* page = inaccessible_page();
  machine->set_address_describer(
      [&](uint64_t) -> std::string { return std::string(1, *static_cast<volatile char*>((void*)page)); });
  machine.run_to_bug_check(kUnexpectedKernelModeTrap, [&] { *static_cast<volatile uint8_t*>(page) = 1; });
  munmap(page, 4096);
}

TEST(Watchdog, ALoopThatCallsNothingEndsTheMachine) {
  KernelOptions options;
  options.watchdog = std::chrono::milliseconds(20);
  KernelFixture machine(options);
  static volatile bool go_on = true;
  const BugCheckRecord& record = machine.run_to_bug_check(kPortsideWatchdog, [] {
    while (go_on) {}
  });
  EXPECT_NE(record.sentence.find("does not end"), std::string::npos);
}

TEST(Watchdog, AtDispatchLevelItIsTheDpcWatchdog) {
  KernelOptions options;
  options.watchdog = std::chrono::milliseconds(20);
  KernelFixture machine(options);
  static volatile bool go_on = true;
  machine.run_to_bug_check(kDpcWatchdogViolation, [&] {
    machine->raise_irql(kDispatchLevel);
    while (go_on) {}
  });
}

TEST(BugCheck, EndsTheMachineNotTheProcessAndTellsObserversOnce) {
  struct Log : BugCheckObserver {
    void on_bug_check(const BugCheckRecord& r) override { seen.push_back(r); }
    std::vector<BugCheckRecord> seen;
  } log;
  {
    KernelFixture machine;
    machine->bug_check_observers().add(log);
    bool other_ran_on = false;
    machine.run_to_bug_check(0xC4, [&] {
      machine->start_thread("bystander", [&] {
        machine->sleep_for(std::chrono::milliseconds(5));
        other_ran_on = true;
      });
      machine->sleep_for(std::chrono::milliseconds(1));
      machine->bug_check({0xC4, {0x71004, 1, 2, 3}, "a test", {}});
    });
    EXPECT_FALSE(other_ran_on);
    EXPECT_NE(
        machine->bug_check_record()->to_string().find("DRIVER_VERIFIER_DETECTED_VIOLATION (0x71004, 0x1, 0x2, 0x3)"),
        std::string::npos);
  }
  ASSERT_EQ(log.seen.size(), 1u);
  KernelFixture another;  // and the next machine is as good as new
  another.run([] {});
}

TEST(ProcessorBlock, GsShowsTheCurrentThreadAndProcessor) {
  KernelFixture machine;
  machine.run([&] {
    ThreadObject* thread;
    asm("movq %%gs:0x188, %0" : "=r"(thread));
    EXPECT_EQ(thread, machine->current_thread());
    uint32_t number;
    asm("movl %%gs:0x1a4, %0" : "=r"(number));
    EXPECT_EQ(number, machine->current_processor());
    uint8_t *top, *limit;
    asm("movq %%gs:0x800, %0" : "=r"(top));
    asm("movq %%gs:0x808, %0" : "=r"(limit));
    EXPECT_EQ(limit - top, 64 * 1024);
    *top = 1;
    machine->start_thread("other", [&, main = thread] {
      ThreadObject* mine;
      asm volatile("movq %%gs:0x188, %0" : "=r"(mine));
      EXPECT_NE(mine, main);
    });
    machine->sleep_for(std::chrono::milliseconds(1));
    asm volatile("movq %%gs:0x188, %0" : "=r"(thread));
    EXPECT_EQ(thread, machine->current_thread());
  });
}

}  // namespace
}  // namespace portside::kernel
