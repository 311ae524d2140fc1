// CommandRing: how the driver talks to codecs: verbs go out through the CORB, responses come back through the RIRB,
// both rings in memory that the controller reads and writes by itself (HDA 1.0a §4.4). Codecs also speak unasked; such
// a response lands between the others, marked, and is kept until somebody asks for it.
#pragma once

#include "dma_memory.h"
#include "register_block.h"

class CommandRing {
 public:
  // Called at up to DISPATCH_LEVEL when an unsolicited response has come.
  typedef void (*Listener)(void* context);
  struct Unsolicited {
    UCHAR codec;
    ULONG response;
  };

  explicit CommandRing(const RegisterBlock& registers);

  // PASSIVE_LEVEL.
  NTSTATUS create(PDMA_ADAPTER adapter, Listener listener, void* context);
  void destroy();
  // The controller must be out of reset. Called again after each reset.
  NTSTATUS start();
  // Waits for a sender; those who come later are told STATUS_DEVICE_NOT_READY.
  void stop();

  // PASSIVE_LEVEL; one caller at a time, others wait. STATUS_IO_TIMEOUT: the codec did not answer in time.
  NTSTATUS send(UCHAR codec, UCHAR node, ULONG verb, ULONG payload, ULONG* response);

  // Up to DISPATCH_LEVEL: takes what has arrived out of the RIRB.
  void collect();
  // The next unsolicited response; false when there is none.
  bool take_unsolicited(Unsolicited* result);

 private:
  // §3.6.5: the response, and who gave it.
  struct Response {
    ULONG response;
    ULONG extended;  // bits 0 to 3: codec address; bit 4: unsolicited
  };
  static constexpr ULONG kEntries = 256;
  static constexpr ULONG kRirbOffset = kEntries * sizeof(ULONG);
  static constexpr ULONG kKept = 32;

  static NTSTATUS choose_size(const RegisterBlock& registers, ULONG offset, ULONG* entries);
  // With one_at_a_time_ held.
  NTSTATUS start_engines();
  void stop_engines();
  NTSTATUS exchange(ULONG command, UCHAR codec, ULONG* response);
  bool answered(ULONG* response);
  Response* responses() const { return reinterpret_cast<Response*>(memory_.as<UCHAR>() + kRirbOffset); }

  const RegisterBlock& registers_;
  DmaMemory memory_;
  Listener listener_ = nullptr;
  void* listener_context_ = nullptr;
  FAST_MUTEX one_at_a_time_;
  bool running_ = false;
  ULONG corb_entries_ = 0;

  KSPIN_LOCK lock_;  // of what follows: the DPC and a sender both take responses out
  ULONG rirb_entries_ = 0;
  ULONG rirb_read_ = 0;
  bool waiting_ = false;
  UCHAR waiting_for_ = 0;
  bool have_answer_ = false;
  ULONG answer_ = 0;
  Unsolicited kept_[kKept] = {};
  ULONG kept_first_ = 0, kept_count_ = 0;
};
