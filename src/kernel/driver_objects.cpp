#include "kernel/driver_objects.h"

#include <fmt/format.h>

#include "kernel/kernel.h"
#include "kernel/object.h"

namespace portside::kernel {

int64_t reference_for_driver(ObjectDirectory& objects, void* object, const char* api) {
  if (!objects.reference(object, api)) return 0;
  (void)objects.count_of_drivers(object, 1);
  const auto info = objects.find(object);
  return info && info->references > 0 ? static_cast<int64_t>(info->references) : 1;  // io and kernel count their own
}

int64_t dereference_for_driver(Kernel& kernel, ObjectDirectory& objects, void* object, const char* api) {
  const auto info = objects.find(object);
  const auto too_often = [&](const char* why) {
    kernel.report_misuse(MisuseKind::kNotReferenced, api, object,
                         fmt::format("{}: the {} {} {}", api, info->type->name, object, why));
    return int64_t{0};
  };
  if (info && info->deleted) return too_often("is deleted already: its last reference was given back before");
  // Events are named to drivers by handles and by PortCls, which keeps the reference: one that a driver has not taken
  // itself is not its to give back.
  if (info && info->type == &object_types::kEvent && objects.count_of_drivers(object, -1).value_or(0) < 0) {
    (void)objects.count_of_drivers(object, 1);
    return too_often("was not referenced by a driver, and the reference of another would be given back");
  }
  return static_cast<int64_t>(objects.dereference(object, api).value_or(0));
}

Result<> close_for_driver(Kernel& kernel, ObjectDirectory& objects, void* handle, const char* api) {
  Result<> closed = objects.close_handle(handle, api);
  if (!closed && handle)
    kernel.report_misuse(MisuseKind::kHandleInvalid, api, handle,
                         fmt::format("{}: the handle {} is not open: it is closed already, or none", api, handle));
  return closed;
}

}  // namespace portside::kernel
