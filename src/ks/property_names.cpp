#include "ks/property_names.h"

#include <fmt/format.h>
#include <ks.h>
#include <ksmedia.h>
#include <wdm.h>

#include <algorithm>
#include <cstring>

#include "io/text.h"
#include "kernel/unicode.h"
#include "ks/property_request.h"

namespace portside::ks {
namespace {

struct Name {
  const GUID* set;
  ULONG id;
  const char* name;
};
const Name kNames[] = {
#define SET(set, answers)
#define PROPERTY(set, name) {&set, static_cast<ULONG>(name), #name},
#define PROPERTY_OF_DRIVER(set, name) PROPERTY(set, name)
#include "ks/property_names.inc"
#undef PROPERTY_OF_DRIVER
#undef PROPERTY
#undef SET
};

}  // namespace

std::string property_name(const GUID& set, uint32_t id) {
  for (const Name& name : kNames)
    if (name.id == id && same_guid(*name.set, set)) return name.name;
  return fmt::format("property {} of {}", id, kernel::to_utf8(io::text_of(set)));
}

std::string verb_name(uint32_t verb) {
  if (verb & KSPROPERTY_TYPE_GET) return "a get";
  if (verb & KSPROPERTY_TYPE_SET) return "a set";
  if (verb & KSPROPERTY_TYPE_BASICSUPPORT) return "basic support";
  return fmt::format("verb 0x{:X}", verb);
}

std::string words_text(std::span<const std::byte> bytes) {
  constexpr size_t kMost = 4;
  std::string out;
  for (size_t i = 0; i < std::min(bytes.size() / sizeof(uint32_t), kMost); ++i) {
    uint32_t word = 0;
    std::memcpy(&word, bytes.data() + i * sizeof word, sizeof word);
    out += fmt::format("{}0x{:X}", i ? " " : "", word);
  }
  const bool whole = bytes.size() <= kMost * sizeof(uint32_t) && bytes.size() % sizeof(uint32_t) == 0;
  return whole ? out : out + fmt::format("... ({} bytes)", bytes.size());
}

}  // namespace portside::ks
