#pragma once
// What the toy driver is asked, and answers with: an experiment each, by METHOD_BUFFERED.

#define TOY_DEVICE_NAME L"\\Device\\PortsideToy"
#define TOY_LINK_NAME L"\\DosDevices\\PortsideToy"
#define TOY_CODE(n) CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (n), METHOD_BUFFERED, FILE_ANY_ACCESS)

// The experiments. Each answers with ULONGs, in the order of its comment.
#define TOY_CONFIG \
  TOY_CODE(        \
      0)  // vendor and device by IRP, by bus interface, by HalGetBusDataByOffset, by HalGetBusData; bytes past the end
#define TOY_RESOURCES \
  TOY_CODE(           \
      1)  // counts of memory, port and interrupt entries; raw level, translated level and vector; requirements' count
#define TOY_REGISTERS \
  TOY_CODE(2)  // reads of each width, and what instructions inlined by the compiler made of the scratch register
#define TOY_PORTS TOY_CODE(3)  // reads of each width, and of a string
#define TOY_TICKS TOY_CODE(4)  // interrupts taken, DPCs run, IRQL in the service routine, foreign calls of a sharer
#define TOY_SYNC TOY_CODE(5)   // the same through IInterruptSync, in each of its modes: calls of the two routines
#define TOY_DMA \
  TOY_CODE(     \
      6)  // common buffer filled; sum of it; elements of a scattered list; sum of their first; bytes of MapTransfer
#define TOY_MISTAKE TOY_CODE(7)  // in: TOY_MISTAKE_KIND

typedef enum {
  ToyBeyondRange = 1,
  ToyMisaligned,
  ToyAfterUnmap,
  ToyInstruction,
  ToyUnclaimed,         // a service routine that says no to its own interrupt
  ToyNotQuieted,        // one that says yes and acknowledges nothing
  ToyQuietedUnclaimed,  // one that acknowledges and says no
  ToyClaimsAll,         // one that says yes to whatever comes
  ToyLeftConnected,     // until the device is removed
  ToyFreedWrong,        // a common buffer freed with another length
  ToyBufferLeft,        // PutDmaAdapter first
  ToyListLeft,
  ToyAdapterLeft,
  ToyOutOfReach,  // a list of pages above what the device addresses
  ToyDmaFreed,    // the device writes to pages that were freed
  ToyDmaOutside,  // past the last page of a common buffer
  ToyDmaPastEnd,  // past its end, inside its page
  ToyDmaForeign,  // to memory that is no buffer for a device
  ToyInD3,        // registers while the device sleeps
  ToyListRead,    // the right twin of the DMA mistakes: all of it freed
} TOY_MISTAKE_KIND;
