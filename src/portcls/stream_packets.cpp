#include "portcls/stream_packets.h"

#include "kernel/kernel.h"
#include "kernel/machine_clock.h"
#include "portcls/method_place.h"
#include "portcls/output_check.h"
#include "portcls/portcls.h"
#include "portcls/reference_check.h"

namespace portside::portcls {
namespace {

Status no_output() {
  return Status(StatusCode::kNotSupported, "the stream does not offer IMiniportWaveRTOutputStream");
}
Status no_input() { return Status(StatusCode::kNotSupported, "the stream does not offer IMiniportWaveRTInputStream"); }
Status no_packets() {
  return Status(StatusCode::kDeviceNotReady, "the pin has no buffer with notification, and so no packets");
}

}  // namespace

void StreamPackets::find_interfaces(IMiniportWaveRTStream& stream, bool capture, ReferenceCheck& references) {
  if (capture) {
    input_ = references.query<IMiniportWaveRTInputStream>(&stream, IID_IMiniportWaveRTInputStream,
                                                          "IMiniportWaveRTInputStream");
  } else {
    output_ = references.query<IMiniportWaveRTOutputStream>(&stream, IID_IMiniportWaveRTOutputStream,
                                                            "IMiniportWaveRTOutputStream");
  }
}

void StreamPackets::release_interfaces() {
  input_.reset();
  output_.reset();
}

PacketCall StreamPackets::begin(PacketMethod method) const {
  const bool reads = method == PacketMethod::kGetReadPacket;
  const MethodSlot slot = reads                                     ? kSlotGetReadPacket
                          : method == PacketMethod::kSetWritePacket ? kSlotSetWritePacket
                                                                    : kSlotGetPacketCount;
  return {.stream = stream_,
          .method = method,
          .asked = current<kernel::Kernel>().clock().now(),
          .place = method_place(reads ? static_cast<const void*>(input_.get()) : output_.get(), slot)};
}

void StreamPackets::tell(PacketCall call) {
  if (port_cls_.stream_observers().empty()) return;
  const kernel::MachineClock& clock = current<kernel::Kernel>().clock();
  call.when = clock.now();
  call.counter_now = static_cast<uint64_t>(clock.performance_counter());
  port_cls_.stream_observers().notify(&StreamObserver::on_packet_call, call);
}

Status StreamPackets::count(ULONG& packets) {
  if (!output_) return no_output();
  PacketCall call = begin(PacketMethod::kGetPacketCount);
  OutputCheck::prepare(packets);
  call.status = Status::from_nt(output_->GetPacketCount(&packets));
  if (call.status.is_ok())
    OutputCheck(port_cls_, stream_, "IMiniportWaveRTOutputStream::GetPacketCount", call.place)
        .require(packets, "pPacketCount");
  else packets = 0;
  call.number = packets;
  tell(call);
  return call.status;
}

Status StreamPackets::presentation_position(KSAUDIO_PRESENTATION_POSITION& position) {
  if (!output_) return no_output();
  const kernel::MachineClock& clock = current<kernel::Kernel>().clock();
  PresentationRead read{.stream = stream_,
                        .asked = clock.now(),
                        .counter_asked = static_cast<uint64_t>(clock.performance_counter()),
                        .method = method_place(output_.get(), kSlotGetPresentationPosition)};
  OutputCheck::prepare(position);
  read.status = Status::from_nt(output_->GetOutputStreamPresentationPosition(&position));
  if (read.status.is_ok()) {
    const OutputCheck outputs(port_cls_, stream_, "IMiniportWaveRTOutputStream::GetOutputStreamPresentationPosition",
                              read.method);
    outputs.require(position.u64PositionInBlocks, "u64PositionInBlocks");
    outputs.require(position.u64QPCPosition, "u64QPCPosition");
  } else {
    position = {};
  }
  if (!port_cls_.stream_observers().empty()) {
    read.position = position;
    read.when = clock.now();
    read.counter_now = static_cast<uint64_t>(clock.performance_counter());
    port_cls_.stream_observers().notify(&StreamObserver::on_presentation_read, read);
  }
  return read.status;
}

Status StreamPackets::read(KSRTAUDIO_GETREADPACKET_INFO& info, bool has_packets) {
  if (!input_) return no_input();
  if (!has_packets) return no_packets();
  PacketCall call = begin(PacketMethod::kGetReadPacket);
  OutputCheck::prepare(info);
  call.status = Status::from_nt(
      input_->GetReadPacket(&info.PacketNumber, &info.Flags, &info.PerformanceCounterValue, &info.MoreData));
  if (call.status.is_ok()) {
    const OutputCheck outputs(port_cls_, stream_, "IMiniportWaveRTInputStream::GetReadPacket", call.place);
    outputs.require(info.PacketNumber, "PacketNumber");
    outputs.require(info.Flags, "Flags");
    outputs.require(info.PerformanceCounterValue, "PerformanceCounterValue");
    outputs.require(info.MoreData, "MoreData");
  } else {
    info = {};
  }
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
  PacketCall call = begin(PacketMethod::kSetWritePacket);
  call.number = info.PacketNumber;
  call.flags = info.Flags;
  call.end_bytes = info.EosPacketLength;
  call.status = Status::from_nt(output_->SetWritePacket(info.PacketNumber, info.Flags, info.EosPacketLength));
  tell(call);
  return call.status;
}

}  // namespace portside::portcls
