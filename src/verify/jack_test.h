#pragma once
// Jacks: a model of a card (--device model:hda, model:ac97) can be listened to. What an application plays has to come out of a
// jack, and what is spoken into one has to be recorded: all of it, in its order, each channel in its place, as loud as the
// nodes say; and just so when the device has slept. Bridges and levels of a real card are the driver's to set, and nothing
// else tells whether it did.

#include <vector>

#include "client/topology.h"
#include "hardware/sound_jacks.h"
#include "verify/level_test.h"
#include "verify/loop_pair.h"
#include "verify/verdicts.h"

namespace portside::host {
class Machine;
}

namespace portside::verify {

inline constexpr const char* kJackPage = "audio/wave-filters";

// The formats that are played to a jack: of whole numbers of 16 bits and more, 8 kHz and more, one of each width, number of channels
// and rate, the usual one first.
std::vector<client::AudioFormat> jack_formats(const client::PinInfo& pin);

// One format of a host pin, from the application to the jack, or from there to the application.
// True: it was heard.
bool test_jack(Verdicts& verdicts, const client::Endpoint& endpoint, const client::AudioFormat& format,
               const std::vector<client::FilterInfo>& filters, hardware::SoundJacks& jacks);
// The volumes and mutes between the pin and its jack.
void test_jack_levels(Verdicts& verdicts, const client::Endpoint& endpoint, const client::AudioFormat& format,
                      const std::vector<client::FilterInfo>& filters, hardware::SoundJacks& jacks);
// A volume that is turned down, and a mute, before the device is in D3 and after it, and the same of the whole system. `was_heard`: when
// the machine began, so that silence is what an earlier sleep has left.
void test_jack_after_sleep(Verdicts& verdicts, const client::Endpoint& endpoint, const client::AudioFormat& format,
                           const std::vector<client::FilterInfo>& filters, bool was_heard, host::Machine& machine);

}  // namespace portside::verify
