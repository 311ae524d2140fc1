#pragma once
// StreamPackets: the packet interfaces of a miniport's stream, of which it has the one of its direction or none
// (IMiniportWaveRTOutputStream of a render stream, IMiniportWaveRTInputStream of a capture stream).
//
// A packet is the buffer's size divided by its NotificationCount: without a buffer with notification there are none, and
// the miniport, which would divide by that count, is not asked.

#include <portcls.h>
#include <wdm.h>

#include "base/status.h"
#include "portcls/com_ptr.h"
#include "portcls/stream_observer.h"

namespace portside::portcls {

class PortCls;
class ReferenceCheck;

class StreamPackets {
 public:
  StreamPackets(PortCls& port_cls, StreamId stream) : port_cls_(port_cls), stream_(stream) {}
  void find_interfaces(IMiniportWaveRTStream& stream, bool capture, ReferenceCheck& references);
  void release_interfaces();

  bool writes() const { return static_cast<bool>(output_); }
  bool reads() const { return static_cast<bool>(input_); }

  // STATUS_NOT_SUPPORTED without the interface; else the miniport's status.
  Status count(ULONG& packets);
  Status presentation_position(KSAUDIO_PRESENTATION_POSITION& position);
  // STATUS_DEVICE_NOT_READY, too, without a buffer with notification. What the miniport left in `info` with a failure
  // does not reach the client.
  Status read(KSRTAUDIO_GETREADPACKET_INFO& info, bool has_packets);
  // "STATUS_INVALID_PARAMETER: ... any Flag values not specifically defined above" is the miniport's to say.
  Status write(const KSRTAUDIO_SETWRITEPACKET_INFO& info, bool has_packets);

 private:
  PacketCall begin(PacketMethod method) const;
  void tell(PacketCall call);

  PortCls& port_cls_;
  const StreamId stream_;
  ComPtr<IMiniportWaveRTOutputStream> output_;
  ComPtr<IMiniportWaveRTInputStream> input_;
};

}  // namespace portside::portcls
