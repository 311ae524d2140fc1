// Card. See card.h. Its interrupt is card_interrupt.cpp.
#include "card.h"

#include "faults.h"
#include "short_wait.h"

#pragma code_seg("PAGE")

namespace {

constexpr ULONG kMixerBytes = 0x80, kBusBytes = 0x40;

// §7.3.4.7 of HD Audio's specification has a bit for each rate; this driver borrows it (stream_format.h).
constexpr ULONG kSixteenBits = 1u << 17, k48000 = 1u << 6,
                kOtherRates = 1u << 0 | 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5;

}  // namespace

Card::Card() {
  PAGED_CODE();
  ExInitializeFastMutex(&codec_mutex_);
  levels_[0] = MixerLevel(mixer::kMasterVolume, false);
  levels_[1] = MixerLevel(mixer::kRecordGain, true);
}

NTSTATUS Card::create(PDEVICE_OBJECT device, PRESOURCELIST resources, Card** result) {
  PAGED_CODE();
  Card* card = new Card();
  if (!card) return STATUS_INSUFFICIENT_RESOURCES;
  NTSTATUS status = card->mixer_.find(resources, 0, kMixerBytes);
  if (NT_SUCCESS(status)) status = card->bus_.find(resources, 1, kBusBytes);
  if (NT_SUCCESS(status)) status = card->create_masters(device);
  if (NT_SUCCESS(status)) status = card->start();
  if (NT_SUCCESS(status)) status = card->interrupt_.connect(resources);
  if (NT_SUCCESS(status)) card->interrupt_.hear(true);
  if (!NT_SUCCESS(status)) {
    card->Release();
    return status;
  }
  *result = card;
  return STATUS_SUCCESS;
}

Card::~Card() {
  PAGED_CODE();
  let_go();
  for (BusMaster& master : masters_) master.destroy();
  if (dma_adapter_) dma_adapter_->DmaOperations->PutDmaAdapter(dma_adapter_);
}

void Card::let_go() {
  PAGED_CODE();
  if (!bus_.known()) return;
  for (BusMaster& master : masters_) master.release();
  {
    PowerGate::Pass pass(gate_);
    pass.set_open(false);
  }
  interrupt_.disconnect();
  ExAcquireFastMutex(&codec_mutex_);  // waits for who is at the codec
  awake_ = false;
  mixer_.forget();
  bus_.forget();
  ExReleaseFastMutex(&codec_mutex_);
}

NTSTATUS Card::create_masters(PDEVICE_OBJECT device) {
  PAGED_CODE();
  masters_[0].place(bus_, gate_, bus::kPcmOut, bus::kOutInterrupt);
  masters_[1].place(bus_, gate_, bus::kPcmIn, bus::kInInterrupt);
  PDEVICE_OBJECT physical_device;
  NTSTATUS status = PcGetPhysicalDeviceObject(device, &physical_device);
  if (!NT_SUCCESS(status)) return status;
  DEVICE_DESCRIPTION description = {};
  description.Version = DEVICE_DESCRIPTION_VERSION;
  description.Master = TRUE;
  description.ScatterGather = TRUE;
  description.Dma32BitAddresses = TRUE;
  description.InterfaceType = PCIBus;
  description.MaximumLength = 0xFFFFFFFF;
  ULONG map_registers;
  dma_adapter_ = IoGetDmaAdapter(physical_device, &description, &map_registers);
  if (!dma_adapter_) return STATUS_INSUFFICIENT_RESOURCES;
  for (BusMaster& master : masters_) {
    status = master.create(dma_adapter_);
    if (!NT_SUCCESS(status)) return status;
  }
  return STATUS_SUCCESS;
}

NTSTATUS Card::start() {
  PAGED_CODE();
  ExAcquireFastMutex(&codec_mutex_);
  const NTSTATUS status = reset_codec();
  awake_ = NT_SUCCESS(status);
  ExReleaseFastMutex(&codec_mutex_);
  return status;
}

