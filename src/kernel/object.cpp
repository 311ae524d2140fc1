#include "kernel/object.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernel/unicode.h"

namespace portside::kernel {

namespace object_types {
ObjectType kEvent{"Event"}, kSemaphore{"Semaphore"}, kMutant{"Mutant"}, kTimer{"Timer"}, kThread{"Thread"},
    kProcess{"Process"}, kFile{"File"}, kKey{"Key"}, kDevice{"Device"}, kDriver{"Driver"},
    kSymbolicLink{"SymbolicLink"}, kDirectory{"Directory"}, kSection{"Section"}, kCallback{"Callback"}, kToken{"Token"};
}  // namespace object_types

namespace {

constexpr uint64_t kKernelHandleBits = 0xFFFF'FFFF'8000'0000;
constexpr uint64_t kCurrentProcess = ~uint64_t{0};     // NtCurrentProcess()
constexpr uint64_t kCurrentThread = ~uint64_t{0} - 1;  // NtCurrentThread()
constexpr size_t kRememberedObjects = 256;

uint64_t value_of(void* handle) { return reinterpret_cast<uint64_t>(handle); }
// The two lowest bits of a handle are the application's own ("Object Handles": ignored by the system).
uint64_t key_of(void* handle) { return value_of(handle) & ~uint64_t{3}; }
uint64_t index_of(uint64_t key) { return key >= kKernelHandleBits ? key & ~kKernelHandleBits : key; }

// \DosDevices and \GLOBAL?? are other names of \??.
std::u16string normalised(std::u16string_view name) {
  std::u16string up = upcase(name);
  for (std::u16string_view alias : {u"\\DOSDEVICES\\", u"\\GLOBAL??\\"})
    if (up.starts_with(alias)) return u"\\??\\" + up.substr(alias.size());
  return up;
}

}  // namespace

const char* name_of(ObjectFault fault) {
  switch (fault) {
    case ObjectFault::kUnknownObject: return "unknown object";
    case ObjectFault::kDeletedObject: return "deleted object";
    case ObjectFault::kInvalidHandle: return "invalid handle";
    case ObjectFault::kClosedHandle: return "closed handle";
    case ObjectFault::kTypeMismatch: return "object of another type";
  }
  return "";
}

ObjectDirectory::~ObjectDirectory() {
  // The bodies' owners may be gone already when a machine ends; what is left is dropped without callbacks.
}

Result<> ObjectDirectory::insert(NewObject object) {
  Record record;
  record.info = {.type = object.type, .body = object.body, .name = std::move(object.name), .references = 1};
  record.info.created_at = capture_stack();
  record.on_delete = std::move(object.on_delete);
  record.on_last_handle_closed = std::move(object.on_last_handle_closed);

  MutexLock lock(mutex_);
  if (objects_.contains(object.body)) return fail(StatusCode::kInternalError, "the body is an object already");
  if (!record.info.name.empty()) {
    const std::u16string key = normalised(record.info.name);
    if (names_.contains(key) || links_.contains(key))
      return fail(StatusCode::kObjectNameCollision,
                  fmt::format("an object named {} exists", to_utf8(record.info.name)));
    names_.emplace(key, object.body);
  }
  gone_.erase(object.body);
  objects_.emplace(object.body, std::move(record));
  return {};
}

bool ObjectDirectory::contains(const void* body) const { return locate(body).has_value(); }

std::optional<ObjectDirectory::Body> ObjectDirectory::locate(const void* body) const {
  {
    MutexLock lock(mutex_);
    if (auto it = objects_.find(body); it != objects_.end()) return Body{it->second.info.type, nullptr};
  }
  for (ObjectSource* source : sources_)
    if (ObjectType* type = source->type_of(body)) return Body{type, source};
  return std::nullopt;
}

Result<> ObjectDirectory::reference(void* body, const char* api) {
  {
    MutexLock lock(mutex_);
    if (auto it = objects_.find(body); it != objects_.end()) {
      ++it->second.info.references;
      return {};
    }
  }
  const auto found = locate(body);
  if (!found || !found->source) return tell_unknown(body, api);
  return found->source->reference(body);
}

Result<uint64_t> ObjectDirectory::dereference(void* body, const char* api) {
  Record last;
  {
    MutexLock lock(mutex_);
    if (auto it = objects_.find(body); it != objects_.end()) {
      if (--it->second.info.references > 0) return static_cast<uint64_t>(it->second.info.references);
      last = std::move(it->second);
      objects_.erase(it);
      forget_locked(last);
    }
  }
  if (last.info.body) {
    if (last.on_delete) last.on_delete(body);
    return 0;
  }
  const auto found = locate(body);
  if (!found || !found->source) return tell_unknown(body, api);
  TRY(found->source->dereference(body));
  return found->source->type_of(body) ? 1 : 0;
}

std::optional<int64_t> ObjectDirectory::count_of_drivers(void* body, int64_t change) {
  MutexLock lock(mutex_);
  const auto it = objects_.find(body);
  if (it == objects_.end()) return std::nullopt;
  return it->second.info.by_drivers += change;
}

void ObjectDirectory::forget_locked(const Record& record) {
  if (!record.info.name.empty()) names_.erase(normalised(record.info.name));
  ObjectInfo& memory = gone_[record.info.body];
  memory = record.info;
  memory.deleted = true;
  memory.deleted_at = capture_stack();
  gone_order_.push_back(record.info.body);
  if (gone_order_.size() > kRememberedObjects) {
    // The body may have been born again and died again: then it is forgotten a little early.
    gone_.erase(gone_order_.front());
    gone_order_.pop_front();
  }
}

Result<void*> ObjectDirectory::reference_by_name(std::u16string_view name, ObjectType* type) {
  MutexLock lock(mutex_);
  const auto it = names_.find(normalised(resolve_locked(name)));
  if (it == names_.end())
    return fail(StatusCode::kObjectNameNotFound, fmt::format("no object is named {}", to_utf8(name)));
  Record& record = objects_.at(it->second);
  if (type && record.info.type != type)
    return fail(StatusCode::kObjectTypeMismatch,
                fmt::format("{} is a {}, not a {}", to_utf8(name), record.info.type->name, type->name));
  ++record.info.references;
  return it->second;
}

Result<> ObjectDirectory::create_symbolic_link(std::u16string_view link, std::u16string_view target) {
  if (!link.starts_with(u'\\') || target.empty())
    return fail(StatusCode::kObjectNameInvalid, "a link's name begins with a backslash");
  MutexLock lock(mutex_);
  const std::u16string key = normalised(link);
  if (names_.contains(key) || !links_.emplace(key, target).second)
    return fail(StatusCode::kObjectNameCollision, fmt::format("{} exists", to_utf8(link)));
  return {};
}

Result<> ObjectDirectory::delete_symbolic_link(std::u16string_view link) {
  MutexLock lock(mutex_);
  if (!links_.erase(normalised(link)))
    return fail(StatusCode::kObjectNameNotFound, fmt::format("no link is named {}", to_utf8(link)));
  return {};
}

bool ObjectDirectory::same_name(std::u16string_view a, std::u16string_view b) { return normalised(a) == normalised(b); }

std::u16string ObjectDirectory::resolve(std::u16string_view name) const {
  MutexLock lock(mutex_);
  return resolve_locked(name);
}

std::u16string ObjectDirectory::resolve_locked(std::u16string_view name) const {
  std::u16string current(name);
  constexpr int kLongestChain = 16;
  for (int step = 0; step < kLongestChain; ++step) {
    // The longest prefix, ending where a component ends, that is a link.
    bool followed = false;
    for (size_t end = current.size(); end > 0 && end != std::u16string::npos; end = current.rfind(u'\\', end - 1)) {
      const auto it = links_.find(normalised(std::u16string_view(current).substr(0, end)));
      if (it == links_.end()) continue;
      current = it->second + current.substr(end);
      followed = true;
      break;
    }
    if (!followed) break;
  }
  return current;
}

void ObjectDirectory::remove_name(void* body) {
  MutexLock lock(mutex_);
  const auto it = objects_.find(body);
  if (it == objects_.end() || it->second.info.name.empty()) return;
  names_.erase(normalised(it->second.info.name));
  it->second.info.name.clear();
}

Result<void*> ObjectDirectory::open_handle(void* body, uint32_t access, HandleKind kind, const char* api) {
  TRY(reference(body, api));
  Handle handle{.body = body, .access = access, .kernel = kind == HandleKind::kKernel, .opened_at = capture_stack()};
  MutexLock lock(mutex_);
  const uint64_t value = next_handle_ | (handle.kernel ? kKernelHandleBits : 0);
  next_handle_ += 4;
  ++handle_counts_[body];
  handles_.emplace(value, std::move(handle));
  return reinterpret_cast<void*>(value);
}

Result<void*> ObjectDirectory::reference_by_handle(void* handle, ObjectType* type, const char* api) {
  void* body = nullptr;
  if (value_of(handle) == kCurrentThread) {
    body = current_thread_ ? current_thread_() : nullptr;
  } else if (value_of(handle) == kCurrentProcess) {
    body = current_process_;
  } else {
    MutexLock lock(mutex_);
    if (auto it = handles_.find(key_of(handle)); it != handles_.end()) body = it->second.body;
  }
  if (!body) return tell_handle(handle, api);
  const auto found = locate(body);
  if (!found) return tell_unknown(body, api);
  if (type && found->type != type) {
    observers_.notify(&ObjectObserver::on_mistake,
                      ObjectMistake{.fault = ObjectFault::kTypeMismatch,
                                    .api = api,
                                    .value = handle,
                                    .object = find(body),
                                    .stack = capture_stack(),
                                    .sentence = fmt::format("{}: the handle {} is to a {}, and a {} was asked for", api,
                                                            handle, found->type->name, type->name)});
    return fail(StatusCode::kObjectTypeMismatch, "the handle is to an object of another type");
  }
  TRY(reference(body, api));
  return body;
}

Result<HandleInfo> ObjectDirectory::find_handle(void* handle) const {
  HandleInfo info{.handle = handle};
  void* body = nullptr;
  {
    MutexLock lock(mutex_);
    const auto it = handles_.find(key_of(handle));
    if (it == handles_.end()) return fail(StatusCode::kInvalidHandle, "no such handle");
    body = it->second.body;
    info.access = it->second.access;
    info.kernel = it->second.kernel;
    info.opened_at = it->second.opened_at;
  }
  if (auto object = find(body)) info.object = *object;
  return info;
}

Result<> ObjectDirectory::close_handle(void* handle, const char* api) {
  // Closing a pseudo handle does nothing and succeeds.
  if (value_of(handle) == kCurrentThread || value_of(handle) == kCurrentProcess) return {};
  void* body = nullptr;
  bool last = false;
  std::function<void(void*)> on_last;
  {
    MutexLock lock(mutex_);
    if (auto it = handles_.find(key_of(handle)); it != handles_.end()) {
      body = it->second.body;
      handles_.erase(it);
      last = --handle_counts_[body] == 0;
      if (last) handle_counts_.erase(body);
      if (auto object = objects_.find(body); last && object != objects_.end())
        on_last = object->second.on_last_handle_closed;
    }
  }
  if (!body) return tell_handle(handle, api);
  if (on_last) {
    on_last(body);
  } else if (last) {
    if (const auto found = locate(body); found && found->source) found->source->last_handle_closed(body);
  }
  TRY(dereference(body, api));
  return {};
}

std::optional<ObjectInfo> ObjectDirectory::find(const void* body) const {
  {
    MutexLock lock(mutex_);
    const auto count = handle_counts_.find(body);
    if (auto it = objects_.find(body); it != objects_.end()) {
      ObjectInfo info = it->second.info;
      info.handles = count == handle_counts_.end() ? 0 : count->second;
      return info;
    }
  }
  // Before those that are gone: an object that others count may lie where one of them lay.
  if (const auto found = locate(body)) return ObjectInfo{.type = found->type, .body = const_cast<void*>(body)};
  MutexLock lock(mutex_);
  const auto gone = gone_.find(body);
  return gone == gone_.end() ? std::nullopt : std::optional(gone->second);
}

std::vector<HandleInfo> ObjectDirectory::live_handles() const {
  std::vector<uint64_t> values;
  {
    MutexLock lock(mutex_);
    for (const auto& [value, handle] : handles_) values.push_back(value);
  }
  std::ranges::sort(values, {}, index_of);
  std::vector<HandleInfo> out;
  for (uint64_t value : values)
    if (auto info = find_handle(reinterpret_cast<void*>(value))) out.push_back(std::move(*info));
  return out;
}

std::vector<ObjectInfo> ObjectDirectory::live_objects() const {
  MutexLock lock(mutex_);
  std::vector<ObjectInfo> out;
  for (const auto& [body, record] : objects_) out.push_back(record.info);
  return out;
}

std::unexpected<Status> ObjectDirectory::tell_unknown(const void* body, const char* api) const {
  const auto object = find(body);
  const bool deleted = object && object->deleted;
  observers_.notify(
      &ObjectObserver::on_mistake,
      ObjectMistake{
          .fault = deleted ? ObjectFault::kDeletedObject : ObjectFault::kUnknownObject,
          .api = api,
          .value = body,
          .object = object,
          .stack = capture_stack(),
          .sentence = deleted ? fmt::format("{}: the {} at {} has been deleted: its last reference was released before",
                                            api, object->type->name, body)
                              : fmt::format("{}: {} is not an object", api, body)});
  return fail(StatusCode::kInvalidParameter, "not an object");
}

std::unexpected<Status> ObjectDirectory::tell_handle(void* handle, const char* api) const {
  const uint64_t key = key_of(handle);
  bool closed = false;
  {
    MutexLock lock(mutex_);
    closed = index_of(key) >= 4 && index_of(key) < next_handle_;
  }
  observers_.notify(
      &ObjectObserver::on_mistake,
      ObjectMistake{.fault = closed ? ObjectFault::kClosedHandle : ObjectFault::kInvalidHandle,
                    .api = api,
                    .value = handle,
                    .object = std::nullopt,
                    .stack = capture_stack(),
                    .sentence = fmt::format("{}: {} {}", api, handle,
                                            closed ? "was a handle, and has been closed" : "is not a handle")});
  return fail(StatusCode::kInvalidHandle, "not a handle");
}

}  // namespace portside::kernel
