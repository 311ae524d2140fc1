#include "portcls/automation.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "io/io.h"
#include "kernel/services.h"
#include "ks/property_request.h"

namespace portside::portcls {
namespace {

// The nth item of a table whose items are `bytes` apart.
template <class Item>
const Item& item_at(const Item* items, uint32_t bytes, uint32_t index) {
  return *reinterpret_cast<const Item*>(reinterpret_cast<const std::byte*>(items) + uint64_t{index} * bytes);
}

// What the driver's handler reads and writes: pool of its own, so that under verification an overrun meets a guard page.
class GuardedBuffer {
 public:
  static Result<GuardedBuffer> create(std::span<const std::byte> contents) {
    GuardedBuffer buffer;
    if (contents.empty()) return buffer;
    auto block = current<kernel::Services>().pool().allocate({.bytes = contents.size(), .tag = 'rPsK',
                                                              .contents = kernel::PoolContents::kUninitialized,
                                                              .owner = kernel::PoolOwner::kRuntime, .api = "KsPropertyHandler"});
    if (!block) return fail(block.error());
    buffer.block_ = *block;
    std::memcpy(buffer.block_, contents.data(), contents.size());
    return buffer;
  }
  GuardedBuffer() = default;
  GuardedBuffer(GuardedBuffer&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  GuardedBuffer& operator=(GuardedBuffer&& other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~GuardedBuffer() {
    if (block_) (void)current<kernel::Services>().pool().free(block_, std::nullopt, "KsPropertyHandler");
  }
  void* pointer() const { return block_; }

 private:
  void* block_ = nullptr;
};

}  // namespace

const PCPROPERTY_ITEM* find_property(const PCAUTOMATION_TABLE* table, const GUID& set, uint32_t id) {
  if (!table) return nullptr;
  for (ULONG i = 0; i < table->PropertyCount; ++i) {
    const PCPROPERTY_ITEM& item = item_at(table->Properties, table->PropertyItemSize, i);
    if (item.Id == id && item.Set && ks::same_guid(*item.Set, set)) return &item;
  }
  return nullptr;
}

const PCEVENT_ITEM* find_event(const PCAUTOMATION_TABLE* table, const GUID& set, uint32_t id) {
  if (!table) return nullptr;
  for (ULONG i = 0; i < table->EventCount; ++i) {
    const PCEVENT_ITEM& item = item_at(table->Events, table->EventItemSize, i);
    if (item.Id == id && item.Set && ks::same_guid(*item.Set, set)) return &item;
  }
  return nullptr;
}

std::vector<GUID> property_sets(const PCAUTOMATION_TABLE* table) {
  std::vector<GUID> sets;
  for (ULONG i = 0; table && i < table->PropertyCount; ++i)
    if (const GUID* set = item_at(table->Properties, table->PropertyItemSize, i).Set) sets.push_back(*set);
  return sets;
}

std::vector<GUID> event_sets(const PCAUTOMATION_TABLE* table) {
  std::vector<GUID> sets;
  for (ULONG i = 0; table && i < table->EventCount; ++i)
    if (const GUID* set = item_at(table->Events, table->EventItemSize, i).Set) sets.push_back(*set);
  return sets;
}

struct PendingProperties::Request {
  PCPROPERTY_REQUEST driver{};           // what the driver sees; first, and found by its address
  std::unique_ptr<ks::PropertyCall> call;
  GuardedBuffer instance, value;
  bool in_handler = true;
  bool completed = false;                // completed while its handler had not returned yet
  NTSTATUS completed_with = 0;

