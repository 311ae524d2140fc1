#pragma once
// The client of a driver host (`portside serve`): what an application needs to list a driver's endpoints, and to play and record
// through them. Stable: a program built against 1.x links with every later 1.y. Needs nothing of Windows and nothing of the driver:
// find_package(Portside COMPONENTS client), target Portside::client.
//
// Threads: a Client and its Streams may be used by one thread at a time each, and by different ones at once; Stream::position(), notifications() and alive() by any.
// Errors: every fallible call returns Result<T> = std::expected<T, Status>: an NTSTATUS (the driver's own, where the driver refused)
// and one sentence. When the host has gone, calls fail with STATUS_HOST_DOWN (StatusCode::kMachineEnded) and a sentence that says why;
// nothing raises a signal.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace portside {

enum class Direction : uint8_t { kRender, kCapture };

enum class SampleType : uint8_t {
  kUnsigned8,
  kSigned16,
  kSigned24,
  kSigned24In32,
  kSigned32,
  kFloat32
};  // little-endian

// What one frame is: `channels` samples, interleaved.
struct StreamFormat {
  SampleType type = SampleType::kSigned16;
  uint32_t channels = 2;
  uint32_t rate = 48000;      // frames a second
  uint32_t channel_mask = 0;  // SPEAKER_*; 0: the usual one for that many channels

  bool operator==(const StreamFormat&) const = default;
  uint32_t sample_bytes() const;
  uint32_t frame_bytes() const { return channels * sample_bytes(); }
};

// One thing that a person can turn: a volume or mute node, a jack's presence.
struct ControlInfo {
  enum class Kind : uint8_t { kVolume, kMute, kJack };
  uint32_t id = 0;  // among the endpoint's
  Kind kind{};
  std::string name;                            // "Speaker volume"
  uint32_t channels = 1;                       // values it has
  int32_t minimum = 0, maximum = 1, step = 1;  // a volume's: 1/65536 dB, as in KSPROPERTY_AUDIO_VOLUMELEVEL
  bool writable = false;                       // a jack is not
};

struct EndpointInfo {
  std::string
      id;  // stable across restarts: "speaker"; what applications are configured with (aplay -D portside:speaker)
  std::string name;  // for people, from the INF, the pin's name or the jack: "Speaker (Portside Virtual Cable)"
  Direction direction{};
  std::vector<StreamFormat> formats;  // every one that the driver takes, the best first
  std::vector<ControlInfo> controls;
  bool plugged_in = true;  // by its jack; true where nothing tells
};

struct StreamRequest {
  std::string endpoint;  // EndpointInfo::id, or a part of the id or name that fits one
  Direction direction = Direction::kRender;
  StreamFormat format;
  uint32_t buffer_frames = 960;  // the cyclic buffer asked for: the driver may round it (StreamFacts::buffer_frames)
  uint32_t notifications = 2;    // a buffer, 1 or 2; 0: none, the client polls position()
  // Other than 0: notification_fd() is readable each time that so many frames are done, and at no other place: by the driver's
  // notification where one falls there, else by the host, which asks the driver then where it is. For periods that are no half of a buffer.
  uint32_t wake_frames = 0;
};

// A register of the device, as its driver gave it, mapped into this process to be looked at (KSRTAUDIO_HWREGISTER).
struct RegisterFacts {
  uint32_t width = 32;  // in bits, 32 or 64: what counts on begins anew behind the largest number of that width
  // Of a clock: it counts numerator / denominator ticks in a second. Of a position: nothing.
  uint64_t numerator = 0, denominator = 0;
  // How far the device may be beyond a reading: bytes of a position, ticks of a clock.
  uint32_t accuracy = 0;
};
enum class DeviceRegister : uint8_t { kPosition, kClock };

// What the driver gave.
struct StreamFacts {
  StreamFormat format;
  uint32_t buffer_frames = 0;
  uint32_t notifications = 0;  // a buffer; 0: the driver cannot, the client polls
  bool packets = false;        // the host tells the driver packet by packet (SetWritePacket, GetReadPacket)
  // Mapped here: the driver has one on a page of memory with nothing beside it. None: a register of the device's own (its reads are
  // calls), one that lies beside other things of the driver's, or none at all: the host asks the driver then. See position().
  std::optional<RegisterFacts> position_register, clock_register;
  bool write_combined = false;  // the buffer: use portside::store_fence() (below) after a fill
  uint32_t latency_frames = 0;  // KSRTAUDIO_HWLATENCY: FIFO and codec, behind the position
  bool copied =
      false;  // the host copies between this buffer and the driver's (a device whose memory cannot be shared: QEMU's)
};

enum class StreamState : uint8_t { kStop, kAcquire, kPause, kRun };

