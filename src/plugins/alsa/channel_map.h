#pragma once
// Channel masks (SPEAKER_*, ksmedia.h) as ALSA's channel maps.

#include <alsa/asoundlib.h>

#include <cstdint>
#include <span>
#include <vector>

#include "portside/client.h"

namespace portside::alsa {

// One SND_CHMAP_* a channel, in the order of the mask's bits. A mask that names fewer channels leaves the rest unknown.
std::vector<unsigned> channel_positions(uint32_t channels, uint32_t channel_mask);

// As snd_pcm_query_chmaps gives them, for snd_pcm_free_chmaps; null when there is no memory.
snd_pcm_chmap_query_t** make_channel_maps(std::span<const StreamFormat> layouts);
// As snd_pcm_get_chmap gives one, for free().
snd_pcm_chmap_t* make_channel_map(const StreamFormat& format);

}  // namespace portside::alsa
