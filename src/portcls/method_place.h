#pragma once
// Where a method of a driver's object begins, as one frame of a stack: what a report about a returned value points to.

#include <portcls.h>
#include <wdm.h>

#include <cstdint>

#include "base/stack.h"

namespace portside::portcls {

// Places in vtables, QueryInterface being 0. method_place_test.cpp holds them against the interfaces.
enum MethodSlot : uint32_t {
  kSlotQueryInterface = 0,
  kSlotAddRef = 1,
  kSlotRelease = 2,
  // IMiniport
  kSlotGetDescription = 3,
  kSlotDataRangeIntersection = 4,
  // IMiniportWaveRT
  kSlotNewStream = 6,
  kSlotGetDeviceDescription = 7,
  // IMiniportWaveRTStream
  kSlotSetState = 4,
  kSlotGetPosition = 5,
  kSlotAllocateAudioBuffer = 6,
  kSlotFreeAudioBuffer = 7,
  kSlotGetHWLatency = 8,
  kSlotGetPositionRegister = 9,
  kSlotGetClockRegister = 10,
  // IMiniportWaveRTStreamNotification
  kSlotAllocateBufferWithNotification = 11,
  kSlotRegisterNotificationEvent = 13,
  kSlotUnregisterNotificationEvent = 14,
  // IMiniportWaveRTOutputStream, IMiniportWaveRTInputStream
  kSlotSetWritePacket = 3,
  kSlotGetPresentationPosition = 4,
  kSlotGetPacketCount = 5,
  kSlotGetReadPacket = 3,
};

// The place is the method itself: thunks before it that adjust `this`, or only jump on, are followed.
StackTrace method_place(const void* interface_pointer, uint32_t slot);
// The same of a function.
StackTrace function_place(const void* function);

}  // namespace portside::portcls
