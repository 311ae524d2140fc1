// Control: what this driver offers beyond what every audio driver has. Applications that know it include this file.
#pragma once

#include <ks.h>
#include <wdm.h>

// The driver's own property set, on its wave filters and pins.
// {4E1B9E0C-5B6B-4C43-9C1B-6B1F6C0C5D01}
DEFINE_GUID(STUDIO_PROPERTY_SET, 0x4E1B9E0C, 0x5B6B, 0x4C43, 0x9C, 0x1B, 0x6B, 0x1F, 0x6C, 0x0C, 0x5D, 0x01);
enum {
  STUDIO_PROPERTY_WORD_CLOCK,    // ULONG, get and set, on a filter: frames a second of the one clock of this device
  STUDIO_PROPERTY_STATISTICS,    // STUDIO_STATISTICS, get, on a filter
  STUDIO_PROPERTY_SELF_TEST,     // ULONG, get, on a filter: pended, answered by a work item (self_test.cpp)
  STUDIO_PROPERTY_STREAM_FACTS,  // STUDIO_STREAM_FACTS, get, on a pin
};

// The audio module (KSPROPSETID_AudioModule) of each render stream: a trim, which multiplies samples in the processing
// modes that process. {4E1B9E0C-5B6B-4C43-9C1B-6B1F6C0C5D03}
DEFINE_GUID(STUDIO_TRIM_MODULE, 0x4E1B9E0C, 0x5B6B, 0x4C43, 0x9C, 0x1B, 0x6B, 0x1F, 0x6C, 0x0C, 0x5D, 0x03);
enum { STUDIO_TRIM_GET, STUDIO_TRIM_SET };
// What follows the KSAUDIOMODULE_PROPERTY. The answer is the trim in force, a LONG.
typedef struct {
  ULONG Command;
  LONG Trim;  // in 1/65536: 65536 leaves samples as they are
} STUDIO_TRIM_COMMAND;

// KSCOMPONENTID of the wave filters. {4E1B9E0C-5B6B-4C43-9C1B-6B1F6C0C5D04} and 05
DEFINE_GUID(STUDIO_PRODUCT, 0x4E1B9E0C, 0x5B6B, 0x4C43, 0x9C, 0x1B, 0x6B, 0x1F, 0x6C, 0x0C, 0x5D, 0x04);
DEFINE_GUID(STUDIO_COMPONENT, 0x4E1B9E0C, 0x5B6B, 0x4C43, 0x9C, 0x1B, 0x6B, 0x1F, 0x6C, 0x0C, 0x5D, 0x05);
// Which detector a keyword pattern is for. {4E1B9E0C-5B6B-4C43-9C1B-6B1F6C0C5D06}
DEFINE_GUID(STUDIO_KEYWORD_PATTERN, 0x4E1B9E0C, 0x5B6B, 0x4C43, 0x9C, 0x1B, 0x6B, 0x1F, 0x6C, 0x0C, 0x5D, 0x06);

typedef struct {
  ULONG WordClock;   // frames a second
  ULONG Channels;    // the setting of this name
  ULONG Streams;     // open now
  ULONG Underruns;   // packets that were due and not written
  ULONGLONG Frames;  // that the device's clock has counted while a stream was open
} STUDIO_STATISTICS;

typedef struct {
  ULONG BufferBytes;
  ULONG Pages;           // of the scatter list
  ULONG Contiguous;      // TRUE: each page follows the one before
  ULONG PacketsWritten;  // by SetWritePacket
} STUDIO_STREAM_FACTS;

// The control device: \\.\PortsideStudio
#define STUDIO_CONTROL_DEVICE L"\\Device\\PortsideStudio"
#define STUDIO_CONTROL_LINK L"\\DosDevices\\PortsideStudio"
#define STUDIO_IOCTL(n, access) CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (n), METHOD_BUFFERED, access)
#define IOCTL_STUDIO_SET_JACK STUDIO_IOCTL(0, FILE_WRITE_ACCESS)       // in: STUDIO_JACK
#define IOCTL_STUDIO_SPEAK_KEYWORD STUDIO_IOCTL(1, FILE_WRITE_ACCESS)  // no data: somebody says the keyword
#define IOCTL_STUDIO_COUNT_PINS STUDIO_IOCTL(2, FILE_READ_ACCESS)      // out: ULONG, of the driver's own render filter
#define IOCTL_STUDIO_DEVICES STUDIO_IOCTL(3, FILE_READ_ACCESS)         // out: ULONG, how many are started
#define IOCTL_STUDIO_LIFE STUDIO_IOCTL(4, FILE_READ_ACCESS)            // out: STUDIO_LIFE
#define IOCTL_STUDIO_TURN_KNOB STUDIO_IOCTL(5, FILE_WRITE_ACCESS)      // in: STUDIO_KNOB
typedef struct {
  ULONG Input;  // FALSE: the output jack
  ULONG Plugged;
} STUDIO_JACK;
// Somebody turns the knob beside a jack: all channels of the volume node that is at it.
typedef struct {
  ULONG Input;  // FALSE: the output's
  LONG Volume;  // in 1/65536 dB; the nearest step is taken
} STUDIO_KNOB;
typedef struct {
  ULONG DeviceState;                     // DEVICE_POWER_STATE, as last told; 0: never
  ULONG PowerChanges;                    // calls, since the driver was loaded, of PowerChangeState3 ...
  ULONG QueryStops, CancelStops, Stops;  // ... of IAdapterPnpManagement's ...
  ULONG SubdeviceStops;                  // ... and of IMiniportPnpNotify's methods
} STUDIO_LIFE;
