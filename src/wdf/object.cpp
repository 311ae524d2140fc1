#include "wdf/object.h"

#include <algorithm>
#include <utility>

#include "kernel/services.h"

namespace portside::wdf {

namespace {

constexpr uint32_t kContextTag = 'txCW';

void* allocate(uint64_t bytes) {
  auto block = current<kernel::Services>().pool().allocate(
      {.bytes = bytes, .tag = kContextTag, .owner = kernel::PoolOwner::kRuntime, .api = "WdfObjectAllocateContext"});
  return block ? *block : nullptr;
}

}  // namespace

std::string_view name_of(ObjectType type) {
  switch (type) {
    case ObjectType::kGeneral: return "WDFOBJECT";
    case ObjectType::kDriver: return "WDFDRIVER";
    case ObjectType::kDevice: return "WDFDEVICE";
    case ObjectType::kMemory: return "WDFMEMORY";
    case ObjectType::kString: return "WDFSTRING";
    case ObjectType::kCollection: return "WDFCOLLECTION";
    case ObjectType::kSpinLock: return "WDFSPINLOCK";
    case ObjectType::kWaitLock: return "WDFWAITLOCK";
    case ObjectType::kTimer: return "WDFTIMER";
    case ObjectType::kWorkItem: return "WDFWORKITEM";
    case ObjectType::kKey: return "WDFKEY";
    case ObjectType::kIoTarget: return "WDFIOTARGET";
  }
  return "";
}

ObjectTable::~ObjectTable() = default;

Result<Object*> ObjectTable::insert(std::unique_ptr<Object> object, Binding& binding,
                                    const WDF_OBJECT_ATTRIBUTES* attributes, Object* default_parent) {
  Object* parent = default_parent;
  if (attributes) {
    if (attributes->Size != sizeof(WDF_OBJECT_ATTRIBUTES))
      return fail(Status::from_nt(STATUS_INFO_LENGTH_MISMATCH,
                                  "WDF_OBJECT_ATTRIBUTES.Size: WDF_OBJECT_ATTRIBUTES_INIT sets it"));
    if (attributes->ParentObject) {
      parent = find(attributes->ParentObject);
      if (!parent) return fail(StatusCode::kInvalidHandle, "WDF_OBJECT_ATTRIBUTES.ParentObject is no framework object");
    }
  }
  Object* made = object.get();
  made->binding_ = &binding;
  made->parent_ = parent;
  {
    MutexLock lock(mutex_);
    if (parent) parent->children_.push_back(made);
    objects_.emplace(made, std::move(object));
  }
  if (attributes && (attributes->ContextTypeInfo || attributes->EvtCleanupCallback || attributes->EvtDestroyCallback)) {
    bool existed = false;
    if (auto context = allocate_context(*made, *attributes, existed); !context) {
      // No callback of the driver's runs for an object that never was.
      {
        MutexLock lock(mutex_);
        made->contexts_.clear();
      }
      remove(*made);
      return fail(context.error());
    }
  }
  return made;
}

Result<void*> ObjectTable::allocate_context(Object& object, const WDF_OBJECT_ATTRIBUTES& attributes, bool& existed) {
  existed = false;
  ObjectContext context;
  context.type = attributes.ContextTypeInfo;
  context.cleanup = attributes.EvtCleanupCallback;
  context.destroy = attributes.EvtDestroyCallback;
  if (context.type) {
    if (attributes.ContextSizeOverride && attributes.ContextSizeOverride < context.type->ContextSize)
      return fail(StatusCode::kInvalidParameter,
                  "WDF_OBJECT_ATTRIBUTES.ContextSizeOverride is smaller than the context");
    context.size = std::max<uint64_t>(attributes.ContextSizeOverride, context.type->ContextSize);
    MutexLock lock(mutex_);
    for (const ObjectContext& c : object.contexts_) {
      if (c.type != context.type) continue;
      existed = true;
      return c.bytes;
    }
  }
  if (context.size) {
    context.bytes = allocate(context.size);
    if (!context.bytes) return fail(StatusCode::kInsufficientResources, "no memory for an object context");
  }
  MutexLock lock(mutex_);
  object.contexts_.push_back(context);
  if (context.bytes) by_context_.emplace(context.bytes, &object);
  return context.bytes;
}

void* ObjectTable::context(Object& object, PCWDF_OBJECT_CONTEXT_TYPE_INFO type) {
  MutexLock lock(mutex_);
  for (const ObjectContext& c : object.contexts_)
    if (c.type == type) return c.bytes;
  return nullptr;
}

Object* ObjectTable::object_of_context(const void* context) {
  MutexLock lock(mutex_);
  auto it = by_context_.find(context);
  return it == by_context_.end() ? nullptr : it->second;
}

void ObjectTable::reference(Object& object) {
  MutexLock lock(mutex_);
  ++object.references_;
}

bool ObjectTable::dereference(Object& object) {
  {
    MutexLock lock(mutex_);
    if (object.references_ == 1 && !object.deleted_) return false;
    if (--object.references_ > 0) return true;
  }
  destroy(&object);
  return true;
}

void ObjectTable::remove(Object& object) {
  {
    MutexLock lock(mutex_);
    if (std::exchange(object.deleted_, true)) return;
    if (object.parent_) std::erase(object.parent_->children_, &object);
    object.parent_ = nullptr;
  }
  object.stop();
  for (;;) {
    Object* child = nullptr;
    {
      MutexLock lock(mutex_);
      if (object.children_.empty()) break;
      child = object.children_.back();
    }
    remove(*child);
  }
  std::vector<ObjectContext> contexts;
  {
    MutexLock lock(mutex_);
    contexts = object.contexts_;
  }
  for (const ObjectContext& c : contexts)
    if (c.cleanup) c.cleanup(object.handle());
  (void)dereference(object);
}

void ObjectTable::destroy(Object* object) {
  std::vector<ObjectContext> contexts;
  {
    MutexLock lock(mutex_);
    contexts = object->contexts_;
  }
  for (const ObjectContext& c : contexts)
    if (c.destroy) c.destroy(object->handle());
  std::unique_ptr<Object> owned;
  {
    MutexLock lock(mutex_);
    for (const ObjectContext& c : contexts) by_context_.erase(c.bytes);
    auto it = objects_.find(object);
    if (it == objects_.end()) return;
    owned = std::move(it->second);
    objects_.erase(it);
  }
  auto& pool = current<kernel::Services>().pool();
  for (const ObjectContext& c : contexts)
    if (c.bytes) (void)pool.free(c.bytes, kContextTag, "WdfObjectDelete");
}

Object* ObjectTable::find(const void* handle) {
  MutexLock lock(mutex_);
  auto it = objects_.find(handle);
  return it == objects_.end() ? nullptr : it->second.get();
}

std::vector<Object*> ObjectTable::of_binding(const Binding& binding) {
  std::vector<Object*> found;
  MutexLock lock(mutex_);
  for (auto& [handle, object] : objects_)
    if (object->binding_ == &binding) found.push_back(object.get());
  return found;
}

}  // namespace portside::wdf
