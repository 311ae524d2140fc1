#include "io/names.h"

#include <fmt/format.h>

#include "io/io.h"
#include "io/text.h"
#include "kernel/services.h"

namespace portside::io {

Result<> Names::create_link(std::u16string_view link, std::u16string_view target) {
  if (!link.starts_with(u'\\') || target.empty())
    return fail(StatusCode::kObjectNameInvalid, fmt::format("no name for a symbolic link: {}", narrow(link)));
  return current<kernel::Services>().objects().create_symbolic_link(link, target);
}

Result<> Names::delete_link(std::u16string_view link) {
  return current<kernel::Services>().objects().delete_symbolic_link(link);
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
