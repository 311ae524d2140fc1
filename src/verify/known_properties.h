#pragma once
// The property sets of audio and their members, with their names.

#include <ks.h>
#include <ksmedia.h>
#include <wdm.h>
#include <windef.h>

#include <span>

namespace portside::verify {

struct KnownProperty {
  const GUID* set;
  const char* set_name;
  ULONG id;
  const char* name;
};

std::span<const KnownProperty> known_properties();

}  // namespace portside::verify
