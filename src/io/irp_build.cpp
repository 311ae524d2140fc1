#include "io/irp_build.h"

#include <fmt/format.h>

#include "io/io.h"
#include "kernel/kernel.h"

namespace portside::io {

namespace {

Result<IRP*> allocate_for(Io& io, DEVICE_OBJECT* device, IrpOrigin origin, std::string_view function) {
  if (!io.devices().is_live(device)) {
    io.misuse(IoMisuse::kUnknownDevice, function, device, "not a device object");
    return fail(StatusCode::kInvalidParameter, "not a device object");
  }
  TRY_ASSIGN(IRP * irp, io.irps().allocate(device->StackSize, origin));
  irp->Tail.Overlay.Thread = reinterpret_cast<PETHREAD>(current<kernel::Kernel>().current_thread());
  irp->RequestorMode = KernelMode;
  return irp;
}

std::span<std::byte> span_of(void* buffer, uint32_t bytes) {
  return {static_cast<std::byte*>(buffer), buffer ? bytes : 0};
}

Result<IRP*> prepare(Io& io, IRP* irp, Transfer transfer, std::span<std::byte> in, std::span<std::byte> out,
                     bool control) {
  if (auto prepared = io.flow().prepare_buffers(irp, transfer, in, out, control); !prepared) {
    io.flow().release_buffers(irp, false);
    (void)io.irps().free(irp);
    return fail(prepared.error());
  }
  return irp;
}

}  // namespace

Result<IRP*> build_device_control(Io& io, const ControlIrp& request) {
  TRY_ASSIGN(IRP * irp, allocate_for(io, request.device, IrpOrigin::kThreaded, "IoBuildDeviceIoControlRequest"));
  irp->UserEvent = request.event;
  irp->UserIosb = request.status;
  irp->UserBuffer = request.out;
  IO_STACK_LOCATION* next = IoGetNextIrpStackLocation(irp);
  next->MajorFunction = request.internal ? IRP_MJ_INTERNAL_DEVICE_CONTROL : IRP_MJ_DEVICE_CONTROL;
  auto& p = next->Parameters.DeviceIoControl;
  p.IoControlCode = request.code;
  p.InputBufferLength = request.in_bytes;
  p.OutputBufferLength = request.out_bytes;
  Transfer transfer = Transfer::kNeither;
  switch (request.code & 3) {
    case METHOD_BUFFERED: transfer = Transfer::kBuffered; break;
    case METHOD_IN_DIRECT: transfer = Transfer::kDirectRead; break;
    case METHOD_OUT_DIRECT: transfer = Transfer::kDirectWrite; break;
    default: p.Type3InputBuffer = request.in;
  }
  return prepare(io, irp, transfer, span_of(request.in, request.in_bytes), span_of(request.out, request.out_bytes),
                 true);
}

Result<IRP*> build_fsd_request(Io& io, const FsdIrp& request) {
  const char* function = request.synchronous ? "IoBuildSynchronousFsdRequest" : "IoBuildAsynchronousFsdRequest";
  if (request.major > IRP_MJ_MAXIMUM_FUNCTION) {
    io.misuse(IoMisuse::kBadArgument, function, request.device, fmt::format("major function 0x{:x}", request.major));
    return fail(StatusCode::kInvalidParameter, "no such major function");
  }
  TRY_ASSIGN(IRP * irp, allocate_for(io, request.device,
                                     request.synchronous ? IrpOrigin::kThreaded : IrpOrigin::kAllocated, function));
  if (request.synchronous) irp->UserEvent = request.event;
  irp->UserIosb = request.status;
  IO_STACK_LOCATION* next = IoGetNextIrpStackLocation(irp);
  next->MajorFunction = static_cast<UCHAR>(request.major);
  const bool read = request.major == IRP_MJ_READ;
  if (!read && request.major != IRP_MJ_WRITE) {
    if (request.major == IRP_MJ_PNP || request.major == IRP_MJ_POWER) irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    return irp;
  }
  LARGE_INTEGER offset{};
  if (request.offset) offset = *request.offset;
  if (read) {
    next->Parameters.Read.Length = request.bytes;
    next->Parameters.Read.ByteOffset = offset;
  } else {
    next->Parameters.Write.Length = request.bytes;
    next->Parameters.Write.ByteOffset = offset;
  }
  irp->UserBuffer = request.buffer;
  const ULONG flags = request.device->Flags;
  Transfer transfer = flags & DO_BUFFERED_IO ? Transfer::kBuffered
                      : flags & DO_DIRECT_IO ? (read ? Transfer::kDirectWrite : Transfer::kDirectRead)
                                             : Transfer::kNeither;
  auto buffer = span_of(request.buffer, request.bytes);
  return prepare(io, irp, transfer, read ? std::span<std::byte>{} : buffer, read ? buffer : std::span<std::byte>{},
                 false);
}

}  // namespace portside::io
