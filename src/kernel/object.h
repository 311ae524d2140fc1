#pragma once
// ObjectDirectory: reference-counted objects, their names and the handle table. An object's body is whatever its owner
// made (a KEVENT, a FILE_OBJECT, a thread); the directory keeps the counts beside it, so that a driver's pointer is
// checked before anything is touched.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/mutex.h"
#include "base/observer.h"
#include "base/result.h"
#include "base/stack.h"

// Opaque to drivers, which compare and pass on the pointers (*ExEventObjectType).
struct _OBJECT_TYPE {
  const char* name;
};

namespace portside::kernel {

using ObjectType = ::_OBJECT_TYPE;
namespace object_types {
extern ObjectType kEvent, kSemaphore, kMutant, kTimer, kThread, kProcess, kFile, kKey, kDevice, kDriver, kSymbolicLink,
    kDirectory, kSection, kCallback, kToken;
}

struct NewObject {
  ObjectType* type = nullptr;
  void* body = nullptr;
  std::u16string name;  // "\BaseNamedObjects\X", or none
  // Called without locks, once, when the last reference goes (handles count as references).
  std::function<void(void* body)> on_delete;
  // Called without locks when the last handle is closed (IRP_MJ_CLEANUP of a file). The object is still alive.
  std::function<void(void* body)> on_last_handle_closed;
};

// What is known about an object, alive or gone.
struct ObjectInfo {
  ObjectType* type = nullptr;
  void* body = nullptr;
  std::u16string name;
  int64_t references = 0;
  int64_t handles = 0;
  int64_t by_drivers = 0;  // of the references: those that drivers took by ObReferenceObject and its kin
  bool deleted = false;
  StackTrace created_at;
  StackTrace deleted_at;
};

struct HandleInfo {
  void* handle = nullptr;
  ObjectInfo object;
  uint32_t access = 0;
  bool kernel = false;
  StackTrace opened_at;
};

enum class ObjectFault : uint8_t {
  kUnknownObject,  // a pointer that is no object's body
  kDeletedObject,  // a body whose last reference is gone
  kInvalidHandle,  // never given
  kClosedHandle,   // given, and closed before
  kTypeMismatch,
};
const char* name_of(ObjectFault);

struct ObjectMistake {
  ObjectFault fault{};
  const char* api = "";
  const void* value = nullptr;  // the pointer or handle
  std::optional<ObjectInfo> object;
  StackTrace stack;
  std::string sentence;
};

class ObjectObserver {
 public:
  virtual ~ObjectObserver() = default;
  virtual void on_mistake(const ObjectMistake&) {}
};

enum class HandleKind : uint8_t { kUser, kKernel };

// Whoever counts references to its own objects (io its files and devices, the kernel its threads), so that a driver's
// ObReferenceObject and handles reach them too.
class ObjectSource {
 public:
  virtual ~ObjectSource() = default;
  virtual ObjectType* type_of(const void* body) const = 0;  // null: not one of mine
  virtual Result<> reference(void* body) = 0;
  virtual Result<> dereference(void* body) = 0;
  virtual void last_handle_closed(void*) {}
};

class ObjectDirectory {
 public:
  ObjectDirectory() = default;
  ~ObjectDirectory();

  // Registers a body with one reference, the caller's. STATUS_OBJECT_NAME_COLLISION when the name is taken.
  Result<> insert(NewObject);
  bool contains(const void* body) const;

  Result<> reference(void* body, const char* api);
  // The references that remain; at zero on_delete has run.
  Result<uint64_t> dereference(void* body, const char* api);
  // A driver has taken a reference (1), or gives one back (-1): those that drivers hold then. None for what is counted
  // elsewhere.
  std::optional<int64_t> count_of_drivers(void* body, int64_t change);

  // A named object of the type, referenced. `\??\X` and other symbolic links are followed (16 at most).
  // STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_TYPE_MISMATCH.
  Result<void*> reference_by_name(std::u16string_view name, ObjectType*);
  // STATUS_OBJECT_NAME_COLLISION · STATUS_OBJECT_NAME_NOT_FOUND
  Result<> create_symbolic_link(std::u16string_view link, std::u16string_view target);
  Result<> delete_symbolic_link(std::u16string_view link);
  // Whether two spellings (\DosDevices\X, \??\x) name one object.
  static bool same_name(std::u16string_view a, std::u16string_view b);
  // The name that `name` stands for, its links resolved at their longest prefix; itself when there is none.
  std::u16string resolve(std::u16string_view name) const;
  void remove_name(void* body);

