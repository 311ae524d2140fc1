#pragma once
// The property sets of audio and their members, with their names.

#include <wdm.h>
#include <windef.h>
#include <ks.h>
#include <ksmedia.h>

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