  // The driver's answer becomes the call's.
  Status take_answer(NTSTATUS status) {
    ks::PropertyRequest& request = call->request();
    const size_t room = request.value.size();
    // A size beyond the buffer is a demand for room (STATUS_BUFFER_OVERFLOW); with success there is no more than room.
    request.information = status == STATUS_BUFFER_OVERFLOW ? driver.ValueSize : std::min<uint64_t>(driver.ValueSize, room);
    if (room) std::memcpy(request.value.data(), value.pointer(), room);
    return Status::from_nt(status);
  }
};

PendingProperties::PendingProperties() = default;
PendingProperties::~PendingProperties() = default;

NTSTATUS PendingProperties::dispatch(std::unique_ptr<ks::PropertyCall> call, const PCPROPERTY_ITEM& item,
                                     const AutomationTarget& target) {
  ks::PropertyRequest& request = call->request();
  if (!(item.Flags & request.verb)) {
    // What an item leaves out, KS answers: basic support from its flags, the refusal of a GET that it has not.
    ks::ItemRules rules{.id = item.Id, .descriptor_bytes = 0};
    rules.get = item.Flags & KSPROPERTY_TYPE_GET;
    rules.set = item.Flags & KSPROPERTY_TYPE_SET;
    const auto answered = ks::apply_rules(request, rules);
    return call->end(answered.value_or(Status(StatusCode::kNotFound, "the item's flags lack this request")));
  }
  if (!item.Handler) return call->end(Status(StatusCode::kNotFound, "the property item has no handler"));

  const size_t head = request.node ? sizeof(KSP_NODE) : sizeof(KSPROPERTY);
  auto instance = GuardedBuffer::create(request.descriptor.subspan(std::min(head, request.descriptor.size())));
  if (!instance) return call->end(instance.error());
  auto value = GuardedBuffer::create(request.value);
  if (!value) return call->end(value.error());

  auto owned = std::make_unique<Request>();
  Request* pending = owned.get();
  pending->instance = std::move(*instance);
  pending->value = std::move(*value);
  // Audio Property Handlers: "If no additional data follows this structure, the port driver sets InstanceSize to zero
  // (and Instance to NULL)."
  pending->driver.MajorTarget = target.major;
  pending->driver.MinorTarget = target.minor;
  pending->driver.Node = target.node;
  pending->driver.PropertyItem = &item;
  pending->driver.Verb = request.verb;
  pending->driver.InstanceSize = static_cast<ULONG>(request.descriptor.size() - head);
  pending->driver.Instance = pending->instance.pointer();
  pending->driver.ValueSize = static_cast<ULONG>(request.value.size());
  pending->driver.Value = pending->value.pointer();
  pending->driver.Irp = request.irp;
  pending->call = std::move(call);
  {
    MutexLock lock(mutex_);
    requests_.push_back(std::move(owned));
  }

  NTSTATUS status = item.Handler(&pending->driver);

  {
    MutexLock lock(mutex_);
    pending->in_handler = false;
    if (status == STATUS_PENDING && !pending->completed) {
      IoMarkIrpPending(pending->driver.Irp);
      return STATUS_PENDING;
    }
    if (status == STATUS_PENDING) status = pending->completed_with;
    const auto at = std::ranges::find(requests_, pending, &std::unique_ptr<Request>::get);
    owned = std::move(*at);
    requests_.erase(at);
  }
  const Status answer = owned->take_answer(status);
  return owned->call->end(answer);
}

Status PendingProperties::complete(PPCPROPERTY_REQUEST request, NTSTATUS status) {
  std::unique_ptr<Request> owned;
  {
    MutexLock lock(mutex_);
    const auto at = std::ranges::find_if(requests_, [&](const auto& r) { return &r->driver == request; });
    if (at == requests_.end()) return Status(StatusCode::kInvalidParameter, "the property request is not pending");
    if ((*at)->in_handler) {
      (*at)->completed = true;
      (*at)->completed_with = status;
      return Status::ok();
    }
    owned = std::move(*at);
    requests_.erase(at);
  }
  const Status answer = owned->take_answer(status);
  owned->call->end(answer);
  return Status::ok();
}

size_t PendingProperties::count() const {
  MutexLock lock(mutex_);
  return requests_.size();
}

}  // namespace portside::portcls
