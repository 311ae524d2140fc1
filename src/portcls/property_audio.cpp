// KSPROPSETID_Audio on a pin: the stream's position.

#include "kernel/kernel.h"
#include "kernel/machine_clock.h"
#include "portcls/filter_file.h"
#include "portcls/pin_file.h"
#include "portcls/property_sets.h"

namespace portside::portcls {
namespace {

Status position(PinFile& pin, ks::PropertyRequest& request) {
  KSAUDIO_POSITION position{};
  const Status status = pin.stream().position(position);
  return status.is_ok() ? request.answer(position) : status;
}

Status position_ex(PinFile& pin, ks::PropertyRequest& request) {
  const kernel::MachineClock& clock = current<kernel::Kernel>().clock();
  KSAUDIO_POSITIONEX position{};
  position.TimerFrequency.QuadPart = kernel::MachineClock::kPerformanceFrequency;
  position.TimeStamp1.QuadPart = clock.performance_counter();
  const Status status = pin.stream().position(position.Position);
  position.TimeStamp2.QuadPart = clock.performance_counter();
  return status.is_ok() ? request.answer(position) : status;
}

const PinItem kAudioItems[] = {
    {{.id = KSPROPERTY_AUDIO_POSITION, .value_bytes = sizeof(KSAUDIO_POSITION)}, position},
    {{.id = KSPROPERTY_AUDIO_POSITIONEX, .value_bytes = sizeof(KSAUDIO_POSITIONEX)}, position_ex},
};

}  // namespace

std::span<const PinItem> audio_properties() { return kAudioItems; }

}  // namespace portside::portcls
