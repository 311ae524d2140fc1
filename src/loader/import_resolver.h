#pragma once
// ImportResolver: who knows the functions that an image imports. The host implements it over exports/ and over the
// images already loaded.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace portside::loader {

// What an image asks for: by name, or, when `name` is empty, by ordinal.
struct ImportName {
  std::string_view dll;
  std::string_view name;
  uint16_t ordinal = 0;

  std::string to_string() const;  // "ntoskrnl.exe!KeSetEvent", "drmk.sys!#12"
};

struct ResolvedImport {
  void* address = nullptr;
  // Data (NtBuildNumber, IoFileObjectType): the image reads the object itself, so no thunk may stand between.
  bool is_data = false;
  // A function that takes arguments in unusual registers (__chkstk, the sanitizers' callbacks): bound without a thunk.
  bool direct = false;
};

class ImportResolver {
 public:
  virtual ~ImportResolver() = default;
  // kEntrypointNotFound or kDllNotFound when there is none.
  virtual Result<ResolvedImport> resolve(const ImportName& import) = 0;
};

}  // namespace portside::loader
