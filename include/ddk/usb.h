// What an audio driver reads of the USB stack: where an endpoint's transfers were offloaded to (DDI reference: usb). The
// requests of USB client drivers (URBs) are not here: a WaveRT driver has no USB device.
#pragma once
#include <wdm.h>
#include <usbspec.h>

typedef PVOID USBD_PIPE_HANDLE, USBD_CONFIGURATION_HANDLE, USBD_INTERFACE_HANDLE;
typedef LONG USBD_STATUS;

typedef enum _USBD_ENDPOINT_OFFLOAD_MODE {
  UsbdEndpointOffloadModeNotSupported = 0, UsbdEndpointOffloadSoftwareAssisted, UsbdEndpointOffloadHardwareAssisted
} USBD_ENDPOINT_OFFLOAD_MODE;

// Sizes and offsets by the public symbols of a driver built with the kit of 2022 (the Client members are not on the page).
#pragma pack(push, 1)
typedef struct _USBD_ENDPOINT_OFFLOAD_INFORMATION {
  ULONG Size;
  USHORT EndpointAddress;
  ULONG ResourceId;
  USBD_ENDPOINT_OFFLOAD_MODE Mode;
  ULONG RootHubPortNumber : 8;
  ULONG RouteString : 20;
  ULONG Speed : 4;
  ULONG UsbDeviceAddress : 8;
  ULONG SlotId : 8;
  ULONG MultiTT : 1;
  ULONG LSOrFSDeviceConnectedToTTHub : 1;
  ULONG Reserved0 : 14;
  PHYSICAL_ADDRESS TransferSegmentLA;
  PVOID TransferSegmentVA;
  SIZE_T TransferRingSize;
  ULONG TransferRingInitialCycleBit;
  ULONG MessageNumber;
  PHYSICAL_ADDRESS EventRingSegmentLA;
  PVOID EventRingSegmentVA;
  SIZE_T EventRingSize;
  ULONG EventRingInitialCycleBit;
  PHYSICAL_ADDRESS ClientTransferRingSegmentPAIn;
  SIZE_T ClientTransferRingSizeIn;
  PHYSICAL_ADDRESS ClientDataBufferPAIn;
  SIZE_T ClientDataBufferSizeIn;
  PHYSICAL_ADDRESS ClientDataBufferLAOut;
  PVOID ClientDataBufferVAOut;
} USBD_ENDPOINT_OFFLOAD_INFORMATION, *PUSBD_ENDPOINT_OFFLOAD_INFORMATION;
#pragma pack(pop)
C_ASSERT(sizeof(USBD_ENDPOINT_OFFLOAD_INFORMATION) == 130);
