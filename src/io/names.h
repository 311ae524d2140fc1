#pragma once
// Names: symbolic links below \??\, and the way from a path to a device and the name that is left for its driver.

#include <wdm.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/stack.h"

namespace portside::io {

class Io;

struct ResolvedName {
  DEVICE_OBJECT* device = nullptr;
  std::u16string rest;  // what the file object's FileName becomes: empty, or from a backslash on
};

class Names {
 public:
  explicit Names(Io& io) : io_(io) {}

  // IoCreateSymbolicLink, IoDeleteSymbolicLink: STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_NOT_FOUND.
  Result<> create_link(std::u16string_view link, std::u16string_view target);
  Result<> delete_link(std::u16string_view link);
  // \??\..., \DosDevices\..., \\?\..., \\.\..., \Device\...: STATUS_OBJECT_PATH_SYNTAX_BAD for a name without a leading
  // backslash, STATUS_OBJECT_NAME_NOT_FOUND when no device is reached.
  Result<ResolvedName> resolve(std::u16string_view path);

  // DriverEntry has returned: what is there now goes with a device, and not with the driver.
  void entry_returned();
  // The driver is gone: what its code has made, and is there still, is told; of DriverEntry's not, where that is excused.
  void driver_unloaded(const DRIVER_OBJECT* driver, std::string_view when, bool excuses_entry);

 private:
  struct Made {
    std::u16string link;
    StackTrace made_at;
    bool in_entry = false;
  };
  Io& io_;
  Mutex mutex_;
  std::vector<Made> made_ GUARDED_BY(mutex_);  // where mistakes are looked for, alone
};

}  // namespace portside::io
