#pragma once
// What zw_file.cpp hands on: a read or write of a handle that is a device's open file.

#include <wdm.h>

namespace portside::exports {

// As ZwReadFile and ZwWriteFile answer. STATUS_INVALID_DEVICE_REQUEST when the handle is no device's.
NTSTATUS transfer_with_device(const char* api, HANDLE handle, HANDLE event, PIO_APC_ROUTINE apc,
                              PIO_STATUS_BLOCK io_status, PVOID buffer, ULONG bytes, PLARGE_INTEGER offset,
                              bool writing);

}  // namespace portside::exports
