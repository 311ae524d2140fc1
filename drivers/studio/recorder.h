// Recorder: writes what is played to C:\studio.wav, when the registry asks for it (Settings::record_to_file).
//
// The mixer runs at DISPATCH_LEVEL, where no file can be written. So it puts frames into a ring, and a thread of this
// driver's own empties it. The thread serves streams: it is registered as a stream resource, which lets Windows run it
// with the priority that audio needs (IPortClsStreamResourceManager).
#pragma once

#include "samples.h"

class Recorder {
 public:
  // PASSIVE_LEVEL. Makes the file and starts the thread. `manager` may be null: then nothing is registered.
  NTSTATUS start(IPortClsStreamResourceManager* manager, PDEVICE_OBJECT physical_device);
  // Registered resources go before their thread does. The file is complete when this has returned; `rate` is the word
  // clock that it was recorded with.
  void stop(ULONG rate);

  // DISPATCH_LEVEL, from one place at a time. A full ring drops the frame: a file can wait, sound cannot.
  void put(const Frame& frame);

 private:
  static constexpr ULONG kRingFrames = 1 << 15;
  struct Pair {
    SHORT left, right;
  };
  void end_thread();  // and does not wait for it
  static KSTART_ROUTINE run_thread;
  void empty_ring();
  void write_header(ULONG rate);

  Pair* ring_ = nullptr;
  volatile LONG64 put_ = 0, taken_ = 0;  // frames; the difference is what waits
  LONGLONG file_bytes_ = 0;
  HANDLE file_ = nullptr;
  PETHREAD thread_ = nullptr;
  KEVENT wake_;
  volatile LONG ending_ = FALSE;
  IPortClsStreamResourceManager* manager_ = nullptr;
  PCSTREAMRESOURCE resource_ = nullptr;
};
