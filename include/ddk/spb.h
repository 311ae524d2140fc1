// Requests to a peripheral on a simple peripheral bus, I2C or SPI (DDI reference: spb). Nothing answers them on Portside, where no
// such bus is. Not here: transfers on several SPI lines (IOCTL_SPB_MULTI_SPI_TRANSFER).
#pragma once
#include <ntddk.h>
#include <portside/connections.h>

#define PORTSIDE_SPB_CODE(function) CTL_CODE(FILE_DEVICE_CONTROLLER, function, METHOD_BUFFERED, FILE_ANY_ACCESS)
typedef enum SpbIoctl {
  IOCTL_SPB_LOCK_CONTROLLER = PORTSIDE_SPB_CODE(0x600),
  IOCTL_SPB_UNLOCK_CONTROLLER = PORTSIDE_SPB_CODE(0x601),
  IOCTL_SPB_EXECUTE_SEQUENCE = PORTSIDE_SPB_CODE(0x602),
  IOCTL_SPB_LOCK_CONNECTION = PORTSIDE_SPB_CODE(0x603),
  IOCTL_SPB_UNLOCK_CONNECTION = PORTSIDE_SPB_CODE(0x604),
  IOCTL_SPB_FULL_DUPLEX = PORTSIDE_SPB_CODE(0x605)
} *PSpbIoctl;

typedef enum SPB_TRANSFER_DIRECTION {
  SpbTransferDirectionNone,
  SpbTransferDirectionFromDevice,
  SpbTransferDirectionToDevice,
  SpbTransferDirectionMax
} SPB_TRANSFER_DIRECTION, *PSPB_TRANSFER_DIRECTION;
typedef enum SPB_TRANSFER_BUFFER_FORMAT {
  SpbTransferBufferFormatInvalid,
  SpbTransferBufferFormatSimple,
  SpbTransferBufferFormatList,
  SpbTransferBufferFormatSimpleNonPaged,
  SpbTransferBufferFormatMdl,
  SpbTransferBufferFormatMax
} SPB_TRANSFER_BUFFER_FORMAT, *PSPB_TRANSFER_BUFFER_FORMAT;
typedef struct SPB_TRANSFER_BUFFER_LIST_ENTRY {
  PVOID Buffer;
  ULONG BufferCb;
} SPB_TRANSFER_BUFFER_LIST_ENTRY, *PSPB_TRANSFER_BUFFER_LIST_ENTRY;
typedef struct SPB_TRANSFER_BUFFER {
  SPB_TRANSFER_BUFFER_FORMAT Format;
  union {
    SPB_TRANSFER_BUFFER_LIST_ENTRY Simple;
    struct { PSPB_TRANSFER_BUFFER_LIST_ENTRY List; ULONG ListCe; } BufferList;
    PMDL Mdl;
  };
} SPB_TRANSFER_BUFFER, *PSPB_TRANSFER_BUFFER;
C_ASSERT(sizeof(SPB_TRANSFER_BUFFER) == 24);
typedef struct SPB_TRANSFER_LIST_ENTRY {
  SPB_TRANSFER_DIRECTION Direction;
  ULONG DelayInUs;
  SPB_TRANSFER_BUFFER Buffer;
} SPB_TRANSFER_LIST_ENTRY, *PSPB_TRANSFER_LIST_ENTRY;
typedef struct SPB_TRANSFER_LIST {
  ULONG Size;
  ULONG Reserved;
  ULONG TransferCount;
  SPB_TRANSFER_LIST_ENTRY Transfers[1];
} SPB_TRANSFER_LIST, *PSPB_TRANSFER_LIST;
C_ASSERT(sizeof(SPB_TRANSFER_LIST) == 48);
// The type of a variable for a sequence of a known number of transfers; List.Transfers runs on into the others.
#define SPB_TRANSFER_LIST_AND_ENTRIES(transferCount) \
  struct {                                           \
    SPB_TRANSFER_LIST List;                          \
    SPB_TRANSFER_LIST_ENTRY Transfers[(transferCount) - 1]; \
  }

FORCEINLINE VOID SPB_TRANSFER_LIST_INIT(PSPB_TRANSFER_LIST TransferList, ULONG TransferCount) {
  RtlZeroMemory(TransferList, sizeof(*TransferList));
  TransferList->Size = sizeof(*TransferList);
  TransferList->TransferCount = TransferCount;
}
FORCEINLINE SPB_TRANSFER_LIST_ENTRY SPB_TRANSFER_LIST_ENTRY_INIT_SIMPLE(SPB_TRANSFER_DIRECTION Direction, ULONG DelayInUs,
                                                                        PVOID Buffer, ULONG BufferCb) {
  SPB_TRANSFER_LIST_ENTRY entry;
  RtlZeroMemory(&entry, sizeof(entry));
  entry.Direction = Direction;
  entry.DelayInUs = DelayInUs;
  entry.Buffer.Format = SpbTransferBufferFormatSimple;
  entry.Buffer.Simple.Buffer = Buffer;
  entry.Buffer.Simple.BufferCb = BufferCb;
  return entry;
}
FORCEINLINE SPB_TRANSFER_LIST_ENTRY SPB_TRANSFER_LIST_ENTRY_INIT_NON_PAGED(SPB_TRANSFER_DIRECTION Direction, ULONG DelayInUs,
                                                                           PVOID Buffer, ULONG BufferCb) {
  SPB_TRANSFER_LIST_ENTRY entry = SPB_TRANSFER_LIST_ENTRY_INIT_SIMPLE(Direction, DelayInUs, Buffer, BufferCb);
  entry.Buffer.Format = SpbTransferBufferFormatSimpleNonPaged;
  return entry;
}
FORCEINLINE SPB_TRANSFER_LIST_ENTRY SPB_TRANSFER_LIST_ENTRY_INIT_BUFFER_LIST(SPB_TRANSFER_DIRECTION Direction, ULONG DelayInUs,
                                                                             PSPB_TRANSFER_BUFFER_LIST_ENTRY BufferList,
                                                                             ULONG BufferListCe) {
  SPB_TRANSFER_LIST_ENTRY entry = SPB_TRANSFER_LIST_ENTRY_INIT_SIMPLE(Direction, DelayInUs, NULL, 0);
  entry.Buffer.Format = SpbTransferBufferFormatList;
  entry.Buffer.BufferList.List = BufferList;
  entry.Buffer.BufferList.ListCe = BufferListCe;
  return entry;
}
FORCEINLINE SPB_TRANSFER_LIST_ENTRY SPB_TRANSFER_LIST_ENTRY_INIT_MDL(SPB_TRANSFER_DIRECTION Direction, ULONG DelayInUs, PMDL Mdl) {
  SPB_TRANSFER_LIST_ENTRY entry = SPB_TRANSFER_LIST_ENTRY_INIT_SIMPLE(Direction, DelayInUs, NULL, 0);
  entry.Buffer.Format = SpbTransferBufferFormatMdl;
  entry.Buffer.Mdl = Mdl;
  return entry;
}
