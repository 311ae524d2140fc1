// Sideband audio of Bluetooth A2DP (DDI reference: a2dpsidebandaudio).
#pragma once
#include <sidebandaudio.h>

DEFINE_GUID(GUID_DEVINTERFACE_A2DP_SIDEBAND_AUDIO, 0xf3b1362f, 0xc9f4, 0x4dd1, 0x9d, 0x55, 0xe0, 0x20, 0x38, 0xa1, 0x29,
            0xfb);
DEFINE_GUID(GUID_SIDEBANDAUDIO_A2DP_SUPPORT_INTERFACE, 0x2bc51ee4, 0x7af, 0x49cf, 0xb0, 0x4b, 0xfb, 0x3f, 0x1c, 0x26, 0xaa,
            0xdc);
DEFINE_GUID(SIDEBANDAUDIO_PARAMS_SET_A2DP, 0x8fe0297f, 0x3ae6, 0x4384, 0xac, 0xe3, 0x87, 0x58, 0x9e, 0x57, 0x1b, 0x9c);
DEFINE_GUID(SIDEBAND_PARAMS_SET_A2DP_VENDOR_BASE, 0x00000000, 0xfe37, 0x468b, 0xaf, 0x72, 0x41, 0x1c, 0xe, 0x5a, 0x3f, 0xfc);
#define VENDOR_ID_MASK 0x0000FFFF
#define GET_VENDOR_ID_FROM_PARAMSET(paramSet) ((paramSet).Data1 & VENDOR_ID_MASK)
#define SET_VENDOR_ID_TO_PARAMSET(paramSet, vendorId) ((paramSet).Data1 = ((vendorId) & VENDOR_ID_MASK))

// The second name is spelt as the page spells it.
typedef enum { SIDEBANDAUDIO_PARAM_A2DP_CODECS = 1, SIDEANDAUDIO_PARAM_A2DP_CONFIGURED_CODEC = 2 } SIDEBANDAUDIO_PARAMS_A2DP;
