// The resource hub: the name under which a peripheral's driver opens its connection (DDI reference: reshub; windows-drivers:
// "Connecting a KMDF Driver to GPIO I/O Pins"). On Portside nothing answers to such a name: opening it fails.
#pragma once
#include <ntddk.h>
#include <portside/connections.h>

// The connection's ID in 16 hexadecimal digits, behind the hub's device.
#define RESOURCE_HUB_DEVICE_NAME L"\\Device\\RESOURCE_HUB"
#define RESOURCE_HUB_FILE_CHARS 17
#define RESOURCE_HUB_FILE_SIZE (RESOURCE_HUB_FILE_CHARS * sizeof(WCHAR))
#define RESOURCE_HUB_PATH_CHARS (sizeof(RESOURCE_HUB_DEVICE_NAME) / sizeof(L'0') + RESOURCE_HUB_FILE_CHARS)
#define RESOURCE_HUB_PATH_SIZE (RESOURCE_HUB_PATH_CHARS * sizeof(WCHAR))

// `ResourcePath` has a buffer of RESOURCE_HUB_PATH_SIZE bytes, or the call fails with STATUS_BUFFER_TOO_SMALL.
#if PORTSIDE_DDK_WINDOWS
EXTERN_C_START
FORCEINLINE NTSTATUS RESOURCE_HUB_CREATE_PATH_FROM_ID(PUNICODE_STRING ResourcePath, ULONG LowPart, ULONG HighPart) {
  static const WCHAR device[] = RESOURCE_HUB_DEVICE_NAME L"\\";
  const ULONG named = sizeof(device) / sizeof(WCHAR) - 1;
  const ULONG64 id = (ULONG64)HighPart << 32 | LowPart;
  ULONG i;
  if (ResourcePath->MaximumLength < RESOURCE_HUB_PATH_SIZE) return STATUS_BUFFER_TOO_SMALL;
  for (i = 0; i < named; ++i) ResourcePath->Buffer[i] = device[i];
  for (i = 0; i < 16; ++i) {
    const ULONG digit = (ULONG)(id >> (60 - 4 * i)) & 0xF;
    ResourcePath->Buffer[named + i] = (WCHAR)(digit < 10 ? '0' + digit : 'a' + digit - 10);
  }
  ResourcePath->Buffer[named + 16] = 0;
  ResourcePath->Length = (USHORT)((named + 16) * sizeof(WCHAR));
  return STATUS_SUCCESS;
}
EXTERN_C_END
#endif

// What an SPB controller's driver gets of a connection: the ACPI 5.0 descriptor (§6.4.3.8.2), byte by byte.
#define SERIAL_BUS_DESCRIPTOR_REVISION 1
#pragma pack(push, 1)
typedef struct _PNP_SERIAL_BUS_DESCRIPTOR {
  UCHAR Tag;
  USHORT Length;
  UCHAR RevisionId;
  UCHAR ResourceSourceIndex;
  UCHAR SerialBusType;
  UCHAR GeneralFlags;
  USHORT TypeSpecificFlags;
  UCHAR TypeSpecificRevisionId;
  USHORT TypeDataLength;
} PNP_SERIAL_BUS_DESCRIPTOR, *PPNP_SERIAL_BUS_DESCRIPTOR;
#pragma pack(pop)
C_ASSERT(sizeof(PNP_SERIAL_BUS_DESCRIPTOR) == 12);
typedef struct _RH_QUERY_CONNECTION_PROPERTIES_OUTPUT_BUFFER {
  ULONG Version;
  ULONG PropertiesLength;
  UCHAR ConnectionProperties[ANYSIZE_ARRAY];
} RH_QUERY_CONNECTION_PROPERTIES_OUTPUT_BUFFER, *PRH_QUERY_CONNECTION_PROPERTIES_OUTPUT_BUFFER;