// Where the device plays or records, and when that was so.
struct StreamPosition {
  uint64_t frames =
      0;  // since RUN was entered from STOP, ever growing; modulo buffer_frames it is the place in the buffer
  std::chrono::nanoseconds when{};  // CLOCK_MONOTONIC
  // The device is known to be done with that many: they may be read, or written over up to done + buffer_frames. `frames` is
  // where it ought to be by now, for delay and synchronisation; what a device does in steps it may not have done there yet.
  uint64_t done = 0;
};

class Stream {
 public:
  virtual ~Stream() = default;  // STOP, unregister, close

  virtual const StreamFacts& facts() const = 0;
  // The cyclic buffer that the driver's pages hold, mapped into this process: buffer_frames frames. What is written here is what the
  // device reads; there is no copy. Invalid after the Stream is gone; after the host is gone it stays readable memory of nobody's.
  virtual std::span<std::byte> buffer() const = 0;

  // In the order STOP, ACQUIRE, PAUSE, RUN and back; a step may be skipped, the host then takes the ones between. The driver's status.
  // The one that it is in already: the host asks the driver anew where it is, for position().
  virtual Result<> set_state(StreamState state) = 0;
  // Render, packet mode and end of stream: how many frames have been written since RUN. The host, which calls SetWritePacket for
  // whole packets, must know; costs a store into shared memory and no system call. Call it after each fill.
  virtual void tell_written(uint64_t frames) = 0;
  // Render: the sound ends behind that many frames: in packet mode the driver is told of the last packet (EOS), and running dry
  // behind it is no glitch. Nothing is played behind it until STOP, where it is forgotten.
  virtual void tell_last(uint64_t frames) = 0;
  // Capture: how many frames have been read, so that overruns can be told.
  virtual void tell_read(uint64_t frames) = 0;

  // No system call, and never backwards. Without a position register: what the host read last, and `frames` taken on by the
  // clock, never to the next notification's place before it came. With one: `done` is what the register says now, `frames` is
  // between that and the register's accuracy beyond it; the host's reading tells the rounds of the buffer, which no register counts.
  // A register that is behind that reading, further than the time since allows, or asked before the first frame of a run is left aside.
  virtual StreamPosition position() const = 0;
  // What a register says now: one load from memory. Of kPosition the place in the buffer, in bytes; of kClock the ticks since the
  // device was switched on, modulo its width. Nothing where facts() has no such register, or alive() is not OK.
  virtual std::optional<uint64_t> read(DeviceRegister which) const = 0;
  // Readable after each notification (half of the buffer, or all of it, was played or recorded), after a glitch and when the stream
  // ends. Read it (8 bytes; the read never waits) to rearm. POLLHUP: the host has gone. -1: the driver cannot notify.
  virtual int notification_fd() const = 0;
  virtual uint64_t notifications() const = 0;
  // Under- and overruns that the host saw: the device passed what was told as written, or what was not yet read.
  virtual uint64_t glitches() const = 0;
  // OK while the stream is the driver's; else why it is not: the device was removed, the driver bug-checked, the host ended.
  virtual Status alive() const = 0;
};

class Client {
 public:
  // `socket` empty: $PORTSIDE_SOCKET, else $XDG_RUNTIME_DIR/portside/host.
  static Result<std::unique_ptr<Client>> connect(std::string_view socket = {});
  virtual ~Client() = default;

  virtual Result<std::vector<EndpointInfo>> endpoints() = 0;
  virtual Result<std::unique_ptr<Stream>> open(const StreamRequest& request) = 0;

  // One value a channel: a volume in 1/65536 dB, a mute or a jack 0 or 1.
  virtual Result<std::vector<int32_t>> control(std::string_view endpoint, uint32_t id) = 0;
  virtual Result<> set_control(std::string_view endpoint, uint32_t id, std::span<const int32_t> values) = 0;
  // Readable when an endpoint, a control or a jack has changed since the last take_changes(), and when the host has gone, by kill -9
  // too: who sleeps in poll() has it in the set beside a stream's notification_fd().
  virtual int changes_fd() const = 0;
  struct Change {
    std::string endpoint;  // empty: more has changed than was kept for a reader that is late; look at everything
    std::optional<uint32_t> control;  // none: the endpoint itself came, went (its device was removed) or changed
  };
  virtual Result<std::vector<Change>> take_changes() = 0;

  // What a watcher sees: JSON of version 1, documented in docs/serve.md: driver, endpoints, streams (state, position, lateness,
  // glitches, the client's pid), processors (IRQL, DPC load), violations.
  virtual Result<std::string> snapshot() = 0;
};

// After writing into a write-combined buffer, before tell_written().
void store_fence();

}  // namespace portside
