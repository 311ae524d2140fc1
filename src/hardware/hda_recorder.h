#pragma once
// HdaRecorder: the HD Audio model as `--device model:hda` has it: what its speaker or its headphones
// played, whichever played more, is written to a WAV at its end, and what stands in a WAV is heard by its line-in, again and again.

#include <filesystem>
#include <memory>

#include "hardware/hda_model.h"
#include "hardware/models.h"

namespace portside::hardware {

// Options: "keeps-state=on": what the controller knows outlives D3.
Result<std::unique_ptr<PciFunction>> make_hda_model(DeviceHost& host, const ModelOptions& options);

}  // namespace portside::hardware
