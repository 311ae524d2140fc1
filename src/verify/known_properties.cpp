#include "verify/known_properties.h"

namespace portside::verify {

std::span<const KnownProperty> known_properties() {
  static const KnownProperty properties[] = {
#define SET(set, answers)
#define PROPERTY(set, name) {&set, #set, static_cast<ULONG>(name), #name},
#define PROPERTY_OF_DRIVER(set, name) PROPERTY(set, name)
#include "ks/property_names.inc"
#undef PROPERTY_OF_DRIVER
#undef PROPERTY
#undef SET
  };
  return properties;
}

}  // namespace portside::verify
