#include "client/stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "client/processing_mode.h"

namespace portside::client {
namespace {

template <class T>
void append(std::vector<std::byte>& out, const T& value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

KSDATAFORMAT_WAVEFORMATEXTENSIBLE data_format(const AudioFormat& format) {
  KSDATAFORMAT_WAVEFORMATEXTENSIBLE data{};
  data.DataFormat.FormatSize = sizeof data;
  data.DataFormat.SampleSize = format.frame_bytes();
  data.DataFormat.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
  data.DataFormat.SubFormat =
      format.kind == SampleKind::kFloat ? KSDATAFORMAT_SUBTYPE_IEEE_FLOAT : KSDATAFORMAT_SUBTYPE_PCM;
  data.DataFormat.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
  WAVEFORMATEX& wave = data.WaveFormatExt.Format;
  wave.wFormatTag = WAVE_FORMAT_EXTENSIBLE;
  wave.nChannels = format.channels;
  wave.nSamplesPerSec = format.rate_hz;
  wave.nAvgBytesPerSec = format.bytes_per_second();
  wave.nBlockAlign = static_cast<WORD>(format.frame_bytes());
  wave.wBitsPerSample = format.bits;
  wave.cbSize = sizeof(WAVEFORMATEXTENSIBLE) - sizeof(WAVEFORMATEX);
  data.WaveFormatExt.Samples.wValidBitsPerSample = format.effective_valid_bits();
  data.WaveFormatExt.dwChannelMask = format.effective_channel_mask();
  data.WaveFormatExt.SubFormat = data.DataFormat.SubFormat;
  return data;
}

}  // namespace

std::vector<std::byte> format_block(const AudioFormat& format) {
  std::vector<std::byte> block;
  append(block, data_format(format));
  return block;
}

const char* name_of(StreamMode mode) {
  constexpr const char* kNames[] = {"auto", "packet", "event", "position"};
  return kNames[static_cast<size_t>(mode)];
}

std::vector<std::byte> connect_request(const Endpoint& endpoint, const AudioFormat& format,
                                       std::optional<GUID> processing) {
  KSPIN_CONNECT connect{};
  connect.Interface.Set = KSINTERFACESETID_Standard;
  connect.Interface.Id = KSINTERFACE_STANDARD_LOOPED_STREAMING;
  connect.Medium.Set = KSMEDIUMSETID_Standard;
  connect.Medium.Id = KSMEDIUM_TYPE_ANYINSTANCE;
  connect.PinId = endpoint.pin.id;
  connect.Priority.PriorityClass = KSPRIORITY_NORMAL;
  connect.Priority.PrioritySubClass = 1;

  KSDATAFORMAT_WAVEFORMATEXTENSIBLE data = data_format(format);
  if (!processing) processing = default_processing(endpoint.pin);
  if (processing) data.DataFormat.Flags |= KSDATAFORMAT_ATTRIBUTES;

  std::vector<std::byte> request;
  append(request, connect);
  append(request, data);
  if (processing) {
    // A format with attributes is followed, on an 8-byte boundary, by their list.
    request.resize((request.size() + 7) / 8 * 8);
    KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE mode{};
    mode.AttributeHeader.Size = sizeof mode;
    mode.AttributeHeader.Attribute = KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE;
    mode.SignalProcessingMode = *processing;
    KSMULTIPLE_ITEM list{};
    list.Size = sizeof list + sizeof mode;
    list.Count = 1;
    append(request, list);
    append(request, mode);
  }
  return request;
}

Result<std::unique_ptr<Stream>> Stream::open(const Endpoint& endpoint, const AudioFormat& format,
                                             const StreamOptions& options) {
  std::unique_ptr<Stream> stream(new Stream);
  stream->facts_.format = format;
  stream->facts_.processing = options.processing ? options.processing : default_processing(endpoint.pin);
  TRY_ASSIGN(stream->filter_, KsFile::open(endpoint.filter));
  TRY_ASSIGN(stream->pin_, stream->filter_.open_pin(connect_request(endpoint, format, options.processing)));
  if (endpoint.role == PinRole::kOffload) stream->engine_node_ = endpoint.engine_node;
  StreamOptions asked = options;
  if (asked.mode == StreamMode::kPosition) asked.notifications = 0;
  if (asked.notifications == 0 && asked.mode != StreamMode::kAuto && asked.mode != StreamMode::kPosition)
    return fail(StatusCode::kInvalidParameter, fmt::format("{} mode needs notifications", name_of(asked.mode)));
  TRY(stream->allocate(asked));
  stream->probe();
  if (stream->facts_.notifications) TRY(stream->register_event());
  TRY(stream->choose_mode(options.mode, endpoint.direction == Direction::kCapture));
  stream->facts_.packets_alone = endpoint.role == PinRole::kKeyword && stream->facts_.mode == StreamMode::kPacket;
  return stream;
}

// An optional property says by its basic support whether the stream has it.
bool Stream::offers(ULONG id) const {
  ULONG access = 0;
  const KSPROPERTY request = property_request(KSPROPSETID_RtAudio, id, KSPROPERTY_TYPE_BASICSUPPORT);
  const auto outcome =
      pin_.property(std::as_bytes(std::span(&request, 1)), std::as_writable_bytes(std::span(&access, 1)));
  return outcome && outcome->ok() && access != 0;
}

Result<> Stream::choose_mode(StreamMode wanted, bool capture) {
  const char* interface = capture ? "IMiniportWaveRTInputStream" : "IMiniportWaveRTOutputStream";
  std::string no_packets;
  if (!facts_.notifications) no_packets = "no notifications: " + facts_.no_notifications;
  else if (facts_.notifications != 2) no_packets = "one notification a buffer: a packet would be the whole of it";
  else if (packet_bytes() % facts_.format.frame_bytes())
    no_packets = fmt::format("half of {} bytes is no whole number of frames", buffer_.size());
  else if (!offers(capture ? KSPROPERTY_RTAUDIO_GETREADPACKET : KSPROPERTY_RTAUDIO_SETWRITEPACKET))
    no_packets = fmt::format("the driver's stream has no {}", interface);
  const auto refuse = [&](const std::string& why) {
    return fail(StatusCode::kNotSupported, fmt::format("{} mode is not possible: {}", name_of(wanted), why));
  };
  if (wanted == StreamMode::kPacket && !no_packets.empty()) return refuse(no_packets);
  if (wanted == StreamMode::kEvent && !facts_.notifications) return refuse(facts_.no_notifications);
  facts_.mode = wanted;
  if (wanted != StreamMode::kAuto) return {};
  facts_.why_mode = no_packets;
  facts_.mode = no_packets.empty()     ? StreamMode::kPacket
                : facts_.notifications ? StreamMode::kEvent
                                       : StreamMode::kPosition;
  return {};
}

// KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_POSITION: the offset behind the last valid byte, the buffer's size for its end.
Result<> Stream::tell_written(uint64_t total) {
  if (!facts_.write_positions) return {};
  const uint64_t offset = total % buffer_.size();
  return pin_.set(node_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_POSITION, *engine_node_,
                               KSPROPERTY_TYPE_SET),
                  static_cast<ULONG>(offset ? offset : buffer_.size()));
}

Status Stream::write_packet(uint32_t number, bool last, uint32_t last_bytes) {
  const KSRTAUDIO_SETWRITEPACKET_INFO info{number, last ? ULONG{KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM} : 0, last_bytes};
  auto done =
      pin_.set(property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_SETWRITEPACKET, KSPROPERTY_TYPE_SET), info);
  return done ? Status::ok() : done.error();
}

