#include "io/pnp.h"

#include <fmt/format.h>

#include <cstring>
#include <memory>

#include "io/io.h"
#include "io/resource_requirements.h"
#include "io/text.h"
#include "kernel/kernel.h"
#include "kernel/services.h"
#include "kernel/unicode.h"
#include "kernel/work_queue.h"

namespace portside::io {

namespace {

constexpr std::u16string_view kEnum = u"\\Registry\\Machine\\System\\CurrentControlSet\\Enum\\";
constexpr std::u16string_view kClass = u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Class\\";

std::u16string four_digits(uint32_t number) { return hex8(number).substr(4); }

std::vector<std::byte> multi_sz(const std::vector<std::u16string>& strings) {
  std::u16string all;
  for (const std::u16string& s : strings) {
    all += s;
    all += u'\0';
  }
  all += u'\0';
  auto bytes = std::as_bytes(std::span(all));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

PlugAndPlay::PlugAndPlay(Io& io) : io_(io), bus_(io) {}
PlugAndPlay::~PlugAndPlay() = default;

void PlugAndPlay::set_state(DeviceNode& node, PnpState state) {
  if (node.state == state) return;
  PnpEvent event{node.pdo, node.state, state};
  node.state = state;
  io_.observers().notify(&IoObserver::on_pnp_state, event);
}

Result<DeviceNode*> PlugAndPlay::add_root_device(const RootDeviceSpec& spec) {
  auto& registry = current<kernel::Services>().registry();
  TRY_ASSIGN(DEVICE_OBJECT * pdo, bus_.create_pdo(spec.bus != nullptr));
  std::u16string class_guid = text_of(spec.class_guid);
  uint32_t instance = 0, class_instance = 0;
  while (find_by_instance(spec.enumerator_path + u"\\" + four_digits(instance))) ++instance;
  while (registry.open(nullptr, std::u16string(kClass) + class_guid + u"\\" + four_digits(class_instance)))
    ++class_instance;

  DeviceNode* node = nullptr;
  {
    MutexLock lock(mutex_);
    node = &nodes_.emplace_back();
  }
  node->spec = spec;
  node->pdo = pdo;
  node->instance_path = spec.enumerator_path + u"\\" + four_digits(instance);
  node->instance_registry_path = std::u16string(kEnum) + node->instance_path;
  node->driver_registry_path = std::u16string(kClass) + class_guid + u"\\" + four_digits(class_instance);

  TRY(registry.create(nullptr, node->instance_registry_path + u"\\Device Parameters", false, true));
  TRY(registry.create(nullptr, node->driver_registry_path, false, true));
  const std::u16string& key = node->instance_registry_path;
  TRY(registry.set_string(key, u"DeviceDesc", spec.description));
  TRY(registry.set_string(key, u"ClassGUID", class_guid));
  TRY(registry.set_string(key, u"Class", spec.class_name));
  TRY(registry.set_string(key, u"Driver", class_guid + u"\\" + four_digits(class_instance)));
  if (!spec.friendly_name.empty()) TRY(registry.set_string(key, u"FriendlyName", spec.friendly_name));
  if (!spec.manufacturer.empty()) TRY(registry.set_string(key, u"Mfg", spec.manufacturer));
  TRY_ASSIGN(kernel::RegistryKeyPtr instance_key, registry.open(nullptr, key));
  constexpr auto kMulti = static_cast<uint32_t>(kernel::RegistryType::kMultiString);
  if (!spec.hardware_ids.empty())
    TRY(registry.set_value(instance_key, u"HardwareID", kMulti, multi_sz(spec.hardware_ids)));
  if (!spec.compatible_ids.empty())
    TRY(registry.set_value(instance_key, u"CompatibleIDs", kMulti, multi_sz(spec.compatible_ids)));
  TRY(registry.set_string(node->driver_registry_path, u"DriverDesc", spec.description));
  return node;
}

NTSTATUS PlugAndPlay::send(DeviceNode& node, const IO_STACK_LOCATION& location, NTSTATUS initial,
                           ULONG_PTR* information) {
  DEVICE_OBJECT* top = io_.devices().top(node.pdo);
  if (!top) return STATUS_NO_SUCH_DEVICE;
  auto irp = io_.irps().allocate(top->StackSize, IrpOrigin::kManager);
  if (!irp) return irp.error().nt();
  // IRP_MJ_PNP: sent by the system at PASSIVE_LEVEL with IoStatus.Status = STATUS_NOT_SUPPORTED, from kernel mode.
  (*irp)->IoStatus.Status = initial;
  (*irp)->IoStatus.Information = information ? *information : 0;
  (*irp)->RequestorMode = KernelMode;
  (*irp)->Flags = IRP_SYNCHRONOUS_API;
  (*irp)->Tail.Overlay.Thread = reinterpret_cast<PETHREAD>(current<kernel::Kernel>().current_thread());
  IO_STACK_LOCATION* next = (*irp)->Tail.Overlay.CurrentStackLocation - 1;
  next->MajorFunction = location.MajorFunction ? location.MajorFunction : static_cast<UCHAR>(IRP_MJ_PNP);
  next->MinorFunction = location.MinorFunction;
  next->Flags = location.Flags;
  next->Parameters = location.Parameters;
  return io_.flow().send_and_wait(top, *irp, information);
}

NTSTATUS PlugAndPlay::send_simple(DeviceNode& node, uint8_t minor) {
  IO_STACK_LOCATION location{};
  location.MajorFunction = IRP_MJ_PNP;
  location.MinorFunction = minor;
  return send(node, location, STATUS_NOT_SUPPORTED, nullptr);
}

Result<> PlugAndPlay::start(DeviceNode& node, DRIVER_OBJECT* driver) {
  ThreadGuard guard(lock_);
  DriverRecord* record = io_.drivers().find(driver);
  if (!record) return fail(StatusCode::kInvalidParameter, "not a driver object");
  if (node.state != PnpState::kEnumerated)
    return fail(StatusCode::kInvalidDeviceState, fmt::format("the device is {} already", name_of(node.state)));
  PDRIVER_ADD_DEVICE add_device = driver->DriverExtension ? driver->DriverExtension->AddDevice : nullptr;
  if (!add_device)
    return fail(StatusCode::kInvalidDeviceRequest, fmt::format("{} has no AddDevice routine", record->name));
  (void)current<kernel::Services>().registry().set_string(node.instance_registry_path, u"Service",
                                                          record->service_name);
  node.function_driver = driver;
  NTSTATUS status = add_device(driver, node.pdo);
  if (!NT_SUCCESS(status)) {
    node.function_driver = nullptr;
    return fail(Status::from_nt(
        status, fmt::format("AddDevice of {} returned {}", record->name, status_name(static_cast<uint32_t>(status)))));
  }
  record->drove_a_device = true;
  for (DEVICE_OBJECT* device : io_.devices().stack_of(node.pdo)) {
    if (!(device->Flags & DO_DEVICE_INITIALIZING)) continue;
    io_.misuse(IoMisuse::kInitializingLeftSet, "AddDevice", device,
               "AddDevice returned and DO_DEVICE_INITIALIZING is still set in the device object's Flags",
               {.made_at = io_.devices().find(device).value_or(DeviceRecord{}).created});
    device->Flags &= ~DO_DEVICE_INITIALIZING;  // or nothing could be opened; Windows' open would fail
  }
  set_state(node, PnpState::kAdded);
  if (auto filtered = filter_resources(node); !filtered) {
    (void)finish_remove(node);
    return filtered;
  }
  return start_stack(node);
}

// IRP_MN_FILTER_RESOURCE_REQUIREMENTS: the function driver's say in what it is assigned, after AddDevice.
Result<> PlugAndPlay::filter_resources(DeviceNode& node) {
  auto& pool = current<kernel::Services>().pool();
  const std::vector<std::byte> fixed = requirements_of(node.spec.raw_resources);
  ULONG_PTR information = 0;
  if (!fixed.empty()) {
    // "The driver must allocate a new list from paged memory and free the previous list": pool, then.
    kernel::PoolRequest request;
    request.bytes = fixed.size();
    request.tag = '  pP';
    request.kind = kernel::PoolKind::kPaged;
    request.owner = kernel::PoolOwner::kRuntime;
    request.api = "IRP_MN_FILTER_RESOURCE_REQUIREMENTS";
    TRY_ASSIGN(void* list, pool.allocate(request));
    std::memcpy(list, fixed.data(), fixed.size());
    information = reinterpret_cast<ULONG_PTR>(list);
  }
  IO_STACK_LOCATION filter{};
  filter.MajorFunction = IRP_MJ_PNP;
  filter.MinorFunction = IRP_MN_FILTER_RESOURCE_REQUIREMENTS;
  filter.Parameters.FilterResourceRequirements.IoResourceRequirementList =
      reinterpret_cast<IO_RESOURCE_REQUIREMENTS_LIST*>(information);
  (void)send(node, filter, STATUS_NOT_SUPPORTED, &information);
  node.raw_resources = node.spec.raw_resources;
  node.translated_resources =
      node.spec.translated_resources.empty() ? node.raw_resources : node.spec.translated_resources;
  if (!information) return {};
  auto* list = reinterpret_cast<IO_RESOURCE_REQUIREMENTS_LIST*>(information);
  auto assigned = assign(*list, node.raw_resources, node.translated_resources);
  (void)pool.free(list, std::nullopt, "ExFreePool");
  if (!assigned) return fail(assigned.error());
  node.raw_resources = std::move(assigned->raw);
  node.translated_resources = std::move(assigned->translated);
  return {};
}

Result<> PlugAndPlay::start_stack(DeviceNode& node) {
  IO_STACK_LOCATION start{};
  start.MajorFunction = IRP_MJ_PNP;
  start.MinorFunction = IRP_MN_START_DEVICE;
  auto list = [](std::vector<std::byte>& bytes) {
    return bytes.empty() ? nullptr : reinterpret_cast<CM_RESOURCE_LIST*>(bytes.data());
  };
  start.Parameters.StartDevice.AllocatedResources = list(node.raw_resources);
  start.Parameters.StartDevice.AllocatedResourcesTranslated = list(node.translated_resources);
  const kernel::Refusals::Watch watch(current<kernel::Services>().refusals());
  NTSTATUS status = send(node, start, STATUS_NOT_SUPPORTED, nullptr);
  if (!NT_SUCCESS(status)) {
    // IRP_MN_START_DEVICE: after a failure the PnP manager removes the stack; one that was started before is
    // surprise-removed, as clients may still have files open on it (Handling an IRP_MN_SURPRISE_REMOVAL Request).
    if (node.state == PnpState::kStopped) (void)surprise_remove(node);
    else (void)finish_remove(node);
    return fail(Status::from_nt(status, watch.sentence("IRP_MN_START_DEVICE")));
  }
  set_state(node, PnpState::kStarted);
  io_.interfaces().device_started(node.pdo);

  node.capabilities = {};
  node.capabilities.Size = sizeof(DEVICE_CAPABILITIES);
  node.capabilities.Version = 1;
  node.capabilities.Address = ~0u;
  node.capabilities.UINumber = ~0u;
  IO_STACK_LOCATION query{};
  query.MajorFunction = IRP_MJ_PNP;
  query.MinorFunction = IRP_MN_QUERY_CAPABILITIES;
  query.Parameters.DeviceCapabilities.Capabilities = &node.capabilities;
  (void)send(node, query, STATUS_NOT_SUPPORTED, nullptr);
  query_state(node);

  query_relations(node, BusRelations);
  return {};
}

void PlugAndPlay::query_state(DeviceNode& node) {
  IO_STACK_LOCATION query{};
  query.MajorFunction = IRP_MJ_PNP;
  query.MinorFunction = IRP_MN_QUERY_PNP_DEVICE_STATE;
  ULONG_PTR state = 0;
  if (NT_SUCCESS(send(node, query, STATUS_NOT_SUPPORTED, &state))) node.device_state = static_cast<uint32_t>(state);
}

void PlugAndPlay::query_relations(DeviceNode& node, DEVICE_RELATION_TYPE type) {
  IO_STACK_LOCATION relations{};
  relations.MajorFunction = IRP_MJ_PNP;
  relations.MinorFunction = IRP_MN_QUERY_DEVICE_RELATIONS;
  relations.Parameters.QueryDeviceRelations.Type = type;
  ULONG_PTR answer = 0;
  if (NT_SUCCESS(send(node, relations, STATUS_NOT_SUPPORTED, &answer)) && answer) {
    // Children of a function driver are not enumerated further; their references are given back.
    auto* children = reinterpret_cast<DEVICE_RELATIONS*>(answer);
    auto& services = current<kernel::Services>();
    for (ULONG i = 0; i < children->Count; ++i)
      (void)services.objects().dereference(children->Objects[i], "IRP_MN_QUERY_DEVICE_RELATIONS");
    (void)services.pool().free(children, std::nullopt, "ExFreePool");
  }
}

DeviceNode* PlugAndPlay::find(const DEVICE_OBJECT* pdo) {
  if (!pdo) return nullptr;
  MutexLock lock(mutex_);
  for (DeviceNode& node : nodes_)
    if (node.pdo == pdo) return &node;
  return nullptr;
}

DeviceNode* PlugAndPlay::find_by_stack(DEVICE_OBJECT* device) { return find(io_.devices().base(device)); }

DeviceNode* PlugAndPlay::find_by_instance(std::u16string_view instance_path) {
  MutexLock lock(mutex_);
  for (DeviceNode& node : nodes_)
    if (node.state != PnpState::kRemoved && kernel::equal_ignoring_case(node.instance_path, instance_path))
      return &node;
  return nullptr;
}

std::vector<DeviceNode*> PlugAndPlay::nodes() {
  std::vector<DeviceNode*> found;
  MutexLock lock(mutex_);
  for (DeviceNode& node : nodes_) found.push_back(&node);
  return found;
}

void PlugAndPlay::invalidate_state(DEVICE_OBJECT* pdo) {
  auto run = [](void* context) {
    Io* io = Io::find();
    if (!io) return;
    ThreadGuard guard(io->pnp().lock_);
    DeviceNode* node = io->pnp().find(static_cast<DEVICE_OBJECT*>(context));
    if (!node || node->state != PnpState::kStarted) return;
    io->pnp().query_state(*node);
    // IoInvalidateDeviceState: a device that has failed or has been removed is surprise-removed.
    if (node->device_state & (PNP_DEVICE_FAILED | PNP_DEVICE_REMOVED)) (void)io->pnp().surprise_remove(*node);
  };
  current<kernel::Kernel>().work_queue().queue(
      {.routine = run, .context = pdo, .item = nullptr, .api = "IoInvalidateDeviceState"});
}

void PlugAndPlay::invalidate_relations(DEVICE_OBJECT* pdo, DEVICE_RELATION_TYPE type) {
  struct Asked {
    DEVICE_OBJECT* pdo;
    DEVICE_RELATION_TYPE type;
  };
  auto run = [](void* context) {
    std::unique_ptr<Asked> asked(static_cast<Asked*>(context));
    Io* io = Io::find();
    DeviceNode* node = io ? io->pnp().find(asked->pdo) : nullptr;
    if (node && node->state == PnpState::kStarted) io->pnp().query_relations(*node, asked->type);
  };
  current<kernel::Kernel>().work_queue().queue(
      {.routine = run, .context = new Asked{pdo, type}, .item = nullptr, .api = "IoInvalidateDeviceRelations"});
}

}  // namespace portside::io
