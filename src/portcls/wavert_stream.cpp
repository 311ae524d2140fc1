#include "portcls/wavert_stream.h"

#include <fmt/format.h>

#include "kernel/cpu_stopwatch.h"
#include "kernel/kernel.h"
#include "kernel/machine_clock.h"
#include "memory/memory.h"
#include "portcls/guarded_buffer.h"
#include "portcls/interface_check.h"
#include "portcls/output_check.h"
#include "portcls/portcls.h"

namespace portside::portcls {

namespace {

StreamInfo info_of(StreamId id, const StreamSpec& spec, const ks::DataFormat& format) {
  StreamInfo info{.id = id,
                  .subdevice = spec.subdevice,
                  .pin = spec.pin,
                  .capture = spec.capture,
                  .keyword = spec.keyword,
                  .format = {}};
  const auto bytes = format.format_bytes();
  info.format.assign(reinterpret_cast<const uint8_t*>(bytes.data()),
                     reinterpret_cast<const uint8_t*>(bytes.data()) + bytes.size());
  return info;
}

bool is_cut_short(const ks::DataFormat& format) {
  return IsEqualGUID(format.header().Specifier, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX) &&
         format.header().FormatSize < sizeof(KSDATAFORMAT) + sizeof(WAVEFORMATEX);
}

}  // namespace

WaveRtStream::WaveRtStream(PortCls& port_cls, const StreamSpec& spec, ks::DataFormat format)
    : port_cls_(port_cls), info_(info_of(port_cls.next_stream_id(), spec, format)), format_(std::move(format)),
      pages_(std::make_unique<StreamPages>(port_cls, info_.id)), packets_(port_cls, info_.id),
      events_(port_cls, info_.id),
      references_(port_cls, fmt::format("the stream on pin {} of {}", spec.pin, spec.subdevice)) {}

Nanoseconds WaveRtStream::now() const { return current<kernel::Kernel>().clock().now(); }

Result<std::unique_ptr<WaveRtStream>> WaveRtStream::open(PortCls& port_cls, const StreamSpec& spec,
                                                         ks::DataFormat format) {
  // KSDATAFORMAT_SPECIFIER_WAVEFORMATEX stands for a KSDATAFORMAT_WAVEFORMATEX: what is shorter is none, and goes to no miniport.
  if (is_cut_short(format)) return fail(StatusCode::kInvalidParameter, "the format has no whole WAVEFORMATEX");
  TRY_ASSIGN(const GuardedBuffer given, GuardedBuffer::create(format.bytes(), "NewStream's DataFormat"));
  std::unique_ptr<WaveRtStream> stream(new WaveRtStream(port_cls, spec, std::move(format)));
  const StreamInfo& info = stream->info_;

  IMiniportWaveRTStream* created = nullptr;
  const NTSTATUS status = spec.miniport->NewStream(&created, stream->pages_.get(), spec.pin, spec.capture,
                                                   static_cast<PKSDATAFORMAT>(given.pointer()));
  const StackTrace new_stream = method_place(spec.miniport, kSlotNewStream);
  port_cls.stream_observers().notify(&StreamObserver::on_new_stream,
                                     NewStreamCall{info, Status::from_nt(status), created != nullptr, new_stream});
  if (status < 0 || !created) {
    stream->closed_ = true;
    // A NewStream that failed may still have left the pages' MDLs behind; the pages go with the leak told.
    if (auto leaked = stream->pages_->outstanding(); !leaked.empty())
      port_cls.stream_observers().notify(&StreamObserver::on_stream_closed,
                                         StreamClosed{info.id, info.subdevice, info.pin, std::move(leaked), false, {}});
    if (status >= 0) return fail(StatusCode::kUnsuccessful, "NewStream succeeded and gave no stream");
    return fail(Status::from_nt(status, "IMiniportWaveRT::NewStream refused the stream"));
  }
  ReferenceCheck& references = stream->references_;
  stream->stream_ = ComPtr<IMiniportWaveRTStream>::adopt(created);
  references.adopt(*created, "IMiniportWaveRT::NewStream", new_stream);
  stream->notification_ = references.query<IMiniportWaveRTStreamNotification>(
      created, IID_IMiniportWaveRTStreamNotification, "IMiniportWaveRTStreamNotification");
  stream->packets_.find_interfaces(*created, spec.capture, references);
  if (stream->notification_)
    check_interfaces(references, *created,
                     {{IID_IMiniportWaveRTStream, "IMiniportWaveRTStream"},
                      {IID_IMiniportWaveRTStreamNotification, "IMiniportWaveRTStreamNotification"}});
  else check_interfaces(references, *created, {{IID_IMiniportWaveRTStream, "IMiniportWaveRTStream"}});
  port_cls.stream_observers().notify(&StreamObserver::on_stream_opened, info);
  return stream;
}

WaveRtStream::~WaveRtStream() {
  if (!closed_) (void)close();
}

Status WaveRtStream::set_format(ks::DataFormat format) {
  // IMiniportWaveRTStream::SetFormat is not called while the stream runs.
  if (state_ == KSSTATE_RUN) return Status(StatusCode::kInvalidDeviceState, "the format cannot change in RUN");
  if (is_cut_short(format)) return Status(StatusCode::kInvalidParameter, "the format has no whole WAVEFORMATEX");
  auto given = GuardedBuffer::create(format.bytes(), "SetFormat's DataFormat");
  if (!given) return given.error();
  const Status status = Status::from_nt(stream_->SetFormat(static_cast<PKSDATAFORMAT>(given->pointer())));
  if (status.is_ok()) format_ = std::move(format);
  return status;
}

Status WaveRtStream::step(KSSTATE to, bool implied) {
  StateChange change{
      .stream = info_.id, .from = state_, .to = to, .began = now(), .implied = implied, .method = place(kSlotSetState)};
  port_cls_.stream_observers().notify(&StreamObserver::on_state_changing, change);
  {
    const kernel::CpuStopwatch stopwatch(current<kernel::Kernel>());
    change.status = Status::from_nt(stream_->SetState(to));
    change.processor_time = stopwatch.elapsed();
  }
  change.ended = now();
  if (change.status.is_ok()) state_ = to;
  port_cls_.stream_observers().notify(&StreamObserver::on_state_change, change);
  references_.check(*stream_.get(), "IMiniportWaveRTStream::SetState", change.method);
  look_at_canary();
  return change.status;
}

Status WaveRtStream::set_state(KSSTATE target) {
  if (target < KSSTATE_STOP || target > KSSTATE_RUN)
    return Status(StatusCode::kInvalidParameter, fmt::format("{} is no KSSTATE", static_cast<int>(target)));
  while (state_ != target) {
    const KSSTATE next = static_cast<KSSTATE>(static_cast<int>(state_) + (target > state_ ? 1 : -1));
    if (Status status = step(next, next != target); !status.is_ok()) return status;
  }
  return Status::ok();
}

void WaveRtStream::suspend() {
  // "PortCls will pause any active audio streams prior to calling this method to place the device in a sleep state"
  // (IAdapterPowerManagement::PowerChangeState, Remarks).
  if (state_ != KSSTATE_RUN || suspended_from_) return;
  suspended_from_ = state_;
  (void)set_state(KSSTATE_PAUSE);
}

void WaveRtStream::resume() {
  if (!suspended_from_) return;
  const KSSTATE target = *suspended_from_;
  suspended_from_.reset();
  (void)set_state(target);
}

Status WaveRtStream::check_buffer(const BufferInfo& info) const {
  const std::optional<memory::MdlRecord>& record = info.record;
  if (!record || !record->live) return Status(StatusCode::kUnsuccessful, "the miniport's buffer is no live MDL");
  if (info.actual_bytes == 0) return Status(StatusCode::kUnsuccessful, "the miniport's buffer has zero bytes");
  if (info.offset_in_first_page >= kPageBytes)
    return Status(StatusCode::kUnsuccessful,
                  fmt::format("the buffer's offset {} lies beyond the first page", info.offset_in_first_page));
  if (info.offset_in_first_page + info.actual_bytes > record->bytes)
    return Status(StatusCode::kUnsuccessful,
                  fmt::format("the buffer's {} bytes at offset {} do not fit the MDL's {} bytes", info.actual_bytes,
                              info.offset_in_first_page, record->bytes));
  if (info.cache != MmNonCached && info.cache != MmCached && info.cache != MmWriteCombined)
    return Status(StatusCode::kUnsuccessful, fmt::format("{} is no cache type", static_cast<int>(info.cache)));
  return Status::ok();
}

BufferInfo WaveRtStream::ask_for_buffer(uint64_t bytes, std::optional<uint32_t> notification_count) {
  BufferInfo info{.stream = info_.id,
                  .with_notification = notification_count.has_value(),
                  .notification_count = notification_count.value_or(0),
                  .requested_bytes = bytes};
  info.method = notification_count ? method_place(notification_.get(), kSlotAllocateBufferWithNotification)
                                   : place(kSlotAllocateAudioBuffer);
  const char* const method_name = notification_count
                                      ? "IMiniportWaveRTStreamNotification::AllocateBufferWithNotification"
                                      : "IMiniportWaveRTStream::AllocateAudioBuffer";
  PMDL mdl;
  ULONG actual, offset;
  MEMORY_CACHING_TYPE cache;
  OutputCheck::prepare(mdl);
  OutputCheck::prepare(actual);
  OutputCheck::prepare(offset);
  OutputCheck::prepare(cache);
  const ULONG wanted = static_cast<ULONG>(bytes);
  info.returned = notification_count ? notification_->AllocateBufferWithNotification(*notification_count, wanted, &mdl,
                                                                                     &actual, &offset, &cache)
                                     : stream_->AllocateAudioBuffer(wanted, &mdl, &actual, &offset, &cache);
  info.status = Status::from_nt(info.returned, info.returned < 0 ? "the miniport gave no buffer" : "");
  if (info.returned < 0) return info;
  const OutputCheck outputs(port_cls_, info_.id, method_name, info.method);
  outputs.require(mdl, "AudioBufferMdl");
  outputs.require(actual, "ActualSize");
  outputs.require(offset, "OffsetFromFirstPage");
  outputs.require(cache, "CacheType");
  info.mdl = mdl;
  info.actual_bytes = actual;
  info.offset_in_first_page = offset;
  info.cache = cache;
  info.record = current<memory::Memory>().find(mdl);
  return info;
}

Result<KSRTAUDIO_BUFFER> WaveRtStream::allocate_buffer(uint64_t bytes, std::optional<uint32_t> notification_count) {
  if (has_buffer()) return fail(StatusCode::kInvalidDeviceState, "the pin has a buffer");
  if (state_ > KSSTATE_ACQUIRE)
    return fail(StatusCode::kInvalidDeviceState, "a buffer is allocated in STOP or ACQUIRE");
  if (notification_count) {
    if (!notification_)
      return fail(StatusCode::kNotSupported, "the stream does not offer IMiniportWaveRTStreamNotification");
    // "Valid values are 1 or 2" (AllocateBufferWithNotification).
    if (*notification_count < 1 || *notification_count > 2)
      return fail(StatusCode::kInvalidParameter,
                  fmt::format("NotificationCount {} is neither 1 nor 2", *notification_count));
  }

  BufferInfo info = ask_for_buffer(bytes, notification_count);
  const PMDL mdl = info.mdl;
  if (info.returned < 0) {
    port_cls_.stream_observers().notify(&StreamObserver::on_buffer_allocated, info);
    return fail(info.status);
  }

  info.status = check_buffer(info);
  if (info.status.is_ok()) {
    auto mapping = current<memory::Memory>().map_to_client(mdl);
    if (mapping) {
      client_ = std::move(*mapping);
    } else {
      info.status = mapping.error();
    }
  }
  buffer_ = info;
  if (!info.status.is_ok()) {
    port_cls_.stream_observers().notify(&StreamObserver::on_buffer_allocated, info);
    const Status why = info.status;
    free_buffer();  // the miniport takes back what the port cannot use
    return fail(why);
  }
  buffer_.client = ClientAddress(client_.address() + info.offset_in_first_page);
  port_cls_.stream_observers().notify(&StreamObserver::on_buffer_allocated, buffer_);
  if (port_cls_.options().verify && info.record->origin == memory::MdlOrigin::kPortStream)
    canary_ = BufferCanary::place(client_.span().data(), info.record->bytes, info.offset_in_first_page,
                                  info.actual_bytes, info.record->requested_bytes);

  KSRTAUDIO_BUFFER answer{};
  answer.BufferAddress = buffer_.client.pointer();
  answer.ActualBufferSize = static_cast<ULONG>(info.actual_bytes);
  // KSRTAUDIO_BUFFER: "TRUE if the cache type is MmWriteCombined; otherwise FALSE".
  answer.CallMemoryBarrier = info.cache == MmWriteCombined;
  return answer;
}

void WaveRtStream::free_buffer() {
  if (!has_buffer()) return;
  look_at_canary();
  canary_.reset();
  // The client's view goes first: it is not the view that 0x71004 speaks of, and its pages are about to go.
  client_ = {};
  const BufferInfo freed = std::exchange(buffer_, BufferInfo{});
  port_cls_.stream_observers().notify(&StreamObserver::on_buffer_freeing, freed);
  if (freed.with_notification) {
    notification_->FreeBufferWithNotification(freed.mdl, static_cast<ULONG>(freed.actual_bytes));
  } else {
    stream_->FreeAudioBuffer(freed.mdl, static_cast<ULONG>(freed.actual_bytes));
  }
  port_cls_.stream_observers().notify(&StreamObserver::on_buffer_freed, freed);
}

void WaveRtStream::look_at_canary() {
  // What a client in another process writes behind its buffer is no mistake of the driver's.
  if (canary_ && current<memory::Memory>().given_to_client(buffer_.client)) canary_.reset();
  if (!canary_) return;
  for (const BufferCanary::Change& change : canary_->look())
    port_cls_.stream_observers().notify(&StreamObserver::on_buffer_overrun,
                                        BufferOverrun{buffer_, change.before, change.first, change.changed});
}

Status WaveRtStream::latency(KSRTAUDIO_HWLATENCY& latency) {
  OutputCheck::prepare(latency);
  stream_->GetHWLatency(&latency);
  const StackTrace method = place(kSlotGetHWLatency);
  const OutputCheck outputs(port_cls_, info_.id, "IMiniportWaveRTStream::GetHWLatency", method);
  outputs.require(latency.FifoSize, "FifoSize");
  outputs.require(latency.ChipsetDelay, "ChipsetDelay");
  outputs.require(latency.CodecDelay, "CodecDelay");
  return Status::ok();
}

Result<KSRTAUDIO_HWREGISTER> WaveRtStream::map_register(Register which) {
  std::optional<RegisterView>& view = which == Register::kPosition ? position_register_ : clock_register_;
  // "The client can map the register only once in the lifetime of an opened pin" (KSPROPERTY_RTAUDIO_POSITIONREGISTER).
  // The page names no status for the second time: this one is a guess.
  if (view) return fail(StatusCode::kInvalidDeviceState, "the register is mapped already");
  const bool clock = which == Register::kClock;
  RegisterCall call{
      .stream = info_.id, .clock = clock, .method = place(clock ? kSlotGetClockRegister : kSlotGetPositionRegister)};
  KSRTAUDIO_HWREGISTER& answer = call.given;
  OutputCheck::prepare(answer);
  const NTSTATUS status = clock ? stream_->GetClockRegister(&answer) : stream_->GetPositionRegister(&answer);
  call.status = Status::from_nt(status);
  if (status >= 0) {
    const OutputCheck outputs(
        port_cls_, info_.id,
        clock ? "IMiniportWaveRTStream::GetClockRegister" : "IMiniportWaveRTStream::GetPositionRegister", call.method);
    outputs.require(answer.Register, "Register");
    outputs.require(answer.Width, "Width");
    outputs.require(answer.Accuracy, "Accuracy");
    // "The other members are specific to clock registers" (KSRTAUDIO_HWREGISTER).
    if (clock) outputs.require(answer.Numerator, "Numerator");
    if (clock) outputs.require(answer.Denominator, "Denominator");
    (void)OutputCheck::clear(answer.Numerator);
    (void)OutputCheck::clear(answer.Denominator);
  } else {
    answer = {};
  }
  port_cls_.stream_observers().notify(&StreamObserver::on_register_call, call);
  if (status < 0) return fail(Status::from_nt(status, "the miniport has no such register"));
  TRY_ASSIGN(view, RegisterView::create(KernelAddress(answer.Register), answer.Width));
  answer.Register = view->client().pointer();
  return answer;
}

Status WaveRtStream::register_event(HANDLE handle) {
  if (!notification_)
    return Status(StatusCode::kNotSupported, "the stream does not offer IMiniportWaveRTStreamNotification");
  // "Events must be registered after successfully calling KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION."
  if (!buffer_.with_notification) return Status(StatusCode::kDeviceNotReady, "the pin has no buffer with notification");
  return events_.register_event(*notification_.get(), handle);
}

Status WaveRtStream::unregister_event(HANDLE handle) {
  if (!notification_)
    return Status(StatusCode::kNotSupported, "the stream does not offer IMiniportWaveRTStreamNotification");
  return events_.unregister_event(*notification_.get(), handle);
}

Status WaveRtStream::position(KSAUDIO_POSITION& position) {
  PositionRead read{.stream = info_.id, .asked = now(), .method = place(kSlotGetPosition)};
  OutputCheck::prepare(position);
  read.status = Status::from_nt(stream_->GetPosition(&position));
  if (read.status.is_ok()) {
    const OutputCheck outputs(port_cls_, info_.id, "IMiniportWaveRTStream::GetPosition", read.method);
    outputs.require(position.PlayOffset, "PlayOffset");
    outputs.require(position.WriteOffset, "WriteOffset");
  } else {
    position = {};
  }
  if (!port_cls_.stream_observers().empty()) {
    read.position = position;
    read.when = now();
    port_cls_.stream_observers().notify(&StreamObserver::on_position_read, read);
  }
  return read.status;
}

std::unique_ptr<StreamPages> WaveRtStream::close() {
  if (std::exchange(closed_, true)) return nullptr;
  (void)set_state(KSSTATE_STOP);
  if (notification_) events_.take_back(*notification_.get());
  // "The mapping of the position register is destroyed when the pin closes."
  position_register_.reset();
  clock_register_.reset();
  free_buffer();
  references_.check(*stream_.get(), "IMiniportWaveRTStream", place(kSlotRelease));
  packets_.release_interfaces();
  notification_.reset();
  StreamClosed closed{
      .stream = info_.id, .subdevice = info_.subdevice, .pin = info_.pin, .method = place(kSlotRelease)};
  closed.miniport_stream_alive = stream_.reset() != 0;
  pages_->set_stream_closed();
  // A miniport whose stream lives on may still free its pages.
  if (!closed.miniport_stream_alive) closed.leaked = pages_->outstanding();
  port_cls_.stream_observers().notify(&StreamObserver::on_stream_closed, closed);
  const bool keep = closed.miniport_stream_alive || pages_->extra_references() != 0;
  return keep ? std::move(pages_) : nullptr;
}

}  // namespace portside::portcls
