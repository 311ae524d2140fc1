// An ALSA PCM that takes as long as a sound card: what QEMU's cards hear comes from a WAV, what they say goes into one, and both
// move with the clock and no faster. ALSA's own "file" plugin is not paced, and QEMU then reads without end.
//
//   pcm.NAME { type portside file "FILE.wav" rate 48000 }       16 bits, two channels; a file that is read begins again at its end
//
// Neither direction has overruns: whoever comes late is waited for, and loses nothing.

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { kFrameBytes = 4, kHeaderBytes = 44 };

typedef struct {
  snd_pcm_ioplug_t io;
  int file;
  unsigned rate;
  int64_t first, bytes;      // of the sound in the file
  int64_t at;                // how far it was read or written
  struct timespec started;
  int64_t counted;           // frames of the clock since then that the pointer has moved by, or that were waited for
  int64_t moved;             // the pointer, in frames since the start
} Pcm;

static int64_t elapsed_frames(const Pcm* pcm) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  const int64_t ns = (int64_t)(now.tv_sec - pcm->started.tv_sec) * 1000000000 + (now.tv_nsec - pcm->started.tv_nsec);
  return ns / 1000 * pcm->rate / 1000000;
}

static int on_start(snd_pcm_ioplug_t* io) {
  Pcm* pcm = io->private_data;
  clock_gettime(CLOCK_MONOTONIC, &pcm->started);
  pcm->counted = 0;
  return 0;
}

static int on_stop(snd_pcm_ioplug_t* io) {
  (void)io;
  return 0;
}

static int on_prepare(snd_pcm_ioplug_t* io) {
  Pcm* pcm = io->private_data;
  pcm->moved = 0;
  return 0;
}

static snd_pcm_sframes_t on_pointer(snd_pcm_ioplug_t* io) {
  Pcm* pcm = io->private_data;
  const int64_t now = elapsed_frames(pcm);
  int64_t step = now - pcm->counted;
  pcm->counted = now;
  // appl_ptr counts without wrapping for any time that a test has.
  const int64_t appl = (int64_t)io->appl_ptr;
  // What was not written yet cannot be played; one frame stays, or the PCM would have run dry; at the end it may.
  const int64_t last = io->state == SND_PCM_STATE_DRAINING ? 0 : 1;
  const int64_t room = io->stream == SND_PCM_STREAM_CAPTURE ? appl + (int64_t)io->buffer_size - 1 - pcm->moved : appl - last - pcm->moved;
  if (step > room) step = room > 0 ? room : 0;
  pcm->moved += step;
  return (snd_pcm_sframes_t)(pcm->moved % (int64_t)io->buffer_size);
}

static void put_u32(unsigned char* at, uint32_t value) { memcpy(at, &value, 4); }

static void write_header(Pcm* pcm) {
  unsigned char header[kHeaderBytes] = "RIFF....WAVEfmt ";
  const uint16_t pcm_tag = 1, channels = 2, frame = kFrameBytes, bits = 16;
  put_u32(header + 4, (uint32_t)(pcm->at + kHeaderBytes - 8));
  put_u32(header + 16, 16);
  memcpy(header + 20, &pcm_tag, 2);
  memcpy(header + 22, &channels, 2);
  put_u32(header + 24, pcm->rate);
  put_u32(header + 28, pcm->rate * kFrameBytes);
  memcpy(header + 32, &frame, 2);
  memcpy(header + 34, &bits, 2);
  memcpy(header + 36, "data", 4);
  put_u32(header + 40, (uint32_t)pcm->at);
  if (pwrite(pcm->file, header, sizeof header, 0) < 0) return;
}

// Finds the samples of a RIFF file.
static int find_sound(Pcm* pcm) {
  unsigned char head[12];
  if (pread(pcm->file, head, 12, 0) != 12 || memcmp(head, "RIFF", 4) || memcmp(head + 8, "WAVE", 4)) return -EINVAL;
  for (int64_t at = 12;;) {
    uint32_t bytes;
    if (pread(pcm->file, head, 8, at) != 8) return -EINVAL;
    memcpy(&bytes, head + 4, 4);
    if (!memcmp(head, "data", 4)) {
      pcm->first = at + 8;
      pcm->bytes = bytes / kFrameBytes * kFrameBytes;
      return pcm->bytes ? 0 : -EINVAL;
    }
    at += 8 + bytes + (bytes & 1);
  }
}

