#pragma once
// FoundRoutines: functions that drivers find by name while they run (MmGetSystemRoutineAddress). Each is given out behind a
// thunk of its own, as an import is bound: the driver's frames stay on the shadow call stack.

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "loader/import_resolver.h"
#include "loader/thunks.h"

namespace portside::loader {

class FoundRoutines {
 public:
  // `resolver` and `hooks` outlive it.
  FoundRoutines(ImportResolver& resolver, LoaderHooks& hooks) : resolver_(resolver), hooks_(hooks) {}

  // Null for a name that the kernel's image does not export, and for "" . The same address every time.
  void* find(std::string_view name);

 private:
  struct Found {
    ImportRecord record;
    std::unique_ptr<ThunkBlock> thunk;
    void* address = nullptr;
  };
  ImportResolver& resolver_;
  LoaderHooks& hooks_;
  Mutex mutex_;
  std::map<std::string, Found, std::less<>> found_ GUARDED_BY(mutex_);  // a thunk holds its record's address
};

}  // namespace portside::loader
