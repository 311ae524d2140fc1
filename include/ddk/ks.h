// Kernel streaming: identifiers, properties, methods, events, data formats, pins, topology (DDI reference: ks).
#pragma once
#include <wdm.h>
#include <portside/ks_guids.h>
#include <portside/ks_types.h>
#include <portside/ks_pins.h>
#include <portside/ks_sets.h>
#include <portside/ks_handlers.h>