static snd_pcm_sframes_t on_transfer(snd_pcm_ioplug_t* io, const snd_pcm_channel_area_t* areas, snd_pcm_uframes_t offset, snd_pcm_uframes_t frames) {
  Pcm* pcm = io->private_data;
  unsigned char* bytes = (unsigned char*)areas->addr + (areas->first + areas->step * offset) / 8;
  int64_t left = (int64_t)frames * kFrameBytes;
  while (left > 0) {
    int64_t piece = left;
    ssize_t done;
    if (io->stream == SND_PCM_STREAM_PLAYBACK) {
      done = pwrite(pcm->file, bytes, (size_t)piece, kHeaderBytes + pcm->at);
    } else {
      if (piece > pcm->bytes - pcm->at) piece = pcm->bytes - pcm->at;
      done = pread(pcm->file, bytes, (size_t)piece, pcm->first + pcm->at);
    }
    if (done <= 0) return -EIO;
    bytes += done;
    left -= done;
    pcm->at += done;
    if (io->stream == SND_PCM_STREAM_CAPTURE && pcm->at >= pcm->bytes) pcm->at = 0;
  }
  if (io->stream == SND_PCM_STREAM_PLAYBACK) write_header(pcm);
  return (snd_pcm_sframes_t)frames;
}

static int on_close(snd_pcm_ioplug_t* io) {
  Pcm* pcm = io->private_data;
  close(pcm->file);
  close(io->poll_fd);
  free(pcm);
  return 0;
}

static const snd_pcm_ioplug_callback_t kCallbacks = {
    .start = on_start, .stop = on_stop, .pointer = on_pointer, .transfer = on_transfer, .close = on_close, .prepare = on_prepare};

static int set_parameters(Pcm* pcm) {
  static const unsigned kAccess[] = {SND_PCM_ACCESS_RW_INTERLEAVED};
  static const unsigned kFormat[] = {SND_PCM_FORMAT_S16_LE};
  snd_pcm_ioplug_t* io = &pcm->io;
  int error;
  if ((error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 1, kAccess)) < 0) return error;
  if ((error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, kFormat)) < 0) return error;
  if ((error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_CHANNELS, 2, 2)) < 0) return error;
  if ((error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_RATE, pcm->rate, pcm->rate)) < 0) return error;
  if ((error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 64, 1 << 20)) < 0) return error;
  if ((error = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 256, 4 << 20)) < 0) return error;
  return snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 1024);
}

SND_PCM_PLUGIN_DEFINE_FUNC(portside) {
  (void)root;
  const char* file = NULL;
  long rate = 48000;
  snd_config_iterator_t i, next;
  snd_config_for_each(i, next, conf) {
    snd_config_t* entry = snd_config_iterator_entry(i);
    const char* id;
    if (snd_config_get_id(entry, &id) < 0) continue;
    if (!strcmp(id, "file")) snd_config_get_string(entry, &file);
    else if (!strcmp(id, "rate")) snd_config_get_integer(entry, &rate);
    else if (strcmp(id, "type") && strcmp(id, "comment") && strcmp(id, "hint")) return -EINVAL;
  }
  if (!file) return -EINVAL;
  Pcm* pcm = calloc(1, sizeof *pcm);
  if (!pcm) return -ENOMEM;
  pcm->rate = (unsigned)rate;
  const int plays = stream == SND_PCM_STREAM_PLAYBACK;
  pcm->file = open(file, plays ? O_RDWR | O_CREAT : O_RDONLY, 0666);
  int error = pcm->file < 0 ? -errno : 0;
  if (!error && plays) {
    // A card that opens its output again goes on where it was.
    const off_t end = lseek(pcm->file, 0, SEEK_END);
    pcm->at = end > kHeaderBytes ? (end - kHeaderBytes) / kFrameBytes * kFrameBytes : 0;
    write_header(pcm);
  } else if (!error) {
    error = find_sound(pcm);
  }
  if (!error) {
    pcm->io.version = SND_PCM_IOPLUG_VERSION;
    pcm->io.name = "Portside's paced file";
    pcm->io.poll_fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
    pcm->io.poll_events = POLLIN;
    pcm->io.callback = &kCallbacks;
    pcm->io.private_data = pcm;
    error = snd_pcm_ioplug_create(&pcm->io, name, stream, mode);
    if (!error && (error = set_parameters(pcm)) < 0) {
      snd_pcm_ioplug_delete(&pcm->io);  // closes, and frees
      return error;
    }
  }
  if (error) {
    if (pcm->file >= 0) close(pcm->file);
    free(pcm);
    return error;
  }
  *pcmp = pcm->io.pcm;
  return 0;
}

SND_PCM_PLUGIN_SYMBOL(portside);
