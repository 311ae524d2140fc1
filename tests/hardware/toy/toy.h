#pragma once
// The toy driver: a WDM function driver of ToyCard (tests/hardware/toy_card.h), and its experiments.

#include <portcls.h>
#include <wdm.h>

#include "toy_control.h"

// ToyCard's registers.
enum : ULONG {
  kIdentity = 0x00,
  kControl = 0x04,
  kStatus = 0x08,
  kPeriod = 0x0C,
  kAddress = 0x10,
  kLength = 0x14,
  kCommand = 0x18,
  kSum = 0x1C,
  kScratch = 0x20,
  kAddressHigh = 0x34
};

struct Toy {
  PDEVICE_OBJECT self, below, physical;
  CM_RESOURCE_LIST* raw;  // copies
  CM_RESOURCE_LIST* translated;
  PHYSICAL_ADDRESS registers_at;
  ULONG registers_bytes;
  UCHAR* registers;
  USHORT port;
  CM_PARTIAL_RESOURCE_DESCRIPTOR interrupt;
  PKINTERRUPT connected;
  KDPC dpc;
  KEVENT enough;
  volatile LONG interrupts, dpcs, foreign, wanted;
  volatile LONG irql_seen;
  bool claims, quiets, claims_all;
  PDMA_ADAPTER left_adapter;
};

ULONG Load(Toy* toy, ULONG offset);
void Store(Toy* toy, ULONG offset, ULONG value);
NTSTATUS ConnectInterrupt(Toy* toy, PKSERVICE_ROUTINE routine, PKINTERRUPT* interrupt);
PDMA_ADAPTER GetAdapter(Toy* toy, bool wide);
// Below DISPATCH_LEVEL; sends a plug and play request to the stack below.
NTSTATUS AskBelow(Toy* toy, PIO_STACK_LOCATION request, ULONG_PTR* information);

NTSTATUS RunExperiment(Toy* toy, ULONG code, ULONG* numbers, ULONG* count);
NTSTATUS MakeMistake(Toy* toy, TOY_MISTAKE_KIND kind);
