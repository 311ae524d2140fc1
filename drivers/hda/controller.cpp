// Controller. See controller.h. The interrupt's half of it is controller_interrupt.cpp.
#include "controller.h"

#include "short_wait.h"
#include "spin_lock_guard.h"

namespace {

constexpr ULONG kResetMicroseconds = 10000;

}  // namespace

#pragma code_seg("PAGE")

Controller::Controller() : ring_(registers_), positions_(registers_) {
  PAGED_CODE();
  KeInitializeSpinLock(&engines_lock_);
}

NTSTATUS Controller::create(PDEVICE_OBJECT device, PRESOURCELIST resources, CodecListener listener, void* context) {
  PAGED_CODE();
  listener_ = listener;
  listener_context_ = context;
  PCM_PARTIAL_RESOURCE_DESCRIPTOR memory = resources->FindTranslatedMemory(0);
  if (!memory) return STATUS_DEVICE_CONFIGURATION_ERROR;
  NTSTATUS status = registers_.map(*memory);
  if (NT_SUCCESS(status)) status = work_.create(device, &Controller::do_work, this);
  // What a predecessor left behind may be anything: from reset on, all is known.
  if (NT_SUCCESS(status)) status = enter_reset();
  if (NT_SUCCESS(status)) status = leave_reset();
  if (NT_SUCCESS(status)) status = get_dma_adapter(device);
  if (NT_SUCCESS(status)) status = positions_.create(dma_adapter_, engines_);
  if (NT_SUCCESS(status)) status = ring_.create(dma_adapter_, &Controller::on_unsolicited, this);
  if (NT_SUCCESS(status)) status = place_engines();
  if (NT_SUCCESS(status)) status = interrupt_.connect(resources);
  if (NT_SUCCESS(status)) status = start();
  return status;
}

Controller::~Controller() {
  PAGED_CODE();
  let_go();
  ring_.destroy();
  positions_.destroy();
  if (dma_adapter_) dma_adapter_->DmaOperations->PutDmaAdapter(dma_adapter_);
}

void Controller::let_go() {
  PAGED_CODE();
  const bool was_awake = quiesce();
  interrupt_.disconnect();
  work_.close();
  if (was_awake && !registers_.gone()) enter_reset();
  registers_.unmap();
}

// §4.2.2. STATESTS outlives the reset of the link, so it is cleared on the way down.
NTSTATUS Controller::enter_reset() {
  PAGED_CODE();
  registers_.write16(reg::kStatests, 0x7FFF);
  registers_.write32(reg::kGctl, 0);
  return registers_.wait32(reg::kGctl, gctl::kCrst, 0, kResetMicroseconds) ? STATUS_SUCCESS : STATUS_IO_DEVICE_ERROR;
}

NTSTATUS Controller::leave_reset() {
  PAGED_CODE();
  sleep_a_millisecond();  // §5.5.1.2: RST# stays asserted for 100 µs
  registers_.write32(reg::kGctl, gctl::kCrst);
  if (!registers_.wait32(reg::kGctl, gctl::kCrst, gctl::kCrst, kResetMicroseconds)) return STATUS_IO_DEVICE_ERROR;
  sleep_a_millisecond();  // §4.3: 25 frames, 521 µs, before codecs have made themselves known
  codecs_ = registers_.read16(reg::kStatests) & 0x7FFF;
  registers_.write16(reg::kStatests, codecs_);
  return registers_.gone() ? STATUS_DEVICE_REMOVED : STATUS_SUCCESS;
}

