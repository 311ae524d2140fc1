// Parts of filters that are described at run time: an HD Audio filter's pins and nodes follow from what a codec says.
#pragma once

#include <portcls.h>

#include "property_support.h"

// A pin that stands for a wire, and carries no digital stream.
PCPIN_DESCRIPTOR bridge_pin_of(KSPIN_DATAFLOW direction, const GUID* category);

// Two pins, and what lies between.
PCFILTER_DESCRIPTOR filter_of(const PCAUTOMATION_TABLE* automation, const PCPIN_DESCRIPTOR* pins,
                              const PCNODE_DESCRIPTOR* nodes, ULONG node_count,
                              const PCCONNECTION_DESCRIPTOR* connections, ULONG connection_count);

// The request of KSPROPERTY_PIN_PROPOSEDATAFORMAT taken apart. `format` is nullptr when the request asked for something
// else and has been answered; the status is then the answer.
NTSTATUS read_proposed_format(PPCPROPERTY_REQUEST request, ULONG host_pin, const KSDATAFORMAT** format);
