#pragma once
// [Version]: what every INF begins with. Page: "INF Version Section".

#include <string>

#include "base/result.h"
#include "inf/inf_file.h"

namespace portside::inf {

struct Version {
  std::string class_name;  // "MEDIA"
  std::string class_guid;  // "{4d36e96c-e325-11ce-bfc1-08002be10318}"
  std::string provider;
  std::string catalog_file;    // empty: none is named
  std::string driver_date;     // mm/dd/yyyy, empty while nobody has stamped the INF
  std::string driver_version;  // w.x.y.z
  bool pnp_lockdown = false;
};

// A missing section, signature, class or provider, or a class GUID that is none, is an error.
Result<Version> read_version(const InfFile& file);

}  // namespace portside::inf
