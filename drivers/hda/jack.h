// Jack: what the board's maker wrote into a pin's configuration default (HDA 1.0a §7.3.3.31), in Windows' words.
#pragma once

#include <portcls.h>

// KSNODETYPE_SPEAKER and its kin: what Windows calls the endpoint.
const GUID* node_type_of_jack(ULONG configuration);

// All but IsConnected.
KSJACK_DESCRIPTION describe_jack(ULONG configuration, ULONG channel_mask);
