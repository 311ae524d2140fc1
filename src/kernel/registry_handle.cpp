#include "kernel/registry_handle.h"

namespace portside::kernel {
namespace {
struct KeyBody {
  RegistryKeyPtr key;
};
}  // namespace

Result<void*> open_key_handle(ObjectDirectory& objects, RegistryKeyPtr key, uint32_t access, HandleKind kind,
                              const char* api) {
  auto* body = new KeyBody{std::move(key)};
  NewObject object;
  object.type = &object_types::kKey;
  object.body = body;
  object.on_delete = [](void* gone) { delete static_cast<KeyBody*>(gone); };
  if (auto inserted = objects.insert(std::move(object)); !inserted) {
    delete body;
    return fail(inserted.error());
  }
  auto handle = objects.open_handle(body, access, kind, api);
  (void)objects.dereference(body, api);  // the handle's reference remains
  return handle;
}

Result<RegistryKeyPtr> key_of_handle(ObjectDirectory& objects, void* handle, const char* api) {
  TRY_ASSIGN(void* body, objects.reference_by_handle(handle, &object_types::kKey, api));
  RegistryKeyPtr key = static_cast<KeyBody*>(body)->key;
  (void)objects.dereference(body, api);
  return key;
}

}  // namespace portside::kernel
