#include "verify/known_properties.h"

namespace portside::verify {

std::span<const KnownProperty> known_properties() {
  static const KnownProperty properties[] = {
#define SET(set, answers)
#define PROPERTY(set, name) {&set, #set, static_cast<ULONG>(name), #name},
#include "host/property_names.inc"
#undef PROPERTY
#undef SET
  };
  return properties;
}

}  // namespace portside::verify
