#include "portcls/automation.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "io/io.h"
#include "kernel/cpu_stopwatch.h"
#include "kernel/kernel.h"
#include "kernel/machine_clock.h"
#include "kernel/thread.h"
#include "ks/property_names.h"
#include "ks/property_request.h"
#include "portcls/guarded_buffer.h"
#include "portcls/method_place.h"
#include "portcls/portcls.h"

namespace portside::portcls {

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

namespace {

// What a handler's variables hold that nobody has set: not what an earlier call of ours happened to leave, but zero, which may be taken
// for a channel or a pin, and in requests of an odd length something else.
[[gnu::noinline]] void leave_on_stack(uint8_t pattern) {
  constexpr size_t kBytes = 4096;  // the frames of a handler and of what it calls
  volatile uint8_t below[kBytes];
  for (size_t i = 0; i < kBytes; ++i) below[i] = pattern;
}

}  // namespace

// No page has a limit. A person who turns a knob waits for it.
constexpr Nanoseconds kMostTime = std::chrono::seconds(1);
constexpr size_t kMostPadding = 16;

namespace {

// What a handler has been asked, for the report of a machine that ends in it.
class AskedHandler final : public kernel::Activity {
 public:
  // Copies: the driver can change the request, and close what its table lies in.
  explicit AskedHandler(const PCPROPERTY_REQUEST& request)
      : set_(*request.PropertyItem->Set), id_(request.PropertyItem->Id), verb_(request.Verb), node_(request.Node),
        instance_bytes_(std::min<size_t>(request.InstanceSize, head_.size())), value_bytes_(request.ValueSize) {
    if (instance_bytes_) std::memcpy(head_.data(), request.Instance, instance_bytes_);
  }
  std::string text() const override {
    std::string out = fmt::format("{}, {}", ks::property_name(set_, id_), ks::verb_name(verb_));
    if (node_ != kNoNode) out += fmt::format(", node {}", node_);
    if (instance_bytes_) out += fmt::format(", instance {}", ks::words_text(std::span(head_).first(instance_bytes_)));
    return out + (value_bytes_ ? fmt::format(", a value of {} bytes", value_bytes_) : ", no room for a value");
  }

 private:
  static constexpr ULONG kNoNode = ~ULONG{0};
  GUID set_;
  ULONG id_, verb_, node_;
  std::array<std::byte, 16> head_{};
  size_t instance_bytes_;
  ULONG value_bytes_;
};

}  // namespace

struct PendingProperties::Request {
  PCPROPERTY_REQUEST driver{};             // what the driver sees; first, and found by its address
  std::unique_ptr<ks::PropertyCall> call;  // null: the port waits itself, for `done`
  GuardedBuffer instance, value;
  size_t room = 0;     // bytes at `value`
  bool unset = false;  // none of them was set when the handler got them
  bool in_handler = true;
  bool completed = false;  // by PcCompletePendingPropertyRequest, while nobody could take it yet
  NTSTATUS completed_with = 0;
  KEVENT done{};

  std::string name() const { return ks::property_name(*driver.PropertyItem->Set, driver.PropertyItem->Id); }
  StackTrace place() const { return function_place(reinterpret_cast<const void*>(driver.PropertyItem->Handler)); }

  // What a handler may say of sizes (Audio Property Handlers).
  void judge_answer(NTSTATUS status) const {
    PortCls& port_cls = current<PortCls>();
    if (status >= 0 && driver.ValueSize > room)
      port_cls.report_answer(
          Misuse::kPropertyValueTooLong, "a property handler",
          fmt::format("{}: success, with {} bytes in a buffer of {}", name(), driver.ValueSize, room), place());
    const std::span written(static_cast<const std::byte*>(value.pointer()), std::min<size_t>(driver.ValueSize, room));
    const auto set_by_driver = [](std::byte b) { return b != GuardedBuffer::kUnset; };
    const auto last = std::ranges::find_if(written.rbegin(), written.rend(), set_by_driver);
    const auto untouched = static_cast<size_t>(last - written.rbegin());
    // At the end of a structure there may be a member that is reserved, or padding; or room for a name, of which what is
    // behind its end is nobody's.
    const bool ends_text =
        written.size() - untouched > sizeof(LONGLONG) && last[0] == std::byte{} && last[1] == std::byte{};
    if (status == STATUS_SUCCESS && unset && driver.ValueSize <= room && !ends_text &&
        untouched >= std::min(written.size(), kMostPadding) && untouched >= sizeof(ULONG))
      port_cls.report_answer(
          Misuse::kPropertyValueUnwritten, "a property handler",
          fmt::format("{}: success, with {} bytes, of which it has written {}", name(), driver.ValueSize,
                      untouched == written.size() ? "none" : fmt::format("the first {}", written.size() - untouched)),
          place());
    // "The handler responds by returning the required buffer size along with the status code STATUS_BUFFER_OVERFLOW."
    if (status == STATUS_BUFFER_OVERFLOW && room == 0 && driver.ValueSize == 0)
      port_cls.report_answer(Misuse::kPropertyOverflowWithoutSize, "a property handler",
                             fmt::format("{}: asked for its size, it says STATUS_BUFFER_OVERFLOW and 0 bytes", name()),
                             place());
  }

