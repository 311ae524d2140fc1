// HdaDevice. See hda_device.h.
#include "hda_device.h"

#pragma code_seg("PAGE")

HdaDevice::HdaDevice() {
  PAGED_CODE();
  ExInitializeFastMutex(&sleepers_mutex_);
  InitializeListHead(&sleepers_);
}

NTSTATUS HdaDevice::create(PDEVICE_OBJECT device, PRESOURCELIST resources, HdaDevice** result) {
  PAGED_CODE();
  HdaDevice* created = new HdaDevice();
  if (!created) return STATUS_INSUFFICIENT_RESOURCES;
  NTSTATUS status = created->controller_.create(device, resources, &HdaDevice::on_unsolicited, created);
  if (NT_SUCCESS(status)) status = created->find_codecs();
  if (!NT_SUCCESS(status)) {
    created->Release();
    return status;
  }
  *result = created;
  return STATUS_SUCCESS;
}

HdaDevice::~HdaDevice() {
  PAGED_CODE();
  // First the one that calls into the others.
  controller_.let_go();
}

// §4.3: each bit of STATESTS is a codec that is there.
NTSTATUS HdaDevice::find_codecs() {
  PAGED_CODE();
  for (UCHAR address = 0; address < Controller::kMaxCodecs; ++address) {
    if (!(controller_.codecs() >> address & 1)) continue;
    Codec& codec = codecs_[codec_count_];
    const NTSTATUS status = codec.discover(controller_.ring(), address);
    if (status == STATUS_NOT_FOUND) continue;  // a modem, say
    if (!NT_SUCCESS(status)) return status;
    ++codec_count_;
    find_endpoints(codec);
  }
  for (ULONG i = 0; i < endpoint_count_; ++i) {
    const NTSTATUS status = endpoints_[i].open(static_cast<UCHAR>(i + 1));
    if (!NT_SUCCESS(status)) return status;
  }
  return endpoint_count_ ? STATUS_SUCCESS : STATUS_DEVICE_CONFIGURATION_ERROR;
}

bool HdaDevice::is_taken(const Codec& codec, UCHAR node) const {
  PAGED_CODE();
  for (ULONG i = 0; i < endpoint_count_; ++i) {
    const Endpoint& e = endpoints_[i];
    if (&e.codec() == &codec && (e.pin().node == node || e.converter().node == node)) return true;
  }
  return false;
}

// A render endpoint for each pin that leads out and has a converter left for it; a capture endpoint for each converter
// that a pin leads into. Pins that would have to share a converter go without: see README.md.
void HdaDevice::find_endpoints(Codec& codec) {
  PAGED_CODE();
  const auto taken = [&](UCHAR node) { return is_taken(codec, node); };
  for (ULONG i = 0; i < codec.widget_count() && endpoint_count_ < kMaxEndpoints; ++i) {
    const Widget& widget = codec.widget(i);
    Endpoint& endpoint = endpoints_[endpoint_count_];
    if (Endpoint::leads_out(widget) && endpoint.find_output(codec, widget, taken)) ++endpoint_count_;
  }
  for (ULONG i = 0; i < codec.widget_count() && endpoint_count_ < kMaxEndpoints; ++i) {
    const Widget& widget = codec.widget(i);
    Endpoint& endpoint = endpoints_[endpoint_count_];
    if (widget.type == WidgetType::kAudioInput && !widget.is_digital() && endpoint.find_input(codec, widget, taken))
      ++endpoint_count_;
  }
}

void HdaDevice::on_unsolicited(void* context, UCHAR codec, ULONG response) {
  PAGED_CODE();
  static_cast<HdaDevice*>(context)->jack_spoke(codec, static_cast<UCHAR>(unsolicited::tag_of(response)));
}

void HdaDevice::jack_spoke(UCHAR codec, UCHAR tag) {
  PAGED_CODE();
  for (ULONG i = 0; i < endpoint_count_; ++i) {
    Endpoint& endpoint = endpoints_[i];
    if (endpoint.codec().address() == codec && endpoint.tag() == tag) endpoint.look_at_jack();
  }
}

// The port has paused the streams.
void HdaDevice::suspend() {
  PAGED_CODE();
  for (ULONG i = 0; i < codec_count_; ++i) codecs_[i].set_power(kPowerD3);
  controller_.quiesce();
}

// The other way round: controller, codecs, endpoints, and then the streams, which the port lets run on after this.
void HdaDevice::resume() {
  PAGED_CODE();
  if (!NT_SUCCESS(controller_.start())) return;  // it is gone, and the bus will say so
  for (ULONG i = 0; i < codec_count_; ++i) codecs_[i].set_power(kPowerD0);
  for (ULONG i = 0; i < endpoint_count_; ++i) endpoints_[i].restore();
  ExAcquireFastMutex(&sleepers_mutex_);
  for (LIST_ENTRY* link = sleepers_.Flink; link != &sleepers_; link = link->Flink) {
    Sleeper* sleeper = CONTAINING_RECORD(link, Sleeper, link);
    sleeper->wake(sleeper->context);
  }
  ExReleaseFastMutex(&sleepers_mutex_);
}

void HdaDevice::add_sleeper(Sleeper& sleeper) {
  PAGED_CODE();
  ExAcquireFastMutex(&sleepers_mutex_);
  InsertTailList(&sleepers_, &sleeper.link);
  ExReleaseFastMutex(&sleepers_mutex_);
}

void HdaDevice::remove_sleeper(Sleeper& sleeper) {
  PAGED_CODE();
  ExAcquireFastMutex(&sleepers_mutex_);
  RemoveEntryList(&sleeper.link);
  ExReleaseFastMutex(&sleepers_mutex_);
}

#pragma code_seg()
