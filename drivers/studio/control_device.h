// ControlDevice: a device of this driver's own, \\.\PortsideStudio, beside those that PortCls made: for what no audio
// property says, like pulling a plug (control.h).
//
// PortCls has filled the driver's dispatch table with its own functions. A driver that makes devices of its own puts a
// dispatcher of its own there, and hands on what is for PortCls (PcDispatchIrp). "A driver that has both PnP devices
// and a control device has to delete the latter when the last of the former goes, or it can never be unloaded."
#pragma once

#include <portcls.h>

class Studio;

class ControlDevice {
 public:
  // In DriverEntry, after PcInitializeAdapterDriver.
  static void hook(PDRIVER_OBJECT driver);

  // PASSIVE_LEVEL. The control device comes with the first studio, and goes with the removal of the last.
  static void add(Studio& studio);
  static void remove(Studio& studio);

 private:
  static DRIVER_DISPATCH dispatch;
  static NTSTATUS control(PIRP irp);
  static NTSTATUS set_jack(const UCHAR* in, ULONG bytes);
  static NTSTATUS turn_knob(const UCHAR* in, ULONG bytes);
  static NTSTATUS speak_keyword();
  static NTSTATUS count_own_pins(ULONG* count);
};
