#pragma once
// Object: a framework object: a parent, children, references, and the contexts that a driver attaches. Handles are checked
// against ObjectTable before they are followed.

#include <wdf.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

namespace portside::wdf {

class Binding;
class ObjectTable;

enum class ObjectType : uint8_t {
  kGeneral,
  kDriver,
  kDevice,
  kMemory,
  kString,
  kCollection,
  kSpinLock,
  kWaitLock,
  kTimer,
  kWorkItem,
  kKey,
  kIoTarget,
};
std::string_view name_of(ObjectType type);

struct ObjectContext {
  PCWDF_OBJECT_CONTEXT_TYPE_INFO type = nullptr;
  void* bytes = nullptr;
  uint64_t size = 0;
  PFN_WDF_OBJECT_CONTEXT_CLEANUP cleanup = nullptr;
  PFN_WDF_OBJECT_CONTEXT_DESTROY destroy = nullptr;
};

class Object {
 public:
  explicit Object(ObjectType type) : type_(type) {}
  virtual ~Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  ObjectType type() const { return type_; }
  Object* parent() const { return parent_; }
  Binding* binding() const { return binding_; }
  WDFOBJECT handle() { return reinterpret_cast<WDFOBJECT>(this); }

  // Stops what the object does on its own (a timer, queued work), before its cleanup callbacks.
  virtual void stop() {}

 private:
  friend class ObjectTable;
  const ObjectType type_;
  Binding* binding_ = nullptr;
  Object* parent_ = nullptr;
  std::vector<Object*> children_;
  std::vector<ObjectContext> contexts_;
  int32_t references_ = 1;
  bool deleted_ = false;
};

class ObjectTable {
 public:
  ~ObjectTable();

  // Makes `object` a child of attributes->ParentObject, or of `default_parent`, and gives it the context that the attributes
  // ask for. STATUS_INFO_LENGTH_MISMATCH for a wrong Size, STATUS_INVALID_HANDLE for a wrong parent.
  Result<Object*> insert(std::unique_ptr<Object> object, Binding& binding, const WDF_OBJECT_ATTRIBUTES* attributes,
                         Object* default_parent);
  // WdfObjectAllocateContext: STATUS_OBJECT_NAME_EXISTS with the context there is for a second one of the same type.
  Result<void*> allocate_context(Object& object, const WDF_OBJECT_ATTRIBUTES& attributes, bool& existed);
  void* context(Object& object, PCWDF_OBJECT_CONTEXT_TYPE_INFO type);
  Object* object_of_context(const void* context);

  void reference(Object& object);
  // False, and nothing done, for the reference that only WdfObjectDelete gives back.
  bool dereference(Object& object);
  // WdfObjectDelete: children first; cleanup callbacks now, destroy callbacks when the last reference goes.
  void remove(Object& object);

  // The object behind a handle, or null: never a pointer to anything else.
  Object* find(const void* handle);
  std::vector<Object*> of_binding(const Binding& binding);

 private:
  void destroy(Object* object);

  Mutex mutex_;
  std::unordered_map<const void*, std::unique_ptr<Object>> objects_ GUARDED_BY(mutex_);
  std::unordered_map<const void*, Object*> by_context_ GUARDED_BY(mutex_);
};

}  // namespace portside::wdf
