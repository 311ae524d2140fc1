#pragma once
// FormatVariants: a format that a pin takes, changed in one place: formats outside of the pin's data ranges, and such as
// contradict themselves. A pin that takes one of them has not looked there.

#include <cstddef>
#include <string>
#include <vector>

#include "client/topology.h"
#include "verifier/rule.h"

namespace portside::verify {

struct FormatVariant {
  std::string what;
  std::vector<std::byte> bytes;  // as they are sent: a KSDATAFORMAT, perhaps cut short
  verifier::RuleId if_taken;     // UndeclaredFormatTaken, MalformedFormatTaken
};

// `base`: of the pin, linear samples. Attributes belong to `attribute_variants`.
std::vector<FormatVariant> format_variants(const client::AudioFormat& base, const client::PinInfo& pin);

// Its list of attributes is missing or malformed.
std::vector<FormatVariant> attribute_variants(const client::AudioFormat& base);

// The same format in a WAVEFORMATEX, in as many bytes as a WAVEFORMATEXTENSIBLE has; nothing for one that needs that.
std::vector<std::byte> plain_format(const client::AudioFormat& base);

}  // namespace portside::verify
