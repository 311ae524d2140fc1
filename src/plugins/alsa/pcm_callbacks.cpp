// Pcm as ioplug's table of callbacks.

#include "plugins/alsa/channel_map.h"
#include "plugins/alsa/pcm.h"

namespace portside::alsa {

struct PcmCallbacks {
  static Pcm& of(snd_pcm_ioplug_t* io) { return *static_cast<Pcm*>(io->private_data); }

  template <class Call>
  static auto under_lock(snd_pcm_ioplug_t* io, Call&& call) {
    const std::lock_guard lock(of(io).calls_);
    return call(of(io));
  }

  static int start(snd_pcm_ioplug_t* io) {
    return under_lock(io, [](Pcm& pcm) { return pcm.start(); });
  }
  static int stop(snd_pcm_ioplug_t* io) {
    return under_lock(io, [](Pcm& pcm) { return pcm.stop(); });
  }
  static snd_pcm_sframes_t pointer(snd_pcm_ioplug_t* io) {
    return under_lock(io, [](Pcm& pcm) { return pcm.pointer(); });
  }
  static snd_pcm_sframes_t transfer(snd_pcm_ioplug_t* io, const snd_pcm_channel_area_t* areas, snd_pcm_uframes_t offset,
                                    snd_pcm_uframes_t size) {
    return under_lock(io, [&](Pcm& pcm) { return pcm.transfer(areas, offset, size); });
  }
  static int close(snd_pcm_ioplug_t* io) {
    delete &of(io);
    return 0;
  }
  static int hw_params(snd_pcm_ioplug_t* io, snd_pcm_hw_params_t*) {
    return under_lock(io, [](Pcm& pcm) { return pcm.set_parameters(); });
  }
  static int hw_free(snd_pcm_ioplug_t* io) {
    return under_lock(io, [](Pcm& pcm) {
      pcm.close_stream();
      return 0;
    });
  }
  static int sw_params(snd_pcm_ioplug_t* io, snd_pcm_sw_params_t* wishes) {
    return under_lock(io, [&](Pcm& pcm) { return pcm.set_wishes(wishes); });
  }
  static int prepare(snd_pcm_ioplug_t* io) {
    return under_lock(io, [](Pcm& pcm) { return pcm.prepare(); });
  }
  static int drain(snd_pcm_ioplug_t* io) {
    return under_lock(io, [](Pcm& pcm) { return pcm.drain(); });
  }
  static int pause(snd_pcm_ioplug_t* io, int on) {
    return under_lock(io, [&](Pcm& pcm) { return pcm.pause(on != 0); });
  }
  static int poll_descriptors_count(snd_pcm_ioplug_t*) { return Wakeups::kCount; }
  static int poll_descriptors(snd_pcm_ioplug_t* io, pollfd* set, unsigned space) {
    return under_lock(io, [&](Pcm& pcm) { return static_cast<int>(pcm.wakeups_.fill({set, space})); });
  }
  static int poll_revents(snd_pcm_ioplug_t* io, pollfd* set, unsigned count, unsigned short* events) {
    return under_lock(io, [&](Pcm& pcm) { return pcm.returned_events({set, count}, *events); });
  }
  static int delay(snd_pcm_ioplug_t* io, snd_pcm_sframes_t* frames) {
    return under_lock(io, [&](Pcm& pcm) { return pcm.delay(*frames); });
  }
  static snd_pcm_chmap_query_t** query_chmaps(snd_pcm_ioplug_t* io) {
    return make_channel_maps(of(io).limits_.layouts());  // the same as long as the handle is there
  }
  static snd_pcm_chmap_t* get_chmap(snd_pcm_ioplug_t* io) {
    return under_lock(
        io, [](Pcm& pcm) { return pcm.stream_ == nullptr ? nullptr : make_channel_map(pcm.stream_->facts().format); });
  }
  static int set_chmap(snd_pcm_ioplug_t* io, const snd_pcm_chmap_t* map) {
    return under_lock(io, [&](Pcm& pcm) { return pcm.set_channel_map(*map); });
  }

  static constexpr snd_pcm_ioplug_callback_t kTable = {.start = start,
                                                       .stop = stop,
                                                       .pointer = pointer,
                                                       .transfer = transfer,
                                                       .close = close,
                                                       .hw_params = hw_params,
                                                       .hw_free = hw_free,
                                                       .sw_params = sw_params,
                                                       .prepare = prepare,
                                                       .drain = drain,
                                                       .pause = pause,
                                                       .poll_descriptors_count = poll_descriptors_count,
                                                       .poll_descriptors = poll_descriptors,
                                                       .poll_revents = poll_revents,
                                                       .delay = delay,
                                                       .query_chmaps = query_chmaps,
                                                       .get_chmap = get_chmap,
                                                       .set_chmap = set_chmap};
};

int Pcm::open(snd_pcm_t** handle, const char* name, std::unique_ptr<Client> client, EndpointInfo endpoint, int mode) {
  auto pcm = std::unique_ptr<Pcm>(new Pcm(std::move(client), std::move(endpoint)));
  if (const auto opened = pcm->wakeups_.open(pcm->client_->changes_fd()); !opened)
    return pcm->fail_with("open", opened.error());
  snd_pcm_ioplug_t& io = pcm->io_;
  io.version = SND_PCM_IOPLUG_VERSION;
  io.name = pcm->endpoint_.name.c_str();
  io.flags = SND_PCM_IOPLUG_FLAG_LISTED | SND_PCM_IOPLUG_FLAG_BOUNDARY_WA;
  io.callback = &PcmCallbacks::kTable;
  io.private_data = pcm.get();
  io.nonblock = (mode & SND_PCM_NONBLOCK) != 0;  // alsa-lib itself sets it by snd_pcm_nonblock() alone
  if (const int error =
          snd_pcm_ioplug_create(&io, name, pcm->renders() ? SND_PCM_STREAM_PLAYBACK : SND_PCM_STREAM_CAPTURE, mode);
      error < 0)
    return error;
  Pcm* owned = pcm.release();  // close() deletes it
  if (const int error = owned->constrain(); error < 0) {
    snd_pcm_ioplug_delete(&owned->io_);
    return error;
  }
  *handle = owned->io_.pcm;
  return 0;
}

}  // namespace portside::alsa