NTSTATUS Controller::get_dma_adapter(PDEVICE_OBJECT device) {
  PAGED_CODE();
  has_64_bit_addresses_ = gcap::has_64_bit_addresses(registers_.read16(reg::kGcap));
  PDEVICE_OBJECT physical_device;
  const NTSTATUS status = PcGetPhysicalDeviceObject(device, &physical_device);
  if (!NT_SUCCESS(status)) return status;
  DEVICE_DESCRIPTION description = {};
  description.Version = DEVICE_DESCRIPTION_VERSION;
  description.Master = TRUE;
  description.ScatterGather = TRUE;
  description.Dma32BitAddresses = TRUE;
  description.Dma64BitAddresses = has_64_bit_addresses_;
  description.InterfaceType = PCIBus;
  description.MaximumLength = 0xFFFFFFFF;
  ULONG map_registers;
  dma_adapter_ = IoGetDmaAdapter(physical_device, &description, &map_registers);
  return dma_adapter_ ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

PHYSICAL_ADDRESS Controller::highest_address() const {
  PAGED_CODE();
  PHYSICAL_ADDRESS highest;
  highest.QuadPart = has_64_bit_addresses_ ? MAXLONGLONG : 0xFFFFFFFF;
  return highest;
}

// §3.3.2, §3.3.34: input descriptors first, then output. Bidirectional ones are left alone: no controller at hand has
// any. Stream numbers are counted for each direction from 1, as 0 means "none" (§3.3.35, §7.3.3.11).
NTSTATUS Controller::place_engines() {
  PAGED_CODE();
  const USHORT capabilities = registers_.read16(reg::kGcap);
  const ULONG inputs = gcap::input_streams(capabilities), outputs = gcap::output_streams(capabilities);
  engine_count_ = inputs + outputs;
  if (engine_count_ > reg::kMaxStreams) return STATUS_DEVICE_CONFIGURATION_ERROR;
  if (registers_.bytes() < reg::kStreams + engine_count_ * reg::kStreamBytes) return STATUS_DEVICE_CONFIGURATION_ERROR;
  for (ULONG i = 0; i < engine_count_; ++i) {
    const bool capture = i < inputs;
    const ULONG number = capture ? i + 1 : i - inputs + 1;
    engines_[i].place(registers_, gate_, positions_, i, capture, static_cast<UCHAR>(number));
  }
  positions_.set_engine_count(engine_count_);
  return STATUS_SUCCESS;
}

NTSTATUS Controller::start() {
  PAGED_CODE();
  const NTSTATUS status = start_parts();
  if (NT_SUCCESS(status)) {
    PowerGate::Pass pass(gate_);
    positions_.start();
    pass.set_open(true);
  } else if (!registers_.gone()) {
    enter_reset();  // half of it may run
  }
  return status;
}

NTSTATUS Controller::start_parts() {
  PAGED_CODE();
  // A controller that slept with its state lost is in reset now (§4.2.2); one that kept it goes on.
  if (registers_.gone()) return STATUS_DEVICE_REMOVED;
  NTSTATUS status = STATUS_SUCCESS;
  if (!(registers_.read32(reg::kGctl) & gctl::kCrst)) status = leave_reset();
  if (NT_SUCCESS(status)) status = ring_.start();
  if (!NT_SUCCESS(status)) return status;
  registers_.write32(reg::kGctl, gctl::kCrst | gctl::kUnsol);
  interrupt_.hear(true);
  registers_.write32(reg::kIntctl, interrupt::kGlobal | interrupt::kController | ((1u << engine_count_) - 1));
  return STATUS_SUCCESS;
}

bool Controller::quiesce() {
  PAGED_CODE();
  {
    PowerGate::Pass pass(gate_);
    if (!pass) return false;
  }
  // The ring first: who waits for an answer is the one who still uses registers.
  ring_.stop();
  if (!registers_.gone()) registers_.write32(reg::kIntctl, 0);
  for (ULONG i = 0; i < engine_count_; ++i) engines_[i].pause();
  {
    PowerGate::Pass pass(gate_);
    for (ULONG i = 0; i < engine_count_; ++i) engines_[i].doze();
    pass.set_open(false);
  }
  interrupt_.hear(false);
  positions_.stop();  // waits for this driver's DPC too
  return true;
}

#pragma code_seg()

DmaEngine* Controller::claim(bool capture) {
  SpinLockGuard guard(engines_lock_);
  for (ULONG i = 0; i < engine_count_; ++i) {
    if (engines_[i].capture() != capture || engines_[i].claimed()) continue;
    engines_[i].set_claimed(true);
    return &engines_[i];
  }
  return nullptr;
}

void Controller::release(DmaEngine* engine) {
  SpinLockGuard guard(engines_lock_);
  engine->set_claimed(false);
}