Status Stream::read_packet(KSRTAUDIO_GETREADPACKET_INFO& info) {
  auto read =
      pin_.get<KSRTAUDIO_GETREADPACKET_INFO>(property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_GETREADPACKET));
  if (!read) return read.error();
  info = *read;
  return Status::ok();
}

Result<uint32_t> Stream::packet_count() const {
  return pin_.get<ULONG>(property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_PACKETCOUNT));
}

Result<> Stream::allocate(const StreamOptions& options) {
  const AudioFormat& f = facts_.format;
  const auto frames = static_cast<uint64_t>(options.buffer.count()) * f.rate_hz / 1'000'000'000u;
  // Whole frames, and as many in each half: an engine's packets are of one size.
  const uint64_t parts = std::max(1u, options.notifications);
  facts_.requested_bytes = std::max<uint64_t>(1, (frames + parts - 1) / parts) * parts * f.frame_bytes();
  if (facts_.requested_bytes > 0x7FFFFFFF)
    return fail(StatusCode::kInvalidParameter, "the buffer would be larger than 2 GiB");

  if (options.notifications) {
    KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION request{};
    request.Property = property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION);
    request.RequestedBufferSize = static_cast<ULONG>(facts_.requested_bytes);
    request.NotificationCount = options.notifications;
    if (auto given = pin_.get<KSRTAUDIO_BUFFER>(request)) {
      buffer_ = {static_cast<std::byte*>(given->BufferAddress), given->ActualBufferSize};
      facts_.call_memory_barrier = given->CallMemoryBarrier;
      facts_.notifications = options.notifications;
    } else {
      facts_.no_notifications = given.error().to_string();
    }
  } else {
    facts_.no_notifications = "not asked for";
  }
  if (!facts_.notifications) TRY(allocate_plain());
  facts_.buffer_bytes = buffer_.size();
  if (buffer_.empty() || buffer_.size() % f.frame_bytes() != 0)
    return fail(StatusCode::kInvalidDeviceState,
                fmt::format("the driver gave a buffer of {} bytes, which is no whole number of {}-byte frames",
                            buffer_.size(), f.frame_bytes()));
  return {};
}

