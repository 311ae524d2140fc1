#pragma once
// WaveRtStream: one stream between a pin and the miniport's stream object: its states, its cyclic buffer with the client's
// mapping of it, and its end in the order that the contract names. The miniport gives, this class doubts.
//
// All members are called under the adapter's control lock, except the position and packet queries.

#include <portcls.h>
#include <wdm.h>

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "ks/data_format.h"
#include "memory/client_mapping.h"
#include "portcls/buffer_canary.h"
#include "portcls/com_ptr.h"
#include "portcls/method_place.h"
#include "portcls/notification_events.h"
#include "portcls/reference_check.h"
#include "portcls/register_view.h"
#include "portcls/stream_observer.h"
#include "portcls/stream_packets.h"
#include "portcls/stream_pages.h"

namespace portside::portcls {

class PortCls;

struct StreamSpec {
  IMiniportWaveRT* miniport = nullptr;
  std::string subdevice;
  uint32_t pin = 0;
  bool capture = false;
  bool keyword = false;  // a keyword detector's pin
};

class WaveRtStream {
 public:
  // IMiniportWaveRT::NewStream. The miniport's failure is the result's.
  static Result<std::unique_ptr<WaveRtStream>> open(PortCls& port_cls, const StreamSpec& spec, ks::DataFormat format);
  // Calls close() when nobody has.
  ~WaveRtStream();
  WaveRtStream(const WaveRtStream&) = delete;
  WaveRtStream& operator=(const WaveRtStream&) = delete;

  StreamId id() const { return info_.id; }
  const StreamInfo& info() const { return info_; }
  IUnknown* miniport_stream() const { return stream_.get(); }
  const ks::DataFormat& format() const { return format_; }
  Status set_format(ks::DataFormat format);

  // "State transitions only one step at a time: the port's duty (a client that jumps gets the steps in between)."
  Status set_state(KSSTATE target);
  KSSTATE state() const { return state_; }
  // Power: a running stream is paused before the device sleeps, and unpaused when it has woken.
  void suspend();
  void resume();

  // KSPROPERTY_RTAUDIO_BUFFER; with a count, _BUFFER_WITH_NOTIFICATION.
  Result<KSRTAUDIO_BUFFER> allocate_buffer(uint64_t bytes, std::optional<uint32_t> notification_count);
  bool has_buffer() const { return buffer_.mdl != nullptr; }
  uint64_t buffer_bytes() const { return buffer_.actual_bytes; }
  Status latency(KSRTAUDIO_HWLATENCY& latency);
  enum class Register { kPosition, kClock };
  // Once a pin and register; the answer's address is the client's own read-only view. STATUS_NOT_SUPPORTED from most
  // miniports, and for a register whose page cannot be mapped.
  Result<KSRTAUDIO_HWREGISTER> map_register(Register which);

  // A running stream may be stopped by a rebalance when it has the packet interfaces, or when its client has no register
  // that would go on ticking (Implement PnP Rebalance, Rebalance Requirements).
  bool survives_rebalance() const {
    return (info_.capture ? packets_.reads() : packets_.writes()) || (!position_register_ && !clock_register_);
  }

  bool supports_notification() const { return static_cast<bool>(notification_); }
  Status register_event(HANDLE handle);
  Status unregister_event(HANDLE handle);

  Status position(KSAUDIO_POSITION& position);
  bool writes_packets() const { return packets_.writes(); }
  bool reads_packets() const { return packets_.reads(); }
  Status packet_count(ULONG& count) { return packets_.count(count); }
  Status presentation_position(KSAUDIO_PRESENTATION_POSITION& position) {
    return packets_.presentation_position(position);
  }
  Status read_packet(KSRTAUDIO_GETREADPACKET_INFO& info) { return packets_.read(info, buffer_.with_notification); }
  Status write_packet(const KSRTAUDIO_SETWRITEPACKET_INFO& info) {
    return packets_.write(info, buffer_.with_notification);
  }

  // STOP, events unregistered, client unmapped, buffer freed, the miniport's stream released, leaks told. The page
  // interface is handed back while the miniport's stream object outlives the pin, so that it stays valid; else null.
  std::unique_ptr<StreamPages> close();

 private:
  WaveRtStream(PortCls& port_cls, const StreamSpec& spec, ks::DataFormat format);
  Status step(KSSTATE to, bool implied);
  BufferInfo ask_for_buffer(uint64_t bytes, std::optional<uint32_t> notification_count);
  Status check_buffer(const BufferInfo& info) const;
  void free_buffer();
  void look_at_canary();
  Nanoseconds now() const;
  StackTrace place(uint32_t slot) const { return method_place(stream_.get(), slot); }

  PortCls& port_cls_;
  StreamInfo info_;
  ks::DataFormat format_;
  std::unique_ptr<StreamPages> pages_;
  ComPtr<IMiniportWaveRTStream> stream_;
  ComPtr<IMiniportWaveRTStreamNotification> notification_;
  StreamPackets packets_;
  NotificationEvents events_;
  ReferenceCheck references_;
  KSSTATE state_ = KSSTATE_STOP;
  std::optional<KSSTATE> suspended_from_;
  BufferInfo buffer_;
  memory::ClientMapping client_;
  std::optional<BufferCanary> canary_;
  std::optional<RegisterView> position_register_, clock_register_;
  bool closed_ = false;
};

}  // namespace portside::portcls
