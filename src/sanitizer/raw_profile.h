#pragma once
// The counters of an image that was built with COVERAGE, in the raw format that `llvm-profdata merge` reads. clang keeps
// counters, a record a function, and names in three sections of the image; nothing of a run-time library is in the driver.

#include <cstdint>
#include <vector>

#include "base/result.h"

namespace portside::loader {
class Image;
}

namespace portside::sanitizer {

bool has_profile(const loader::Image& image);
// Fails when the image has no counters, or was made by a clang whose records have another shape than ours (19).
Result<std::vector<uint8_t>> raw_profile(const loader::Image& image);

// Adds the counters of another run of the same image. Profiles of different images are left as they are.
void add_raw_profile(std::vector<uint8_t>& sum, const std::vector<uint8_t>& profile);

}  // namespace portside::sanitizer
