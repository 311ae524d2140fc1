#pragma once
// Stream: an open pin with its cyclic buffer, in the order in which Windows' audio engine asks for things: pin; buffer
// with notification, else buffer; hardware latency; registers; notification event; then the states.

#include <ks.h>
#include <ksmedia.h>
#include <wdm.h>
#include <windef.h>

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "client/filter.h"
#include "client/process.h"
#include "client/topology.h"

namespace portside::client {

// How client and driver keep in step.
enum class StreamMode {
  kAuto,      // as Windows' audio engine chooses: packets where the driver has them, else events, else positions
  kPacket,    // events, and packets by number: SetWritePacket and GetReadPacket
  kEvent,     // events, and the position
  kPosition,  // the position alone, in a buffer without notification
};
const char* name_of(StreamMode mode);  // "packet"

struct StreamOptions {
  Nanoseconds buffer = std::chrono::milliseconds(20);
  unsigned notifications = 2;  // a buffer, 1 or 2; 0 asks for a buffer without them
  StreamMode mode = StreamMode::kAuto;
  // AUDIO_SIGNALPROCESSINGMODE_*; none: DEFAULT where the pin knows it, else its first.
  std::optional<GUID> processing;
};

// What the driver gave.
struct StreamFacts {
  AudioFormat format;
  uint64_t requested_bytes = 0;
  uint64_t buffer_bytes = 0;
  bool call_memory_barrier = false;         // the buffer is write-combined
  StreamMode mode = StreamMode::kPosition;  // what was chosen
  std::string why_mode;                     // why not a better one; empty when asked for
  std::optional<GUID> processing;           // the mode that the pin was opened in
  unsigned notifications = 0;               // 0: none, the client polls the position
  std::string no_notifications;             // why there are none
  KSRTAUDIO_HWLATENCY latency{};
  bool write_positions = false;  // an offload stream is told how far it is filled
  bool has_position_register = false;
  bool has_clock_register = false;
  // A keyword detector's pin that streams in packets: it hands out what was captured before, faster than it was, and where
  // the device captures now is nothing that its reader could use (Voice activation, Burst read operation).
  bool packets_alone = false;
};

class Stream {
 public:
  // Opens the endpoint's pin in that very format; the driver's refusal is the error.
  static Result<std::unique_ptr<Stream>> open(const Endpoint& endpoint, const AudioFormat& format,
                                              const StreamOptions& options);
  // STOP, unregister, close: also after an error half way.
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  const StreamFacts& facts() const { return facts_; }
  // The application's own view of the cyclic buffer.
  std::span<std::byte> buffer() const { return buffer_; }

  Result<> set_state(KSSTATE state);
  // PlayOffset: where in the buffer the device plays or records, in bytes.
  Result<uint64_t> position() const;
  // Bytes played or recorded since RUN, made from positions; call it at least once a round of the buffer. Where packets
  // are all that the stream tells by, those that are there are read, and counted.
  Result<uint64_t> advance();
  // Whatever moves while the stream does: the position, or the packets that were handed out so far, of which one more is
  // read. Any thread.
  Result<uint64_t> progress();
  // Waits for the notification event, or, without one, for that time.
  bool wait(Nanoseconds timeout);
  // A register as it is mapped for this application; null without one. Its width and meaning: KSRTAUDIO_HWREGISTER.
  const KSRTAUDIO_HWREGISTER* position_register() const { return position_register_ ? &*position_register_ : nullptr; }
  const KSRTAUDIO_HWREGISTER* clock_register() const { return clock_register_ ? &*clock_register_ : nullptr; }
  // What it holds now; nothing without one.
  std::optional<uint64_t> read_position_register() const { return read(position_register_); }
  std::optional<uint64_t> read_clock_register() const { return read(clock_register_); }
  // The same, and ends as well when `other` is set, or, without a time-out, then alone.
  enum class Woken { kTimeout, kNotified, kOther };
  Woken wait(Event& other, std::optional<Nanoseconds> timeout);
  bool notified() const { return event_ != nullptr; }

  // Of an offload stream: that many bytes of the endless stream are written.
  Result<> tell_written(uint64_t total);

  // Packet mode. The packets are the buffer's halves.
  uint64_t packet_bytes() const { return buffer_.size() / 2; }
  std::span<std::byte> packet(uint64_t number) const {
    return buffer_.subspan(number % 2 * packet_bytes(), packet_bytes());
  }
  // The driver's own status: a late packet is an answer, and no error of the request.
  Status write_packet(uint32_t number, bool last, uint32_t last_bytes);
  Status read_packet(KSRTAUDIO_GETREADPACKET_INFO& info);
  Result<uint32_t> packet_count() const;
  const KsFile& pin() const { return pin_; }

 private:
  Stream() = default;
  Result<> allocate(const StreamOptions& options);
  Result<> allocate_plain();
  Result<> register_event();
  Result<> choose_mode(StreamMode wanted, bool capture);
  bool offers(ULONG rt_audio_id) const;
  void probe();
  static std::optional<uint64_t> read(const std::optional<KSRTAUDIO_HWREGISTER>& mapped);
  Result<bool> read_one();

  KsFile filter_;
  KsFile pin_;
  StreamFacts facts_;
  std::span<std::byte> buffer_;
  std::unique_ptr<Event> event_;
  std::optional<KSRTAUDIO_HWREGISTER> position_register_, clock_register_;
  std::optional<uint32_t> engine_node_;  // of an offload pin
  bool registered_ = false;
  KSSTATE state_ = KSSTATE_STOP;
  std::atomic<uint32_t> packets_read_ = 0;  // of a stream with packets alone: one behind the last packet's number
  uint64_t last_position_ = 0;
  uint64_t total_ = 0;
};

// The formats to try on an endpoint, best first: the wanted one, then the nearest that its ranges admit.
std::vector<AudioFormat> candidates(const Endpoint& endpoint, const AudioFormat& wanted);

// Opens the endpoint in the first of the formats that the driver takes. `only`: no other than the first.
Result<std::unique_ptr<Stream>> open_agreed(const Endpoint& endpoint, const AudioFormat& wanted,
                                            const StreamOptions& options, bool only = false);

// A KSDATAFORMAT_WAVEFORMATEXTENSIBLE.
std::vector<std::byte> format_block(const AudioFormat& format);

// KSPIN_CONNECT, KSDATAFORMAT and the processing-mode attribute, as KsCreatePin sends them.
std::vector<std::byte> connect_request(const Endpoint& endpoint, const AudioFormat& format,
                                       std::optional<GUID> processing = {});

}  // namespace portside::client