  // Judged where the machine's time is its own.
  NTSTATUS call_handler() {
    auto& kernel = current<kernel::Kernel>();
    const Nanoseconds began = kernel.clock().now();
    const kernel::CpuStopwatch stopwatch(kernel);
    if (current<PortCls>().options().verify) leave_on_stack((driver.InstanceSize + driver.ValueSize) % 2 ? 0x5E : 0);
    const AskedHandler asked(driver);
    const kernel::ServingScope serving(*kernel.current_thread(), {.activity = &asked});
    const NTSTATUS status = driver.PropertyItem->Handler(&driver);
    const Nanoseconds took = kernel.clock().now() - began + stopwatch.elapsed();
    // Where threads change at accesses a handler may stand still while others wait for seconds.
    const bool its_own =
        kernel.options().clock == kernel::ClockKind::kVirtual && !kernel.options().schedule.at_accesses;
    if (took > kMostTime && its_own)
      current<PortCls>().report_answer(Misuse::kPropertySlow, "a property handler",
                                       fmt::format("{}, {}: it came back after {:.1f} s", name(),
                                                   ks::verb_name(driver.Verb), static_cast<double>(took.count()) / 1e9),
                                       place());
    return status;
  }

  // The driver's answer becomes the call's.
  Status take_answer(NTSTATUS status) {
    judge_answer(status);
    ks::PropertyRequest& request = call->request();
    // A size beyond the buffer is a demand for room (STATUS_BUFFER_OVERFLOW); with success there is no more than room.
    request.information =
        status == STATUS_BUFFER_OVERFLOW ? driver.ValueSize : std::min<uint64_t>(driver.ValueSize, room);
    if (room) std::memcpy(request.value.data(), value.pointer(), room);
    return Status::from_nt(status);
  }
};

PendingProperties::PendingProperties() = default;
PendingProperties::~PendingProperties() = default;

Result<std::unique_ptr<PendingProperties::Request>> PendingProperties::create(const PCPROPERTY_ITEM& item,
                                                                              uint32_t verb, PIRP irp,
                                                                              const AutomationTarget& target,
                                                                              std::span<const std::byte> instance,
                                                                              std::span<const std::byte> value) {
  auto request = std::make_unique<Request>();
  TRY_ASSIGN(request->instance, GuardedBuffer::create(instance, "a property request's Instance"));
  // What an answer goes into has no contents that a driver might rely on.
  const bool answers = verb == KSPROPERTY_TYPE_GET || verb == KSPROPERTY_TYPE_BASICSUPPORT;
  request->unset = answers && current<PortCls>().options().verify;
  constexpr const char* kValue = "a property request's Value";
  TRY_ASSIGN(request->value,
             request->unset ? GuardedBuffer::create_unset(value.size(), kValue) : GuardedBuffer::create(value, kValue));
  request->room = value.size();
  request->driver.MajorTarget = target.major;
  request->driver.MinorTarget = target.minor;
  request->driver.Node = target.node;
  request->driver.PropertyItem = &item;
  request->driver.Verb = verb;
  // Audio Property Handlers: "If no additional data follows this structure, the port driver sets InstanceSize to zero
  // (and Instance to NULL)."
  request->driver.InstanceSize = static_cast<ULONG>(instance.size());
  request->driver.Instance = request->instance.pointer();
  request->driver.ValueSize = static_cast<ULONG>(value.size());
  request->driver.Value = request->value.pointer();
  request->driver.Irp = irp;
  return request;
}

std::unique_ptr<PendingProperties::Request> PendingProperties::take(const Request* request) {
  const auto at = std::ranges::find(requests_, request, &std::unique_ptr<Request>::get);
  std::unique_ptr<Request> owned = std::move(*at);
  requests_.erase(at);
  return owned;
}

NTSTATUS PendingProperties::dispatch(std::unique_ptr<ks::PropertyCall> call, const PCPROPERTY_ITEM& item,
                                     const AutomationTarget& target) {
  ks::PropertyRequest& request = call->request();
  if (!std::has_single_bit(request.verb))
    return call->end(
        Status(StatusCode::kInvalidParameter, fmt::format("0x{:08X} is no request type of KSPROPERTY", request.verb)));
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
  auto created = create(item, request.verb, request.irp, target,
                        request.descriptor.subspan(std::min(head, request.descriptor.size())), request.value);
  if (!created) return call->end(created.error());
  Request* pending = created->get();
  pending->call = std::move(call);
  {
    MutexLock lock(mutex_);
    requests_.push_back(std::move(*created));
  }

  NTSTATUS status = pending->call_handler();

  std::unique_ptr<Request> owned;
  {
    MutexLock lock(mutex_);
    pending->in_handler = false;
    if (status == STATUS_PENDING && !pending->completed) {
      IoMarkIrpPending(pending->driver.Irp);
      return STATUS_PENDING;
    }
    if (status == STATUS_PENDING) status = pending->completed_with;
    owned = take(pending);
  }
  const Status answer = owned->take_answer(status);
  return owned->call->end(answer);
}

Status PendingProperties::call(const PCPROPERTY_ITEM& item, uint32_t verb, PIRP irp, const AutomationTarget& target,
                               std::span<const std::byte> instance, std::vector<std::byte>& value) {
  if (!item.Handler) return Status(StatusCode::kNotFound, "the property item has no handler");
  auto created = create(item, verb, irp, target, instance, value);
  if (!created) return created.error();
  Request* pending = created->get();
  KeInitializeEvent(&pending->done, NotificationEvent, FALSE);
  {
    MutexLock lock(mutex_);
    requests_.push_back(std::move(*created));
  }
  NTSTATUS status = pending->call_handler();
  if (status == STATUS_PENDING) {
    KeWaitForSingleObject(&pending->done, Executive, KernelMode, FALSE, nullptr);
    status = pending->completed_with;
  }
  std::unique_ptr<Request> owned;
  {
    MutexLock lock(mutex_);
    owned = take(pending);
  }
  owned->judge_answer(status);
  value.resize(std::min<size_t>(owned->driver.ValueSize, owned->room));
  if (!value.empty()) std::memcpy(value.data(), owned->value.pointer(), value.size());
  return Status::from_nt(status);
}

Status PendingProperties::complete(PPCPROPERTY_REQUEST request, NTSTATUS status) {
  std::unique_ptr<Request> owned;
  PKEVENT waiting = nullptr;
  {
    MutexLock lock(mutex_);
    if (std::erase_if(orphans_, [&](const auto& r) { return &r->driver == request; })) return Status::ok();
    const auto at = std::ranges::find_if(requests_, [&](const auto& r) { return &r->driver == request; });
    if (at == requests_.end() || (*at)->completed)
      return Status(StatusCode::kInvalidParameter, "the property request is not pending");
    Request& found = **at;
    if (found.in_handler || !found.call) {
      found.completed = true;
      found.completed_with = status;
      if (!found.call) waiting = &found.done;
    } else {
      owned = take(&found);
    }
  }
  // The waiter may take the request away as soon as it is signalled.
  if (waiting) KeSetEvent(waiting, IO_NO_INCREMENT, FALSE);
  if (owned) {
    const Status answer = owned->take_answer(status);
    owned->call->end(answer);
  }
  return Status::ok();
}

void PendingProperties::fail_all(const Status& status) {
  std::vector<std::unique_ptr<ks::PropertyCall>> calls;
  {
    MutexLock lock(mutex_);
    for (auto& request : requests_) {
      if (request->in_handler || !request->call) continue;
      calls.push_back(std::move(request->call));
      // The driver still reads and writes what it was handed.
      orphans_.push_back(std::move(request));
    }
    std::erase(requests_, nullptr);
  }
  for (auto& call : calls) call->end(status);
}

std::vector<StackTrace> PendingProperties::left_unanswered() const {
  std::vector<StackTrace> places;
  MutexLock lock(mutex_);
  for (const auto& request : orphans_) places.push_back(request->place());
  return places;
}

size_t PendingProperties::count() const {
  MutexLock lock(mutex_);
  return requests_.size();
}

}  // namespace portside::portcls
