#include "portcls/stream_packets.h"

#include "kernel/kernel.h"
#include "kernel/machine_clock.h"
#include "portcls/portcls.h"

namespace portside::portcls {
namespace {

Status no_output() { return Status(StatusCode::kNotSupported, "the stream does not offer IMiniportWaveRTOutputStream"); }
Status no_input() { return Status(StatusCode::kNotSupported, "the stream does not offer IMiniportWaveRTInputStream"); }
Status no_packets() { return Status(StatusCode::kDeviceNotReady, "the pin has no buffer with notification, and so no packets"); }

}  // namespace

void StreamPackets::find_interfaces(IMiniportWaveRTStream& stream, bool capture) {
  if (capture) {
    input_ = ComPtr<IMiniportWaveRTInputStream>::query(&stream, IID_IMiniportWaveRTInputStream);
  } else {
    output_ = ComPtr<IMiniportWaveRTOutputStream>::query(&stream, IID_IMiniportWaveRTOutputStream);
  }
}

void StreamPackets::release_interfaces() {
  input_.reset();
  output_.reset();
}

void StreamPackets::tell(const PacketCall& call) {
  if (port_cls_.stream_observers().empty()) return;
  PacketCall told = call;
  told.stream = stream_;
  told.when = current<kernel::Kernel>().clock().now();
  port_cls_.stream_observers().notify(&StreamObserver::on_packet_call, told);
}

Status StreamPackets::count(ULONG& packets) {
  if (!output_) return no_output();
  packets = 0;
  PacketCall call{.method = PacketMethod::kGetPacketCount};
  call.status = Status::from_nt(output_->GetPacketCount(&packets));
  call.number = packets;
  tell(call);
  return call.status;
}

Status StreamPackets::presentation_position(KSAUDIO_PRESENTATION_POSITION& position) {
  if (!output_) return no_output();
  position = {};
  return Status::from_nt(output_->GetOutputStreamPresentationPosition(&position));
}

Status StreamPackets::read(KSRTAUDIO_GETREADPACKET_INFO& info, bool has_packets) {
  if (!input_) return no_input();
  if (!has_packets) return no_packets();
  info = {};
  PacketCall call{.method = PacketMethod::kGetReadPacket};
  call.status = Status::from_nt(input_->GetReadPacket(&info.PacketNumber, &info.Flags, &info.PerformanceCounterValue, &info.MoreData));
  call.number = info.PacketNumber;
  call.flags = info.Flags;
  call.performance_counter = info.PerformanceCounterValue;
  call.more = info.MoreData != FALSE;
  tell(call);
  return call.status;
}

Status StreamPackets::write(const KSRTAUDIO_SETWRITEPACKET_INFO& info, bool has_packets) {
  if (!output_) return no_output();
  if (!has_packets) return no_packets();
  PacketCall call{.method = PacketMethod::kSetWritePacket, .number = info.PacketNumber, .flags = info.Flags,
                  .end_bytes = info.EosPacketLength};
  call.status = Status::from_nt(output_->SetWritePacket(info.PacketNumber, info.Flags, info.EosPacketLength));
  tell(call);
  return call.status;
}

}  // namespace portside::portcls
