// WorkQueue: one job that a DPC wants done at PASSIVE_LEVEL, done once for however often it was asked for meanwhile,
// and never after close().
#pragma once

#include <wdm.h>

class WorkQueue {
 public:
  typedef void (*Job)(void* context);

  // PASSIVE_LEVEL.
  NTSTATUS create(PDEVICE_OBJECT device, Job job, void* context);
  // Waits for a job that is under way.
  void close();

  // Up to DISPATCH_LEVEL.
  void request();

 private:
  static IO_WORKITEM_ROUTINE run;

  PIO_WORKITEM item_ = nullptr;
  Job job_ = nullptr;
  void* context_ = nullptr;
  KEVENT idle_;
  KSPIN_LOCK lock_;
  bool wanted_ = false, running_ = false, closed_ = true;
};
