// DmaPositions: the DMA position buffer (HDA 1.0a §3.6.1): the controller writes there how far each engine is in its
// list, and a client that maps its engine's entry has the position with no help of anybody's.
//
// That is so as long as each list begins where its buffer does. One that had to begin elsewhere (see DmaEngine) is
// counted from there, which no client would understand. Then there are two pages: the controller writes the second one,
// and each millisecond a timer writes into the first, which clients have mapped, what is true. It is back to one page
// as soon as nobody needs two and no engine runs: the address must not change under a running one (§3.3.32).
#pragma once

#include "dma_memory.h"
#include "register_block.h"
#include "registers.h"

class DmaEngine;

class DmaPositions {
 public:
  explicit DmaPositions(const RegisterBlock& registers);

  // PASSIVE_LEVEL. The engines are told where their entries are by their index here.
  NTSTATUS create(PDMA_ADAPTER adapter, DmaEngine* engines);
  void set_engine_count(ULONG count) { engine_count_ = count; }
  void destroy() { memory_.free(); }

  // With the power gate held, and the controller out of reset: tells it where to write.
  void start();
  // The same, with engines that may run: one page or two.
  void settle();
  // Before a sleep, and at the end. PASSIVE_LEVEL, without the gate: waits for the timer.
  void stop();

  // Any IRQL. What the controller counted, and what clients see.
  volatile ULONG& counted(ULONG engine) const { return memory_.as<DmaPosition>()[engine + (two_ ? kSecond : 0)].bytes; }
  volatile ULONG& shown(ULONG engine) const { return memory_.as<DmaPosition>()[engine].bytes; }

 private:
  static constexpr ULONG kSecond = PAGE_SIZE / sizeof(DmaPosition);
  static KDEFERRED_ROUTINE on_timer;
  void tell_controller();
  void show();
  bool are_two_needed() const;
  bool runs_any() const;

  const RegisterBlock& registers_;
  DmaMemory memory_;
  DmaEngine* engines_ = nullptr;
  ULONG engine_count_ = 0;
  volatile bool two_ = false;
  KTIMER timer_;
  KDPC dpc_;
};
