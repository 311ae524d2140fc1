#pragma once
// Names: the symbolic links of the object name space below \??\ and \DosDevices\, and the way from a path to a device.

#include <wdm.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/result.h"

namespace portside::io {

class Io;

struct ResolvedName {
  DEVICE_OBJECT* device = nullptr;
  std::u16string rest;            // what the file object's FileName becomes
};

class Names {
 public:
  explicit Names(Io& io) : io_(io) {}

  // IoCreateSymbolicLink, IoDeleteSymbolicLink.
  Result<> create_link(std::u16string_view link, std::u16string_view target);
  Result<> delete_link(std::u16string_view link);
  std::optional<std::u16string> link_target(std::u16string_view link);
  // \??\..., \DosDevices\..., \\?\..., \\.\..., \Device\...: STATUS_OBJECT_NAME_NOT_FOUND or STATUS_OBJECT_PATH_SYNTAX_BAD.
  Result<ResolvedName> resolve(std::u16string_view path);

 private:
  Io& io_;
  Mutex mutex_;
  std::map<std::u16string, std::u16string> links_ GUARDED_BY(mutex_);  // by upper-cased, normalised name
};

}  // namespace portside::io
