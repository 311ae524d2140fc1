#include "io/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "io/io.h"
#include "io/text.h"
#include "kernel/services.h"

namespace portside::io {

Result<> Names::create_link(std::u16string_view link, std::u16string_view target) {
  if (!link.starts_with(u'\\') || target.empty())
    return fail(StatusCode::kObjectNameInvalid, fmt::format("no name for a symbolic link: {}", narrow(link)));
  TRY(current<kernel::Services>().objects().create_symbolic_link(link, target));
  if (!io_.options().verify) return {};
  const StackTrace here = capture_stack();
  MutexLock lock(mutex_);
  made_.push_back({std::u16string(link), here});
  return {};
}

Result<> Names::delete_link(std::u16string_view link) {
  TRY(current<kernel::Services>().objects().delete_symbolic_link(link));
  MutexLock lock(mutex_);
  std::erase_if(made_, [&](const Made& made) { return kernel::ObjectDirectory::same_name(made.link, link); });
  return {};
}

void Names::entry_returned() {
  MutexLock lock(mutex_);
  for (Made& made : made_) made.in_entry = true;
}

void Names::driver_unloaded(const DRIVER_OBJECT* driver, std::string_view when, bool excuses_entry) {
  const auto begin = reinterpret_cast<uint64_t>(driver->DriverStart), end = begin + driver->DriverSize;
  std::vector<Made> its;
  {
    MutexLock lock(mutex_);
    std::erase_if(made_, [&](const Made& made) {
      const bool mine =
          std::ranges::any_of(made.made_at.addresses(), [&](uint64_t at) { return at >= begin && at < end; });
      if (mine && !(made.in_entry && excuses_entry)) its.push_back(made);
      return mine;
    });
  }
  for (const Made& made : its)
    io_.misuse(IoMisuse::kSymbolicLinkLeft, "DriverUnload", nullptr,
               fmt::format("{}, and its symbolic link {} is still there", when, narrow(made.link)),
               {.made_at = made.made_at});
}

Result<ResolvedName> Names::resolve(std::u16string_view path) {
  std::u16string name(path);
  // What applications write for \??\ (Naming Files, Paths, and Namespaces).
  for (std::u16string_view prefix : {u"\\\\?\\", u"\\\\.\\"})
    if (name.starts_with(prefix)) name = u"\\??\\" + name.substr(prefix.size());
  if (!name.starts_with(u'\\'))
    return fail(Status::from_nt(STATUS_OBJECT_PATH_SYNTAX_BAD, fmt::format("not a path: {}", narrow(path))));
  ResolvedName resolved;
  resolved.device = io_.devices().find_by_path(current<kernel::Services>().objects().resolve(name), resolved.rest);
  if (!resolved.device)
    return fail(StatusCode::kObjectNameNotFound, fmt::format("no device is named {}", narrow(path)));
  return resolved;
}

}  // namespace portside::io
