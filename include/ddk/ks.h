// Kernel streaming: identifiers, properties, methods, events, data formats, pins, topology (DDI reference: ks).
#pragma once
#include <wdm.h>
#include <portside/ks_guids.h>
#include <portside/ks_types.h>
#include <portside/ks_pins.h>
#include <portside/ks_sets.h>
#include <portside/ks_handlers.h>

// AVStream's descriptors and objects, which headers of WaveRT drivers name and never look into.
typedef struct _KSFILTER_DESCRIPTOR KSFILTER_DESCRIPTOR, *PKSFILTER_DESCRIPTOR;
typedef struct _KSDEVICE_DESCRIPTOR KSDEVICE_DESCRIPTOR, *PKSDEVICE_DESCRIPTOR;
typedef struct _KSPIN_DESCRIPTOR_EX KSPIN_DESCRIPTOR_EX, *PKSPIN_DESCRIPTOR_EX;