Result<> Stream::allocate_plain() {
  KSRTAUDIO_BUFFER_PROPERTY request{};
  request.Property = property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_BUFFER);
  request.RequestedBufferSize = static_cast<ULONG>(facts_.requested_bytes);
  TRY_ASSIGN(const KSRTAUDIO_BUFFER given, pin_.get<KSRTAUDIO_BUFFER>(request));
  buffer_ = {static_cast<std::byte*>(given.BufferAddress), given.ActualBufferSize};
  facts_.call_memory_barrier = given.CallMemoryBarrier;
  return {};
}

void Stream::probe() {
  if (auto latency = pin_.get<KSRTAUDIO_HWLATENCY>(property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_HWLATENCY)))
    facts_.latency = *latency;
  // A register may be asked for once a pin; a driver without one answers STATUS_NOT_SUPPORTED, and positions are asked for.
  const auto map = [&](ULONG id) -> std::optional<KSRTAUDIO_HWREGISTER> {
    KSRTAUDIO_HWREGISTER_PROPERTY request{};
    request.Property = property_request(KSPROPSETID_RtAudio, id);
    const auto mapped = pin_.get<KSRTAUDIO_HWREGISTER>(request);
    return mapped ? std::optional(*mapped) : std::nullopt;
  };
  position_register_ = map(KSPROPERTY_RTAUDIO_POSITIONREGISTER);
  facts_.has_position_register = position_register_.has_value();
  clock_register_ = map(KSPROPERTY_RTAUDIO_CLOCKREGISTER);
  facts_.has_clock_register = clock_register_.has_value();
  if (!engine_node_) return;
  ULONG access = 0;
  const KSP_NODE request = node_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_POSITION,
                                        *engine_node_, KSPROPERTY_TYPE_BASICSUPPORT);
  const auto outcome =
      pin_.property(std::as_bytes(std::span(&request, 1)), std::as_writable_bytes(std::span(&access, 1)));
  facts_.write_positions = outcome && outcome->ok() && access != 0;
}

std::optional<uint64_t> Stream::read(const std::optional<KSRTAUDIO_HWREGISTER>& mapped) {
  if (!mapped) return std::nullopt;
  if (mapped->Width == 64) return *static_cast<const volatile uint64_t*>(mapped->Register);
  return *static_cast<const volatile uint32_t*>(mapped->Register);
}

Result<> Stream::register_event() {
  TRY_ASSIGN(event_, Event::create());
  KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY request{};
  request.Property = property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT);
  request.NotificationEvent = event_->handle();
  TRY_ASSIGN(const io::IoOutcome outcome, pin_.property(std::as_bytes(std::span(&request, 1)), {}));
  if (!outcome.ok()) {
    event_.reset();
    facts_.notifications = 0;
    facts_.no_notifications = Status::from_nt(outcome.status).to_string();
    return {};
  }
  registered_ = true;
  return {};
}

Stream::~Stream() {
  if (!pin_) return;
  if (state_ != KSSTATE_STOP) (void)set_state(KSSTATE_STOP);
  if (registered_) {
    KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY request{};
    request.Property = property_request(KSPROPSETID_RtAudio, KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT);
    request.NotificationEvent = event_->handle();
    (void)pin_.property(std::as_bytes(std::span(&request, 1)), {});
  }
  pin_.close();
  filter_.close();
}

Result<> Stream::set_state(KSSTATE state) {
  TRY(pin_.set(property_request(KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE, KSPROPERTY_TYPE_SET), state));
  state_ = state;
  if (state == KSSTATE_STOP) last_position_ = total_ = packets_read_ = 0;
  return {};
}

Result<uint64_t> Stream::position() const {
  TRY_ASSIGN(const KSAUDIO_POSITION position,
             pin_.get<KSAUDIO_POSITION>(property_request(KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION)));
  return position.PlayOffset;
}

// Whether there was one.
Result<bool> Stream::read_one() {
  KSRTAUDIO_GETREADPACKET_INFO info{};
  if (const Status read = read_packet(info); !read.is_ok()) {
    if (read.nt() == STATUS_DEVICE_NOT_READY) return false;
    return fail(read);
  }
  packets_read_ = info.PacketNumber + 1;
  return true;
}

