#include "host/machine.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/driver_list.h"
#include "host/driver_symbols.h"
#include "host/import_table.h"
#include "host/leaks.h"
#include "host/machine_hardware.h"
#include "host/memory_bridge.h"
#include "host/processor_ops.h"
#include "host/rule_wiring.h"
#include "host/shared_user_data.h"
#include "host/trace_writer.h"
#include "io/io.h"
#include "kernel/kernel.h"
#include "kernel/machine_clock.h"
#include "kernel/services.h"
#include "loader/found_routines.h"
#include "loader/loader.h"
#include "loader/source_lines.h"
#include "memory/memory.h"
#include "portcls/portcls.h"
#include "sanitizer/sanitizer.h"
#include "verifier/leftover_rules.h"
#include "verifier/verifier.h"
#include "wdf/wdf.h"

namespace portside::host {

// In order of construction: what comes later uses what comes before, and dies first.
struct Machine::Parts {
  MachineContext context;
  std::unique_ptr<memory::Memory> memory;
  std::unique_ptr<kernel::Kernel> kernel;
  std::unique_ptr<kernel::Services> services;
  std::unique_ptr<io::Io> io;
  std::unique_ptr<portcls::PortCls> portcls;
  std::unique_ptr<wdf::Wdf> wdf;
  std::unique_ptr<MachineHardware> hardware;
  std::unique_ptr<DriverList> drivers;
  std::unique_ptr<sanitizer::Sanitizer> sanitizer;
  std::unique_ptr<MachineHooks> hooks;
  std::unique_ptr<ProcessorOps> processor_ops;
  std::unique_ptr<SharedUserData> shared_user_data;
  std::unique_ptr<loader::Loader> loader;
  ImportTable imports;
  std::unique_ptr<loader::FoundRoutines> found_routines;
  std::unique_ptr<DriverSymbols> symbols;
  std::unique_ptr<TraceWriter> trace;

