#pragma once
// What IMiniportWaveRT::GetDeviceDescription says of the device's DMA: asked for when a driver is verified, as no page tells when a
// port asks, and held against what the fields of a DEVICE_DESCRIPTION mean.

#include <portcls.h>
#include <wdm.h>

#include <string>

namespace portside::portcls {

// The first thing that is wrong with its answer, as the rest of a sentence; empty when nothing is, or when the miniport refuses to
// say. `has_dma_channel`: of the system's DMA controller, among the device's resources.
std::string fault_of_description(IMiniportWaveRT& miniport, bool has_dma_channel);

}  // namespace portside::portcls
