// Engine: a device without hardware: bytes pass at the format's rate while it runs, counted from the performance counter;
// a timer looks once a millisecond whether a packet is complete and signals the client's event.
#pragma once
#include "case.h"

constexpr ULONG kFrameBytes = 4;
constexpr ULONG kBytesPerSecond = 48000 * kFrameBytes;

class Engine {
 public:
  Engine();
  ~Engine();

  void set_buffer(UCHAR* view, ULONG bytes, ULONG packets) { view_ = view, buffer_bytes_ = bytes, packets_ = packets; }
  void run();
  void pause();
  void reset();
  bool running() const { return running_; }

  ULONG buffer_bytes() const { return buffer_bytes_; }
  ULONG packets() const { return packets_; }
  ULONG packet_bytes() const { return packets_ ? buffer_bytes_ / packets_ : 0; }
  // Bytes that have passed since reset(), whole frames; the counter at that instant.
  LONGLONG bytes(LONGLONG* counter = nullptr) const;
  ULONG completed() const { return packet_bytes() ? static_cast<ULONG>(bytes() / packet_bytes()) : 0; }

  NTSTATUS add_event(PKEVENT event);
  NTSTATUS remove_event(PKEVENT event);
  void signal_former_event();

 private:
  static void on_timer(PKDPC, PVOID context, PVOID, PVOID) { static_cast<Engine*>(context)->tick(); }
  void tick();
  void signal();

  KTIMER timer_;
  KDPC dpc_;
  KSPIN_LOCK lock_;
  PKEVENT event_ = nullptr;
  PKEVENT former_ = nullptr;
  UCHAR* view_ = nullptr;
  ULONG buffer_bytes_ = 0;
  ULONG packets_ = 0;
  ULONG signalled_ = 0;
  volatile LONG was_set_ = 0;
  LONGLONG before_ = 0;
  LONGLONG started_ = 0;
  bool running_ = false;
};
