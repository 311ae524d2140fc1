// Reading and writing the pins of a general-purpose I/O connection (DDI reference: gpio).
#pragma once
#include <ntddk.h>
#include <portside/connections.h>

#ifndef FILE_DEVICE_GPIO
#define FILE_DEVICE_GPIO 0x00000048
#endif
#define IOCTL_GPIO_READ_PINS CTL_CODE(FILE_DEVICE_GPIO, 0, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_GPIO_WRITE_PINS CTL_CODE(FILE_DEVICE_GPIO, 1, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_GPIO_CONTROLLER_SPECIFIC_FUNCTION CTL_CODE(FILE_DEVICE_GPIO, 2, METHOD_BUFFERED, FILE_ANY_ACCESS)