// §16.2.8: out of cold reset, and then the codec has to say that it is there; then its converters that they are ready.
NTSTATUS Card::reset_codec() {
  PAGED_CODE();
  bus_.write32(bus::kGlobalControl, bus::kOutOfColdReset);
  for (ULONG polls = 0; !(bus_.read32(bus::kGlobalStatus) & bus::kCodecReady); ++polls) {
    if (polls == 600) return STATUS_DEVICE_NOT_READY;
    sleep_a_millisecond();
  }
  if (bus_.read32(bus::kGlobalStatus) == 0xFFFFFFFF) return STATUS_DEVICE_REMOVED;
  write_codec(mixer::kReset, 0);
  for (ULONG polls = 0; (read_codec(mixer::kPowerdown) & mixer::kAllReady) != mixer::kAllReady; ++polls) {
    if (polls == 100) return STATUS_DEVICE_NOT_READY;
    sleep_a_millisecond();
  }
  const bool variable = read_codec(mixer::kExtendedId) & mixer::kVariableRate;
  if (variable && !(faults::kForgetsVra && formats_.pcm)) write_codec(mixer::kExtendedControl, mixer::kVariableRate);
  const bool forgets_levels = faults::kForgetsLevels && formats_.pcm != 0;
  formats_.pcm = kSixteenBits | k48000 | (variable ? kOtherRates : 0);
  formats_.channels = 2;
  write_codec(mixer::kPcmOutVolume, mixer::kPcmOutZeroDecibel);
  write_codec(mixer::kRecordSelect, mixer::kRecordLineIn);
  constexpr USHORT kKept = faults::kKeepsMute ? mixer::kMute : 0;
  for (const MixerLevel& level : levels_)
    if (!forgets_levels) write_codec(level.reg(), level.value() | kKept);
  if (variable) {
    write_codec(mixer::kDacRate, static_cast<USHORT>(rates_[0]));
    write_codec(mixer::kAdcRate, static_cast<USHORT>(rates_[1]));
  }
  return STATUS_SUCCESS;
}

// §16.2.10: the link does one access at a time; reading the semaphore as 0 takes it, the access gives it back.
bool Card::own_codec() {
  PAGED_CODE();
  for (ULONG polls = 0; polls < 1000; ++polls) {
    if (!(bus_.read8(bus::kSemaphore) & 1)) return true;
    KeStallExecutionProcessor(1);
  }
  return false;  // the datasheet: after a while, go on all the same
}

USHORT Card::read_codec(ULONG reg) {
  PAGED_CODE();
  own_codec();
  return mixer_.read16(reg);
}

void Card::write_codec(ULONG reg, USHORT value) {
  PAGED_CODE();
  own_codec();
  mixer_.write16(reg, value);
}

NTSTATUS Card::set_rate(bool capture, ULONG rate) {
  PAGED_CODE();
  ExAcquireFastMutex(&codec_mutex_);
  rates_[capture] = rate;
  NTSTATUS status = STATUS_SUCCESS;
  const ULONG reg = capture ? mixer::kAdcRate : mixer::kDacRate;
  if (awake_ && (formats_.pcm & kOtherRates) && !faults::kForgetsRate) {
    write_codec(reg, static_cast<USHORT>(rate));
    if (read_codec(reg) != rate) status = STATUS_NOT_SUPPORTED;  // it shows what it took
  }
  ExReleaseFastMutex(&codec_mutex_);
  return status;
}

void Card::set_volume(bool capture, ULONG channel, LONG volume) {
  PAGED_CODE();
  ExAcquireFastMutex(&codec_mutex_);
  MixerLevel& level = levels_[capture];
  level.set_volume(channel, volume);
  if (awake_) write_codec(level.reg(), level.value());
  ExReleaseFastMutex(&codec_mutex_);
}

void Card::set_muted(bool capture, bool muted) {
  PAGED_CODE();
  ExAcquireFastMutex(&codec_mutex_);
  MixerLevel& level = levels_[capture];
  level.set_muted(muted);
  if (awake_) write_codec(level.reg(), level.value());
  ExReleaseFastMutex(&codec_mutex_);
}

void Card::suspend() {
  PAGED_CODE();
  {
    PowerGate::Pass awake(gate_);
    if (!awake) return;
    for (BusMaster& master : masters_) master.sleep();
    awake.set_open(false);
  }
  interrupt_.hear(false);
  ExAcquireFastMutex(&codec_mutex_);
  if (awake_) write_codec(mixer::kPowerdown, mixer::kPowerDownAll);
  awake_ = false;
  ExReleaseFastMutex(&codec_mutex_);
}

void Card::resume() {
  PAGED_CODE();
  if (!NT_SUCCESS(start())) return;  // it is gone, and the bus will say so
  {
    PowerGate::Pass pass(gate_);
    for (BusMaster& master : masters_) master.wake();
    pass.set_open(true);
  }
  interrupt_.hear(true);
}

#pragma code_seg()