Result<uint64_t> Stream::progress() {
  if (!facts_.packets_alone) return position();
  // "STATUS_DEVICE_NOT_READY: no data": before RUN there is nothing to ask for.
  if (state_ == KSSTATE_RUN) TRY(read_one());
  return packets_read_ * packet_bytes();
}

Result<uint64_t> Stream::advance() {
  if (facts_.packets_alone) {
    // A driver that never runs out of packets is not followed for ever.
    constexpr int kMostAtOnce = 4096;
    for (int i = 0; i < kMostAtOnce && state_ == KSSTATE_RUN; ++i) {
      TRY_ASSIGN(const bool there, read_one());
      if (!there) break;
    }
    return packets_read_ * packet_bytes();
  }
  TRY_ASSIGN(const uint64_t at, position());
  if (at > buffer_.size())
    return fail(StatusCode::kInvalidDeviceState,
                fmt::format("the driver reports position {} in a buffer of {} bytes", at, buffer_.size()));
  const uint64_t here = at % buffer_.size();
  total_ += (here + buffer_.size() - last_position_) % buffer_.size();
  last_position_ = here;
  return total_;
}

bool Stream::wait(Nanoseconds timeout) {
  if (event_) return event_->wait(timeout);
  sleep_for(timeout);
  return false;
}

Stream::Woken Stream::wait(Event& other, std::optional<Nanoseconds> timeout) {
  Event* const both[] = {event_.get(), &other};
  const auto set = Event::wait_any(event_ ? std::span(both) : std::span(both).last(1), timeout);
  if (!set) return Woken::kTimeout;
  return event_ && *set == 0 ? Woken::kNotified : Woken::kOther;
}

std::vector<AudioFormat> candidates(const Endpoint& endpoint, const AudioFormat& wanted) {
  std::vector<AudioFormat> list{wanted};
  const auto add = [&](AudioFormat f) {
    f.channel_mask.reset();
    f.valid_bits = 0;
    const bool admitted = std::ranges::any_of(endpoint.pin.ranges, [&](const FormatRange& r) { return r.admits(f); });
    if (admitted && std::ranges::find(list, f) == list.end()) list.push_back(f);
  };
  // Keep the rate first, then the sample's precision, then the channels: what costs least to convert.
  std::vector<uint32_t> rates{wanted.rate_hz, 48000, 44100, 96000};
  std::vector<uint16_t> channels{wanted.channels, 2, 1};
  for (const FormatRange& r : endpoint.pin.ranges) {
    if (!r.is_audio) continue;
    rates.push_back(std::clamp(wanted.rate_hz, r.min_rate, std::max(r.min_rate, r.max_rate)));
    if (r.max_channels && r.max_channels <= 32) channels.push_back(static_cast<uint16_t>(r.max_channels));
  }
  for (const uint32_t rate : rates) {
    for (const uint16_t count : channels) {
      for (const auto& [bits, kind] : {std::pair<uint16_t, SampleKind>{wanted.bits, wanted.kind},
                                       {32, SampleKind::kInteger},
                                       {24, SampleKind::kInteger},
                                       {16, SampleKind::kInteger},
                                       {32, SampleKind::kFloat},
                                       {8, SampleKind::kInteger}}) {
        AudioFormat f;
        f.rate_hz = rate;
        f.channels = count;
        f.bits = bits;
        f.kind = kind;
        add(f);
      }
    }
  }
  return list;
}

Result<std::unique_ptr<Stream>> open_agreed(const Endpoint& endpoint, const AudioFormat& wanted,
                                            const StreamOptions& options, bool only) {
  if (options.processing) TRY(check_processing(endpoint, *options.processing));
  std::vector<AudioFormat> list = candidates(endpoint, wanted);
  if (only) list.resize(1);
  // A format that does not fit says less than whatever else was wrong.
  Status first;
  AudioFormat refused = wanted;
  for (const AudioFormat& format : list) {
    auto stream = Stream::open(endpoint, format, options);
    if (stream) return stream;
    if (!first.is_ok() && (first.code() != StatusCode::kNoMatch || stream.error().code() == StatusCode::kNoMatch))
      continue;
    first = stream.error();
    refused = format;
  }
  std::string offered;
  for (const FormatRange& r : endpoint.pin.ranges) offered += "; " + r.to_string();
  return fail(
      Status(first.code(), fmt::format("{} does not open in {}: {}. It offers: {}", endpoint.name, refused.to_string(),
                                       first.sentence().empty() ? first.to_string() : first.sentence(),
                                       offered.empty() ? "nothing" : offered.substr(2))));
}

}  // namespace portside::client
