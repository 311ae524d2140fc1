// Settings: what the INF (or the user, in the registry) decides about a device. Read once, when the device starts.
#pragma once

#include <portcls.h>

struct Settings {
  ULONG channels = 8;        // most channels that a pin takes
  ULONG output_plugged = 1;  // whether a plug is in the jack when the device starts
  ULONG input_plugged = 1;
  ULONG codec_delay_hns = 0;   // how long a sample is on its way from the mixer to the jack, in 100 ns
  ULONG record_to_file = 0;    // 1: what is played is also written to C:\studio.wav
  WCHAR name[32] = L"Studio";  // of the sink (KSJACK_SINK_INFORMATION)

  // PASSIVE_LEVEL. What is not there keeps its default; what is out of range is brought into it.
  void read(PDEVICE_OBJECT device);
};