  // A handle to the body; takes a reference of its own.
  Result<void*> open_handle(void* body, uint32_t access, HandleKind, const char* api);
  // The body, referenced for the caller. `type` null: any. STATUS_INVALID_HANDLE, STATUS_OBJECT_TYPE_MISMATCH.
  Result<void*> reference_by_handle(void* handle, ObjectType* type, const char* api);
  Result<HandleInfo> find_handle(void* handle) const;
  Result<> close_handle(void* handle, const char* api);

  std::optional<ObjectInfo> find(const void* body) const;
  std::vector<HandleInfo> live_handles() const;
  std::vector<ObjectInfo> live_objects() const;

  // Asked, in order, about bodies that were not inserted here.
  void add_source(ObjectSource& source) { sources_.push_back(&source); }
  void remove_source(ObjectSource& source) { std::erase(sources_, &source); }

  // What NtCurrentThread() (-2) and NtCurrentProcess() (-1) stand for: a body that is registered here, or null.
  void set_current_thread(std::function<void*()> source) { current_thread_ = std::move(source); }
  void set_current_process(void* body) { current_process_ = body; }

  ObserverList<ObjectObserver>& observers() { return observers_; }

 private:
  struct Record {
    ObjectInfo info;
    std::function<void(void*)> on_delete;
    std::function<void(void*)> on_last_handle_closed;
  };
  struct Handle {
    void* body = nullptr;
    uint32_t access = 0;
    bool kernel = false;
    StackTrace opened_at;
  };
  struct Body {
    ObjectType* type = nullptr;
    ObjectSource* source = nullptr;  // null: a record of ours
  };
  std::optional<Body> locate(const void* body) const;
  std::u16string resolve_locked(std::u16string_view name) const REQUIRES(mutex_);
  void forget_locked(const Record&) REQUIRES(mutex_);
  std::unexpected<Status> tell_unknown(const void* body, const char* api) const;
  std::unexpected<Status> tell_handle(void* handle, const char* api) const;

  mutable Mutex mutex_;
  std::unordered_map<const void*, Record> objects_ GUARDED_BY(mutex_);
  std::map<std::u16string, void*> names_ GUARDED_BY(mutex_);           // upcased
  std::map<std::u16string, std::u16string> links_ GUARDED_BY(mutex_);  // upcased link, target as given
  std::unordered_map<uint64_t, Handle> handles_ GUARDED_BY(mutex_);
  std::unordered_map<const void*, int64_t> handle_counts_ GUARDED_BY(mutex_);
  std::unordered_map<const void*, ObjectInfo> gone_ GUARDED_BY(mutex_);  // the last deleted ones
  std::deque<const void*> gone_order_ GUARDED_BY(mutex_);
  uint64_t next_handle_ GUARDED_BY(mutex_) = 4;  // handle values are not reused
  std::vector<ObjectSource*> sources_;
  std::function<void*()> current_thread_;
  void* current_process_ = nullptr;
  ObserverList<ObjectObserver> observers_;
};

// A reference held for a scope.
class ObjectReference {
 public:
  ObjectReference() = default;
  // Adopts a reference that the caller owns.
  ObjectReference(ObjectDirectory& directory, void* body) : directory_(&directory), body_(body) {}
  ObjectReference(ObjectReference&& other) noexcept
      : directory_(other.directory_), body_(std::exchange(other.body_, nullptr)) {}
  ObjectReference& operator=(ObjectReference&& other) noexcept {
    std::swap(directory_, other.directory_);
    std::swap(body_, other.body_);
    return *this;
  }
  ~ObjectReference() {
    if (body_) (void)directory_->dereference(body_, "");
  }
  void* body() const { return body_; }
  void* release() { return std::exchange(body_, nullptr); }

 private:
  ObjectDirectory* directory_ = nullptr;
  void* body_ = nullptr;
};

}  // namespace portside::kernel
