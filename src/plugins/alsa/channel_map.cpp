#include "plugins/alsa/channel_map.h"

#include <array>
#include <cstdlib>

namespace portside::alsa {
namespace {

// SPEAKER_FRONT_LEFT is bit 0, SPEAKER_TOP_BACK_RIGHT bit 17.
constexpr std::array<unsigned, 18> kPositions = {
    SND_CHMAP_FL,  SND_CHMAP_FR,  SND_CHMAP_FC,  SND_CHMAP_LFE, SND_CHMAP_RL,  SND_CHMAP_RR,
    SND_CHMAP_FLC, SND_CHMAP_FRC, SND_CHMAP_RC,  SND_CHMAP_SL,  SND_CHMAP_SR,  SND_CHMAP_TC,
    SND_CHMAP_TFL, SND_CHMAP_TFC, SND_CHMAP_TFR, SND_CHMAP_TRL, SND_CHMAP_TRC, SND_CHMAP_TRR};

// KSAUDIO_SPEAKER_*: what that many channels are where nothing tells.
uint32_t usual_mask(uint32_t channels) {
  switch (channels) {
    case 1: return 0x4;    // MONO
    case 2: return 0x3;    // STEREO
    case 3: return 0xB;    // 2.1
    case 4: return 0x33;   // QUAD
    case 6: return 0x3F;   // 5.1
    case 8: return 0x63F;  // 7.1 surround
    default: return 0;
  }
}

void write_positions(snd_pcm_chmap_t& map, const StreamFormat& format) {
  const std::vector<unsigned> positions = channel_positions(format.channels, format.channel_mask);
  map.channels = format.channels;
  for (size_t i = 0; i < positions.size(); ++i) map.pos[i] = positions[i];
}

}  // namespace

std::vector<unsigned> channel_positions(uint32_t channels, uint32_t channel_mask) {
  const uint32_t mask = channel_mask != 0 ? channel_mask : usual_mask(channels);
  std::vector<unsigned> positions;
  for (size_t bit = 0; bit < kPositions.size() && positions.size() < channels; ++bit)
    if (mask >> bit & 1)
      positions.push_back(channels == 1 && mask == 0x4 ? static_cast<unsigned>(SND_CHMAP_MONO) : kPositions[bit]);
  positions.resize(channels, SND_CHMAP_UNKNOWN);
  return positions;
}

snd_pcm_chmap_query_t** make_channel_maps(std::span<const StreamFormat> layouts) {
  auto** maps = static_cast<snd_pcm_chmap_query_t**>(std::calloc(layouts.size() + 1, sizeof(snd_pcm_chmap_query_t*)));
  if (maps == nullptr) return nullptr;
  for (size_t i = 0; i < layouts.size(); ++i) {
    maps[i] = static_cast<snd_pcm_chmap_query_t*>(
        std::calloc(1, sizeof(snd_pcm_chmap_query_t) + layouts[i].channels * sizeof(unsigned)));
    if (maps[i] == nullptr) {
      snd_pcm_free_chmaps(maps);
      return nullptr;
    }
    maps[i]->type = SND_CHMAP_TYPE_FIXED;
    write_positions(maps[i]->map, layouts[i]);
  }
  return maps;
}

snd_pcm_chmap_t* make_channel_map(const StreamFormat& format) {
  auto* map =
      static_cast<snd_pcm_chmap_t*>(std::calloc(1, sizeof(snd_pcm_chmap_t) + format.channels * sizeof(unsigned)));
  if (map != nullptr) write_positions(*map, format);
  return map;
}

}  // namespace portside::alsa
