// Controller: the High Definition Audio controller: its reset, its interrupt, its command ring and its DMA engines
// (HDA 1.0a §3, §4). Knows codecs by their addresses alone.
#pragma once

#include <portcls.h>

#include "command_ring.h"
#include "dma_engine.h"
#include "shared_interrupt.h"
#include "work_queue.h"

class Controller {
 public:
  static constexpr ULONG kMaxCodecs = 15;  // §3.3.9

  // Called at PASSIVE_LEVEL for each unsolicited response.
  typedef void (*CodecListener)(void* context, UCHAR codec, ULONG response);

  Controller();
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  // All at PASSIVE_LEVEL, but where it says otherwise.
  NTSTATUS create(PDEVICE_OBJECT device, PRESOURCELIST resources, CodecListener listener, void* context);
  // Lets go of the registers and of the interrupt: no DPC and no work item of ours runs after it, and whoever still
  // asks is told that the controller is gone. The memory that it shared stays until the end. May be called again.
  void let_go();

  // Out of reset, with the command ring running. After a sleep again; finds out itself what was kept.
  NTSTATUS start();
  // Before a sleep: no DMA, no interrupt, and nobody who touches registers until start(). False: it sleeps already.
  bool quiesce();

  // One bit for each codec that answered after the reset (§4.3).
  USHORT codecs() const { return codecs_; }
  CommandRing& ring() { return ring_; }
  const RegisterBlock& registers() const { return registers_; }
  PDMA_ADAPTER dma_adapter() const { return dma_adapter_; }
  // The highest address that the controller can reach.
  PHYSICAL_ADDRESS highest_address() const;

  // A free engine in that direction, or nullptr.
  DmaEngine* claim(bool capture);
  void release(DmaEngine* engine);

 private:
  static bool on_interrupt(void* context, ULONG* causes);
  static void on_completions(void* context, ULONG causes);
  static void on_unsolicited(void* context);
  static void do_work(void* context);

  NTSTATUS leave_reset();
  NTSTATUS enter_reset();
  NTSTATUS get_dma_adapter(PDEVICE_OBJECT device);
  NTSTATUS place_engines();
  NTSTATUS start_parts();

  RegisterBlock registers_;
  CommandRing ring_;
  PDMA_ADAPTER dma_adapter_ = nullptr;
  PowerGate gate_;
  DmaPositions positions_;
  bool has_64_bit_addresses_ = false;
  USHORT codecs_ = 0;

  DmaEngine engines_[reg::kMaxStreams];
  ULONG engine_count_ = 0;
  KSPIN_LOCK engines_lock_;

  SharedInterrupt interrupt_{&Controller::on_interrupt, &Controller::on_completions, this};  // causes: as in INTSTS

  WorkQueue work_;
  CodecListener listener_ = nullptr;
  void* listener_context_ = nullptr;
};
