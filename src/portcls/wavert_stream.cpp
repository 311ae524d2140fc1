#include "portcls/wavert_stream.h"

#include <fmt/format.h>

#include "kernel/kernel.h"
#include "kernel/machine_clock.h"
#include "memory/memory.h"
#include "portcls/portcls.h"

namespace portside::portcls {

WaveRtStream::WaveRtStream(PortCls& port_cls, StreamId id, ks::DataFormat format)
    : port_cls_(port_cls), format_(std::move(format)), pages_(std::make_unique<StreamPages>(port_cls, id)),
      packets_(port_cls, id), events_(port_cls, id) {
  info_.id = id;
}

Nanoseconds WaveRtStream::now() const { return current<kernel::Kernel>().clock().now(); }

Result<std::unique_ptr<WaveRtStream>> WaveRtStream::open(PortCls& port_cls, const StreamSpec& spec, ks::DataFormat format) {
  std::unique_ptr<WaveRtStream> stream(new WaveRtStream(port_cls, port_cls.next_stream_id(), std::move(format)));
  StreamInfo& info = stream->info_;
  info.subdevice = spec.subdevice;
  info.pin = spec.pin;
  info.capture = spec.capture;
  const auto bytes = stream->format_.format_bytes();
  info.format.assign(reinterpret_cast<const uint8_t*>(bytes.data()), reinterpret_cast<const uint8_t*>(bytes.data()) + bytes.size());

  IMiniportWaveRTStream* created = nullptr;
  const NTSTATUS status =
      spec.miniport->NewStream(&created, stream->pages_.get(), spec.pin, spec.capture, stream->format_.pointer());
  if (status < 0 || !created) {
    stream->closed_ = true;
    // A NewStream that failed may still have left the pages' MDLs behind; the pages go with the leak told.
    if (auto leaked = stream->pages_->outstanding(); !leaked.empty())
      port_cls.stream_observers().notify(&StreamObserver::on_stream_closed,
                                         StreamClosed{info.id, info.subdevice, info.pin, std::move(leaked), false});
    if (status >= 0) return fail(StatusCode::kUnsuccessful, "NewStream succeeded and gave no stream");
    return fail(Status::from_nt(status, "IMiniportWaveRT::NewStream refused the stream"));
  }
  stream->stream_ = ComPtr<IMiniportWaveRTStream>::adopt(created);
  stream->notification_ = ComPtr<IMiniportWaveRTStreamNotification>::query(created, IID_IMiniportWaveRTStreamNotification);
  stream->packets_.find_interfaces(*created, spec.capture);
  port_cls.stream_observers().notify(&StreamObserver::on_stream_opened, info);
  return stream;
}

WaveRtStream::~WaveRtStream() {
  if (!closed_) (void)close();
}

Status WaveRtStream::set_format(ks::DataFormat format) {
  // IMiniportWaveRTStream::SetFormat is not called while the stream runs.
  if (state_ == KSSTATE_RUN) return Status(StatusCode::kInvalidDeviceState, "the format cannot change in RUN");
  const Status status = Status::from_nt(stream_->SetFormat(format.pointer()));
  if (status.is_ok()) format_ = std::move(format);
  return status;
}

Status WaveRtStream::step(KSSTATE to, bool implied) {
  StateChange change{.stream = info_.id, .from = state_, .to = to, .began = now(), .implied = implied};
  change.status = Status::from_nt(stream_->SetState(to));
  change.ended = now();
  if (change.status.is_ok()) state_ = to;
  port_cls_.stream_observers().notify(&StreamObserver::on_state_change, change);
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
  const auto record = current<memory::Memory>().find(info.mdl);
  if (!record || !record->live) return Status(StatusCode::kUnsuccessful, "the miniport's buffer is no live MDL");
  if (info.actual_bytes == 0) return Status(StatusCode::kUnsuccessful, "the miniport's buffer has zero bytes");
  if (info.offset_in_first_page >= kPageBytes)
    return Status(StatusCode::kUnsuccessful, fmt::format("the buffer's offset {} lies beyond the first page", info.offset_in_first_page));
  if (info.offset_in_first_page + info.actual_bytes > record->bytes)
    return Status(StatusCode::kUnsuccessful, fmt::format("the buffer's {} bytes at offset {} do not fit the MDL's {} bytes",
                                                         info.actual_bytes, info.offset_in_first_page, record->bytes));
  if (info.cache != MmNonCached && info.cache != MmCached && info.cache != MmWriteCombined)
    return Status(StatusCode::kUnsuccessful, fmt::format("{} is no cache type", static_cast<int>(info.cache)));
  return Status::ok();
}

Result<KSRTAUDIO_BUFFER> WaveRtStream::allocate_buffer(uint64_t bytes, std::optional<uint32_t> notification_count) {
  if (has_buffer()) return fail(StatusCode::kInvalidDeviceState, "the pin has a buffer");
  if (state_ > KSSTATE_ACQUIRE) return fail(StatusCode::kInvalidDeviceState, "a buffer is allocated in STOP or ACQUIRE");
  if (notification_count) {
    if (!notification_) return fail(StatusCode::kNotSupported, "the stream does not offer IMiniportWaveRTStreamNotification");
    // "Valid values are 1 or 2" (AllocateBufferWithNotification).
    if (*notification_count < 1 || *notification_count > 2)
      return fail(StatusCode::kInvalidParameter, fmt::format("NotificationCount {} is neither 1 nor 2", *notification_count));
  }

  PMDL mdl = nullptr;
  ULONG actual = 0, offset = 0;
  MEMORY_CACHING_TYPE cache = MmNonCached;
  const ULONG wanted = static_cast<ULONG>(bytes);
  BufferInfo info{.stream = info_.id, .with_notification = notification_count.has_value(),
                  .notification_count = notification_count.value_or(0), .requested_bytes = bytes};
  const NTSTATUS status =
      notification_count ? notification_->AllocateBufferWithNotification(*notification_count, wanted, &mdl, &actual, &offset, &cache)
                         : stream_->AllocateAudioBuffer(wanted, &mdl, &actual, &offset, &cache);
  info.mdl = mdl;
  info.actual_bytes = actual;
  info.offset_in_first_page = offset;
  info.cache = cache;
  info.status = Status::from_nt(status, status < 0 ? "the miniport gave no buffer" : "");
  if (status < 0) {
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
  buffer_.client = ClientAddress(client_.address() + offset);
  port_cls_.stream_observers().notify(&StreamObserver::on_buffer_allocated, buffer_);

  KSRTAUDIO_BUFFER answer{};
  answer.BufferAddress = buffer_.client.pointer();
  answer.ActualBufferSize = actual;
  // KSRTAUDIO_BUFFER: "TRUE if the cache type is MmWriteCombined; otherwise FALSE".
  answer.CallMemoryBarrier = cache == MmWriteCombined;
  return answer;
}

void WaveRtStream::free_buffer() {
  if (!has_buffer()) return;
  // The client's view goes first: it is not the view that 0x71004 speaks of, and its pages are about to go.
  client_ = {};
  const BufferInfo freed = std::exchange(buffer_, BufferInfo{});
  if (freed.with_notification) {
    notification_->FreeBufferWithNotification(freed.mdl, static_cast<ULONG>(freed.actual_bytes));
  } else {
    stream_->FreeAudioBuffer(freed.mdl, static_cast<ULONG>(freed.actual_bytes));
  }
  port_cls_.stream_observers().notify(&StreamObserver::on_buffer_freed, freed);
}

Status WaveRtStream::latency(KSRTAUDIO_HWLATENCY& latency) {
  latency = {};
  stream_->GetHWLatency(&latency);
  return Status::ok();
}

Result<KSRTAUDIO_HWREGISTER> WaveRtStream::map_register(Register which) {
  std::optional<RegisterView>& view = which == Register::kPosition ? position_register_ : clock_register_;
  // "The client can map the register only once in the lifetime of an opened pin" (KSPROPERTY_RTAUDIO_POSITIONREGISTER).
  // The page names no status for the second time: this one is a guess.
  if (view) return fail(StatusCode::kInvalidDeviceState, "the register is mapped already");
  KSRTAUDIO_HWREGISTER answer{};
  const NTSTATUS status = which == Register::kPosition ? stream_->GetPositionRegister(&answer) : stream_->GetClockRegister(&answer);
  if (status < 0) return fail(Status::from_nt(status, "the miniport has no such register"));
  TRY_ASSIGN(view, RegisterView::create(KernelAddress(answer.Register), answer.Width));
  answer.Register = view->client().pointer();
  return answer;
}

Status WaveRtStream::register_event(HANDLE handle) {
  if (!notification_) return Status(StatusCode::kNotSupported, "the stream does not offer IMiniportWaveRTStreamNotification");
  // "Events must be registered after successfully calling KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION."
  if (!buffer_.with_notification) return Status(StatusCode::kDeviceNotReady, "the pin has no buffer with notification");
  return events_.register_event(*notification_.get(), handle);
}

Status WaveRtStream::unregister_event(HANDLE handle) {
  if (!notification_) return Status(StatusCode::kNotSupported, "the stream does not offer IMiniportWaveRTStreamNotification");
  return events_.unregister_event(*notification_.get(), handle);
}

Status WaveRtStream::position(KSAUDIO_POSITION& position) {
  position = {};
  PositionRead read{.stream = info_.id, .status = Status::from_nt(stream_->GetPosition(&position))};
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
  packets_.release_interfaces();
  notification_.reset();
  StreamClosed closed{.stream = info_.id, .subdevice = info_.subdevice, .pin = info_.pin};
  closed.miniport_stream_alive = stream_.reset() != 0;
  pages_->set_stream_closed();
  // A miniport whose stream lives on may still free its pages.
  if (!closed.miniport_stream_alive) closed.leaked = pages_->outstanding();
  port_cls_.stream_observers().notify(&StreamObserver::on_stream_closed, closed);
  const bool keep = closed.miniport_stream_alive || pages_->extra_references() != 0;
  return keep ? std::move(pages_) : nullptr;
}

}  // namespace portside::portcls
