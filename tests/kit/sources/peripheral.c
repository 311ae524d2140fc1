// A peripheral's driver: the name of its connection, a sequence of transfers, the pins.
#include <ntddk.h>

#include <gpio.h>
#include <reshub.h>
#include <spb.h>

C_ASSERT(IOCTL_SPB_EXECUTE_SEQUENCE == 0x41808);
C_ASSERT(IOCTL_GPIO_WRITE_PINS == 0x480004);

NTSTATUS name_of_connection(PUNICODE_STRING path, ULONG low, ULONG high) {
  UCHAR address = 0x10, value[2];
  SPB_TRANSFER_LIST_AND_ENTRIES(2) sequence;
  SPB_TRANSFER_LIST_INIT(&sequence.List, 2);
  sequence.List.Transfers[0] =
      SPB_TRANSFER_LIST_ENTRY_INIT_SIMPLE(SpbTransferDirectionToDevice, 0, &address, sizeof(address));
  *(&sequence.List.Transfers[0] + 1) =
      SPB_TRANSFER_LIST_ENTRY_INIT_SIMPLE(SpbTransferDirectionFromDevice, 0, value, sizeof(value));
  if (sizeof(sequence) != sizeof(SPB_TRANSFER_LIST) + sizeof(SPB_TRANSFER_LIST_ENTRY)) return STATUS_INTERNAL_ERROR;
  return RESOURCE_HUB_CREATE_PATH_FROM_ID(path, low, high);
}