  std::unique_ptr<RuleWiring> rules;
};

Machine::Machine(const MachineOptions& options) : options_(options) {}

memory::Memory& Machine::memory() { return *parts_->memory; }
kernel::Kernel& Machine::kernel() { return *parts_->kernel; }
kernel::Services& Machine::services() { return *parts_->services; }
io::Io& Machine::io() { return *parts_->io; }
portcls::PortCls& Machine::portcls() { return *parts_->portcls; }
loader::Loader& Machine::loader() { return *parts_->loader; }
MachineHardware& Machine::hardware() { return *parts_->hardware; }
verifier::Verifier& Machine::verifier() { return parts_->rules->verifier(); }
report::Symbols& Machine::symbols() { return *parts_->symbols; }
const std::optional<kernel::BugCheckRecord>& Machine::bug_check() const { return parts_->kernel->bug_check_record(); }
bool Machine::ended() const { return parts_->kernel->ended(); }
std::vector<verifier::Finding> Machine::findings() const { return parts_->rules->verifier().findings(); }
std::list<InstalledDriver>& Machine::drivers() { return parts_->drivers->drivers(); }
loader::Image* Machine::image() { return drivers().empty() ? nullptr : drivers().front().image; }
io::DeviceNode* Machine::device() {
  return drivers().empty() || drivers().front().devices.empty() ? nullptr : drivers().front().devices.front().node;
}
Nanoseconds Machine::now() const { return parts_->kernel->clock().now(); }

Result<std::unique_ptr<Machine>> Machine::create(const MachineOptions& options) {
  std::unique_ptr<Machine> machine(new Machine(options));
  TRY(machine->build());
  return machine;
}

Result<> Machine::build() {
  parts_ = std::make_unique<Parts>();
  Parts& p = *parts_;
  CurrentMachineScope scope(p.context);

  memory::MemoryOptions memory_options;
  memory_options.seed = options_.seed;
  memory_options.verify = options_.verify;
  memory_options.ram = options_.ram;
  TRY_ASSIGN(p.memory, memory::Memory::create(memory_options));
  p.context.install(p.memory.get());

  kernel::KernelOptions kernel_options;
  kernel_options.seed = options_.seed;
  kernel_options.clock = options_.realtime ? kernel::ClockKind::kReal : kernel::ClockKind::kVirtual;
  kernel_options.schedule = options_.schedule;
  kernel_options.time_limit = options_.time_limit;
  if (options_.watchdog) kernel_options.watchdog = *options_.watchdog;
  kernel_options.work_item_delay = options_.work_item_delay;
  kernel_options.up_time_at_start = options_.up_time;
  if (options_.timer_granularity) kernel_options.timer_granularity = *options_.timer_granularity;
  TRY_ASSIGN(p.kernel, kernel::Kernel::create(kernel_options));
  p.context.install(p.kernel.get());

  kernel::ServicesOptions services_options;
  services_options.seed = options_.seed;
  services_options.pool.verify = options_.verify;
  services_options.files.root = options_.drive_c;
  TRY_ASSIGN(p.services, kernel::Services::create(*p.memory, services_options));
  p.context.install(p.services.get());

  io::IoOptions io_options;
  io_options.verify = options_.verify;
  TRY_ASSIGN(p.io, io::Io::create(io_options));
  p.context.install(p.io.get());

  portcls::PortClsOptions portcls_options;
  portcls_options.verify = options_.verify;
  TRY_ASSIGN(p.portcls, portcls::PortCls::create(portcls_options));
  p.context.install(p.portcls.get());
  TRY_ASSIGN(p.wdf, wdf::Wdf::create());
  p.context.install(p.wdf.get());
  p.drivers = std::make_unique<DriverList>(*p.io);
  p.hardware = std::make_unique<MachineHardware>(*p.memory, *p.kernel, *p.io);

  p.sanitizer = std::make_unique<sanitizer::Sanitizer>(*p.kernel, *p.services);
  p.context.install(p.sanitizer.get());
  p.hooks = std::make_unique<MachineHooks>(*p.kernel);
  p.processor_ops = std::make_unique<ProcessorOps>(*p.kernel);
  p.processor_ops->set_hardware(p.hardware.get());
  p.shared_user_data = std::make_unique<SharedUserData>(*p.kernel);
  loader::LoaderOptions loader_options;
  loader_options.seed = options_.seed;
  loader_options.allow_missing_imports = options_.allow_missing_imports;
  p.loader = std::make_unique<loader::Loader>(p.kernel->fault_hub(), *p.hooks, *p.processor_ops, loader_options);
  p.loader->add_trapped_memory(*p.shared_user_data);
  p.loader->add_trapped_memory(*p.hardware);
  p.context.install(p.loader.get());
  p.context.set_stack_source(&p.loader->stack_walker());
  p.services->registry().set_clock([]() -> int64_t {
    MachineContext* machine = MachineContext::current();
    kernel::Kernel* clock = machine ? machine->find<kernel::Kernel>() : nullptr;
    return clock ? clock->clock().system_time_precise() : 0;
  });
  p.services->set_exception_raiser(&p.loader->exception_raiser());
  // A routine found by name is the one that an import would be bound to, behind a thunk as an import is.
  p.found_routines = std::make_unique<loader::FoundRoutines>(p.imports, *p.hooks);
  p.services->set_routine_finder([&p](std::string_view name) { return p.found_routines->find(name); });
  if (!options_.source_lines) options_.source_lines = std::make_shared<loader::SourceLines>();
  p.symbols = std::make_unique<DriverSymbols>(p.loader->images(), options_.source_lines);

  p.kernel->set_driver_code_test([&p](uint64_t address) { return p.loader->images().find(address) != nullptr; });
  p.kernel->set_address_describer([&p](uint64_t address) -> std::string {
    const KernelAddress at{address};
    if (const auto pool = p.services->pool().describe(at)) return pool->sentence;
    if (const kernel::PageableRange* range = p.kernel->pageable().find(address)) return range->name;
    if (!p.memory->in_arena(at)) return {};
    return p.memory->describe(at).sentence();
  });

  if (!options_.trace.empty()) {
    TRY_ASSIGN(p.trace, TraceWriter::create(options_.trace));
    p.kernel->trace_observers().add(*p.trace);
    // A trace is a session that listens: providers are enabled, and what they write stands in the file.
    p.services->log().observers().add(*p.trace);
    p.services->log().set_tracing(true);
  }
  p.rules = std::make_unique<RuleWiring>(
      RuleWiring::Layers{*p.memory, *p.kernel, *p.services, *p.io, *p.portcls, *p.sanitizer, *p.loader, *p.hardware},
      options_);
  return {};
}

Machine::~Machine() {
  if (!parts_) return;
  if (parts_->rules) {
    (void)uninstall();
    parts_->rules.reset();
    if (parts_->trace) parts_->kernel->trace_observers().remove(*parts_->trace);
  }
  CurrentMachineScope scope(parts_->context);
  parts_->trace.reset();
  parts_->symbols.reset();
  parts_->drivers.reset();
  // From the top down; a layer's destructor may still call the layers below it.
  parts_->wdf.reset();
  parts_->portcls.reset();
  parts_->io.reset();
  parts_->sanitizer.reset();
  parts_->services.reset();
  if (parts_->kernel) parts_->kernel->set_driver_code_test({});
  parts_->context.set_stack_source(nullptr);
  parts_->loader.reset();
  if (parts_->hardware) parts_->hardware->close();
  parts_->kernel.reset();
  parts_->hardware.reset();  // after its thread, which the kernel ends
  parts_->memory.reset();
}

Result<hardware::PciSlot*> Machine::plug(const hardware::DeviceMaker& make, std::optional<uint32_t> line) {
  Parts& p = *parts_;
  CurrentMachineScope scope(p.context);
  TRY_ASSIGN(hardware::PciSlot * slot, p.hardware->plug(make, line));
  // A machine without devices asks nothing of them.
  p.kernel->set_hardware(p.hardware.get());
  p.io->set_interrupts(&p.hardware->bus().interrupts());
  p.io->set_registers(&p.hardware->bus());
  return slot;
}

hardware::SoundJacks* Machine::jacks() {
  for (hardware::PciSlot& slot : parts_->hardware->bus().slots())
    if (hardware::SoundJacks* jacks = slot.function().jacks()) return jacks;
  return nullptr;
}

// The slot of a request that brings its own device.
Result<hardware::PciSlot*> Machine::slot_of(const InstallRequest& request) {
  if (request.slot || !request.device) return request.slot;
  for (hardware::PciSlot& slot : parts_->hardware->bus().slots()) {
    const auto nodes = parts_->io->pnp().nodes();
    const bool used = std::ranges::any_of(nodes, [&](const io::DeviceNode* node) {
      return node->spec.bus == &slot && node->state != io::PnpState::kRemoved;
    });
    if (!used && !slot.gone()) return &slot;
  }
  return plug(request.bus_faults ? hardware::behind_faults(request.device, *request.bus_faults, options_.seed)
                                 : request.device);
}

Result<InstalledDriver*> Machine::install(const InstallRequest& asked) {
  Parts& p = *parts_;
  CurrentMachineScope scope(p.context);
  InstallRequest request = asked;
  TRY_ASSIGN(request.slot, slot_of(asked));
  TRY_ASSIGN(const InstallPlan plan, make_install_plan(request));
  absent_hardware_ = host::absent_hardware(plan);
  loader::Image* image = nullptr;
  if (const InstalledDriver* known = p.drivers->find(plan.service)) {
    std::error_code error;
    if (!std::filesystem::equivalent(known->file, plan.image, error))
      return fail(StatusCode::kObjectNameCollision,
                  fmt::format("the service {} is installed already, from {}", known->service, known->file.string()));
  } else {
    TRY_ASSIGN(image, p.loader->load(plan.image, p.imports));
    if (MemoryBridge* bridge = p.rules->memory_bridge()) bridge->add_image(*image);
    if (!image->entry_point())
      return fail(StatusCode::kDriverEntrypointNotFound, fmt::format("{} has no entry point", image->name()));
  }
  Result<InstalledDriver*> outcome = fail(StatusCode::kUnsuccessful, "not installed");
  const auto step = [&] {
    outcome = p.drivers->install(plan, image);
    if (!outcome && request.slot)
      if (const std::string polled = request.slot->function().waited_for(); !polled.empty())
        outcome = fail(Status(outcome.error().code(), fmt::format("{}; {}", outcome.error().sentence(), polled)));
    // A driver that did not come up is gone for good: what it has left is lost, as at an unload.
    if (!outcome && p.drivers->drivers().empty() && options_.verify) p.services->pool().report_leaks();
  };
  if (const Result<> ran = p.kernel->run(step, kSystemThread); !ran) {
    p.drivers->abandon();
    return fail(ran.error());
  }
  return outcome;
}

Result<> Machine::uninstall_by(const std::function<Result<>()>& step) {
  Parts& p = *parts_;
  CurrentMachineScope scope(p.context);
  if (p.drivers->drivers().empty()) return {};
  Result<> outcome;
  if (!p.kernel->ended()) {
    const Result<> ran = p.kernel->run(
        [&] {
          p.io->requests().close_all();
          outcome = step();
          if (options_.verify) p.memory->check_freed_pages();
          // Whose a block is that was left cannot be told while another driver still runs.
          if (!outcome || !p.drivers->drivers().empty() || !options_.verify) return;
          p.services->pool().report_leaks();
          if (auto* leftovers = p.rules->leftovers())
            leftovers->report_leaks(find_leaks(*p.memory, *p.services, *p.io));
          p.portcls->report_left_behind();
        },
        kSystemThread);
    if (!ran) outcome = fail(ran.error());
  }
  if (p.kernel->ended()) p.drivers->abandon();
  return outcome;
}

Result<> Machine::uninstall(InstalledDevice& device) {
  DriverList& drivers = *parts_->drivers;
  return uninstall_by([&]() -> Result<> {
    InstalledDriver& driver = *device.driver;
    TRY(drivers.remove(device));
    return driver.devices.empty() ? drivers.remove(driver) : Result<>();
  });
}
Result<> Machine::uninstall(InstalledDriver& driver) {
  return uninstall_by([&] { return parts_->drivers->remove(driver); });
}
Result<> Machine::uninstall() {
  return uninstall_by([&] { return parts_->drivers->remove_all(); });
}

Result<> Machine::run(std::vector<ClientThread> threads) {
  Parts& p = *parts_;
  CurrentMachineScope scope(p.context);
  return p.kernel->run(
      [&] {
        std::vector<kernel::ThreadObject*> started;
        for (size_t i = 1; i < threads.size(); ++i)
          started.push_back(p.kernel->start_thread(threads[i].name, threads[i].body));
        if (!threads.empty()) threads[0].body();
        for (kernel::ThreadObject* thread : started) {
          (void)p.kernel->wait(thread->header());
          p.kernel->release_thread(thread);
        }
      },
      threads.empty() ? "client" : threads[0].name);
}

Result<> Machine::run(std::function<void()> body) { return run({ClientThread{"client", std::move(body)}}); }

}  // namespace portside::host
