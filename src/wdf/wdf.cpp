#include "wdf/wdf.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "kernel/kernel.h"
#include "kernel/services.h"
#include "kernel/unicode.h"
#include "wdf/function_table.h"

namespace portside::wdf {

namespace {
constexpr uint32_t kGlobalsTag = 'GfdW';
// A table longer than this is no KMDF that exists.
constexpr uint32_t kMostFunctions = 1024;
}  // namespace

Result<std::unique_ptr<Wdf>> Wdf::create() { return std::unique_ptr<Wdf>(new Wdf); }

Wdf::~Wdf() = default;

Result<WDF_COMPONENT_GLOBALS> Wdf::bind(DRIVER_OBJECT* driver, std::u16string_view registry_path, WDF_BIND_INFO* info) {
  if (!info || info->Size < sizeof(WDF_BIND_INFO))
    return fail(Status::from_nt(STATUS_INFO_LENGTH_MISMATCH, "WDF_BIND_INFO has another size than KMDF's"));
  std::u16string component = info->Component ? std::u16string(reinterpret_cast<const char16_t*>(info->Component)) : u"";
  if (!kernel::equal_ignoring_case(component, u"KmdfLibrary") || info->Version.Major != 1)
    return fail(StatusCode::kNotSupported,
                fmt::format("the driver asks for {} {}.{}; KmdfLibrary 1.x is offered", kernel::to_utf8(component),
                            info->Version.Major, info->Version.Minor));
  if (!info->FuncTable || !info->FuncCount || info->FuncCount > kMostFunctions)
    return fail(StatusCode::kInvalidParameter, fmt::format("a table of {} functions", info->FuncCount));
  auto globals = current<kernel::Services>().pool().allocate({.bytes = sizeof(WDF_DRIVER_GLOBALS),
                                                              .tag = kGlobalsTag,
                                                              .owner = kernel::PoolOwner::kRuntime,
                                                              .api = "WdfVersionBind"});
  if (!globals) return fail(globals.error());
  Binding* binding = nullptr;
  {
    MutexLock lock(mutex_);
    binding = &bindings_.emplace_back();
  }
  binding->globals = static_cast<WDF_DRIVER_GLOBALS*>(*globals);
  binding->wdm_driver = driver;
  binding->registry_path = registry_path;
  binding->minor = info->Version.Minor;
  binding->functions.resize(info->FuncCount);
  fill_function_table(binding->functions);
  std::string name = kernel::to_utf8(registry_path.substr(registry_path.rfind(u'\\') + 1));
  std::memcpy(binding->globals->DriverName, name.data(),
              std::min<size_t>(name.size(), WDF_DRIVER_GLOBALS_NAME_LEN - 1));
  binding->globals->DriverTag = 'sndW';
  // FuncTable is the address of the driver's own table pointer.
  *reinterpret_cast<WDFFUNC**>(info->FuncTable) = binding->functions.data();
  return static_cast<WDF_COMPONENT_GLOBALS>(binding->globals);
}

Result<> Wdf::unbind(WDF_BIND_INFO*, WDF_COMPONENT_GLOBALS globals) {
  Binding* binding = find(static_cast<WDF_DRIVER_GLOBALS*>(globals));
  if (!binding) return fail(StatusCode::kInvalidParameter, "WdfVersionUnbind: not bound");
  if (binding->driver) objects_.remove(*binding->driver);
  // What outlived the driver object: handles whose references were never given back.
  for (Object* left : objects_.of_binding(*binding))
    if (objects_.find(left)) objects_.remove(*left);
  (void)current<kernel::Services>().pool().free(binding->globals, kGlobalsTag, "WdfVersionUnbind");
  MutexLock lock(mutex_);
  bindings_.remove_if([&](const Binding& b) { return &b == binding; });
  return {};
}

Binding* Wdf::find(const WDF_DRIVER_GLOBALS* globals) {
  MutexLock lock(mutex_);
  for (Binding& b : bindings_)
    if (b.globals == globals) return &b;
  return nullptr;
}

DeviceObject* Wdf::device_of(const DEVICE_OBJECT* fdo) {
  MutexLock lock(mutex_);
  for (Binding& b : bindings_)
    for (Object* object : objects_.of_binding(b))
      if (object->type() == ObjectType::kDevice && static_cast<DeviceObject*>(object)->fdo == fdo)
        return static_cast<DeviceObject*>(object);
  return nullptr;
}

void Wdf::violation(const char* function, const void* object, std::string sentence) {
  current<kernel::Kernel>().bug_check({.code = kWdfViolation,
                                       .parameters = {0, reinterpret_cast<uint64_t>(object)},
                                       .sentence = fmt::format("{}: {}", function, sentence),
                                       .stack = {}});
}

Object& Wdf::any(const void* handle, const char* function) {
  Object* object = objects_.find(handle);
  if (!object) violation(function, handle, fmt::format("{} is no handle of a framework object", handle));
  return *object;
}

Object& Wdf::checked(const void* handle, ObjectType type, const char* function) {
  Object& object = any(handle, function);
  if (object.type() != type)
    violation(function, handle, fmt::format("a {} was passed for a {}", name_of(object.type()), name_of(type)));
  return object;
}

Binding& Wdf::binding(const WDF_DRIVER_GLOBALS* globals, const char* function) {
  Binding* found = find(globals);
  if (!found) violation(function, globals, "the driver globals are not those that WdfVersionBind gave");
  return *found;
}

}  // namespace portside::wdf
