// PortBlock: a range of I/O ports, from its resource. READ_PORT_* and WRITE_PORT_* are instructions of the processor,
// and a card that is gone answers with ones.
#pragma once

#include <portcls.h>

#include "faults.h"

class PortBlock {
 public:
  // STATUS_DEVICE_CONFIGURATION_ERROR: there is no such resource, or it is shorter than `bytes`.
  NTSTATUS find(PRESOURCELIST resources, ULONG index, ULONG bytes) {
    PCM_PARTIAL_RESOURCE_DESCRIPTOR port = resources->FindTranslatedPort(index);
    if (!port || (port->u.Port.Length < bytes && !faults::kTrustsLengths)) return STATUS_DEVICE_CONFIGURATION_ERROR;
    first_ = static_cast<ULONG_PTR>(port->u.Port.Start.QuadPart);
    return STATUS_SUCCESS;
  }
  void forget() { first_ = 0; }
  bool known() const { return first_ != 0; }

  // Any IRQL. Once forgotten, they read as a card does that is gone.
  UCHAR read8(ULONG offset) const { return first_ ? READ_PORT_UCHAR(at<UCHAR>(offset)) : 0xFF; }
  USHORT read16(ULONG offset) const { return first_ ? READ_PORT_USHORT(at<USHORT>(offset)) : 0xFFFF; }
  ULONG read32(ULONG offset) const { return first_ ? READ_PORT_ULONG(at<ULONG>(offset)) : 0xFFFFFFFF; }
  void write8(ULONG offset, UCHAR value) const {
    if (first_) WRITE_PORT_UCHAR(at<UCHAR>(offset), value);
  }
  void write16(ULONG offset, USHORT value) const {
    if (first_) WRITE_PORT_USHORT(at<USHORT>(offset), value);
  }
  void write32(ULONG offset, ULONG value) const {
    if (first_) WRITE_PORT_ULONG(at<ULONG>(offset), value);
  }

 private:
  template <class T>
  T* at(ULONG offset) const {
    return reinterpret_cast<T*>(first_ + offset);
  }
  ULONG_PTR first_ = 0;
};
