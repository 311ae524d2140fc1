#include "portcls/category_names.h"

#include <string>

#include <fmt/format.h>

#include "kernel/services.h"

namespace portside::portcls {

Status answer_category_name(ks::PropertyRequest& request, const GUID* guid) {
  if (!guid) return Status(StatusCode::kNotFound, "neither a name nor a category");
  const std::string text =
      fmt::format("{{{:08X}-{:04X}-{:04X}-{:02X}{:02X}-{:02X}{:02X}{:02X}{:02X}{:02X}{:02X}}}", guid->Data1,
                  guid->Data2, guid->Data3, guid->Data4[0], guid->Data4[1], guid->Data4[2], guid->Data4[3],
                  guid->Data4[4], guid->Data4[5], guid->Data4[6], guid->Data4[7]);
  std::u16string path = u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\MediaCategories\\";
  path.append(text.begin(), text.end());
  auto name = current<kernel::Services>().registry().get_string(path, u"Name");
  if (!name) return Status(StatusCode::kObjectNameNotFound, fmt::format("MediaCategories has no name for {}", text));
  return request.answer(std::as_bytes(std::span(name->c_str(), name->size() + 1)));
}

}  // namespace portside::portcls
