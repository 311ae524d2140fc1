#pragma once
// What the files of cases share.
#include "cases_run.h"

// Set in DriverEntry and when the device starts.
extern PDRIVER_OBJECT the_driver;
extern PDEVICE_OBJECT the_device;

constexpr ULONG kTag = 'esiM';
constexpr PHYSICAL_ADDRESS kAnywhere = {{0xFFFFFFFF, 0x7FFFFFFF}};

// Keeps the compiler from dropping an access that nothing uses.
inline void look_at(UCHAR value) {
  volatile UCHAR seen = value;
  (void)seen;
}

// A scope at another IRQL, when it is asked for.
class AtLevel {
 public:
  AtLevel(KIRQL level, bool raise) : raised_(raise) {
    if (raised_) KeRaiseIrql(level, &old_);
  }
  ~AtLevel() {
    if (raised_) KeLowerIrql(old_);
  }

 private:
  bool raised_;
  KIRQL old_ = PASSIVE_LEVEL;
};
class AtDispatch : public AtLevel {
 public:
  explicit AtDispatch(bool raise) : AtLevel(DISPATCH_LEVEL, raise) {}
};
constexpr KIRQL kDeviceLevel = 5;

inline void* block(SIZE_T bytes) { return ExAllocatePool2(POOL_FLAG_NON_PAGED, bytes, kTag); }
inline void give_back(void* block) { ExFreePoolWithTag(block, kTag); }
inline void sleep_ms(LONGLONG milliseconds) {
  LARGE_INTEGER time;
  time.QuadPart = -10000 * milliseconds;
  KeDelayExecutionThread(KernelMode, FALSE, &time);
}
inline LARGE_INTEGER in_ms(LONGLONG milliseconds) {
  LARGE_INTEGER time;
  time.QuadPart = -10000 * milliseconds;
  return time;
}
inline void wait_for(PVOID object) { KeWaitForSingleObject(object, Executive, KernelMode, FALSE, nullptr); }

// Runs the routine on a system thread and waits for its end.
inline void run_thread(PKSTART_ROUTINE routine, PVOID context) {
  HANDLE handle;
  PVOID thread;
  if (!NT_SUCCESS(PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr, routine, context)))
    return;
  ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, nullptr, KernelMode, &thread, nullptr);
  ZwClose(handle);
  wait_for(thread);
  ObDereferenceObject(thread);
}

// Calls `after` as the last thing when the driver is unloaded.
void at_unload(void (*after)());
// The driver's dispatch routine for a major function, for its own devices and PortCls' alike; `next` is what it replaces.
extern PDRIVER_DISPATCH next_dispatch;
void hook_dispatch(UCHAR major, PDRIVER_DISPATCH routine);
PDEVICE_OBJECT make_device();
// A filter below PortCls' device, that stays when the device is removed.
void attach_filter(PDEVICE_OBJECT physical);

#define CASE(name) void name(IPortWaveRTStream* port, bool wrong);
#include "cases.h"
#undef CASE
