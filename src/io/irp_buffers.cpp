#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "io/io.h"
#include "kernel/services.h"
#include "memory/memory.h"

namespace portside::io {

namespace {
constexpr uint32_t kSystemBufferTag = ' oI ';
}

// "Buffer Descriptions for I/O Control Codes", "Methods for Accessing Data Buffers".
Result<> IrpFlow::prepare_buffers(IRP* irp, Transfer transfer, std::span<const std::byte> in, std::span<std::byte> out,
                                  bool control) {
  IrpRecord* record = io_.irps().find(irp);
  record->output_bytes = static_cast<uint32_t>(out.size());
  if (transfer == Transfer::kNeither) return {};
  const bool buffered = transfer == Transfer::kBuffered;
  const size_t bytes = buffered ? std::max(in.size(), out.size()) : control ? in.size() : 0;
  if (bytes) {
    kernel::PoolRequest request;
    request.bytes = bytes;
    request.tag = kSystemBufferTag;
    request.owner = kernel::PoolOwner::kRuntime;
    request.api = "NtDeviceIoControlFile";
    TRY_ASSIGN(void* block, current<kernel::Services>().pool().allocate(request));
    irp->AssociatedIrp.SystemBuffer = block;
    irp->Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER;
    if (!in.empty()) std::memcpy(block, in.data(), in.size());
    if (buffered && !out.empty()) irp->Flags |= IRP_INPUT_OPERATION;
  }
  if (buffered) return {};
  std::span<const std::byte> described =
      control || transfer == Transfer::kDirectWrite ? std::span<const std::byte>(out) : in;
  if (described.empty()) return {};
  auto& memory = current<memory::Memory>();
  TRY_ASSIGN(PMDL mdl, memory.allocate_mdl(KernelAddress(described.data()), described.size()));
  mdl->Next = irp->MdlAddress;
  irp->MdlAddress = mdl;
  return memory.lock_pages(
      mdl, transfer == Transfer::kDirectWrite ? memory::ViewAccess::kReadWrite : memory::ViewAccess::kReadOnly);
}

void IrpFlow::release_buffers(IRP* irp, bool copy_out) {
  IrpRecord* record = io_.irps().find(irp);
  void* buffer = irp->AssociatedIrp.SystemBuffer;
  if (copy_out && (irp->Flags & IRP_INPUT_OPERATION) && irp->UserBuffer && buffer && !NT_ERROR(irp->IoStatus.Status)) {
    uint64_t bytes = irp->IoStatus.Information;
    if (bytes > record->output_bytes) {
      io_.misuse(
          IoMisuse::kBadArgument, "IofCompleteRequest", irp,
          fmt::format("IoStatus.Information is {}, but the output buffer holds {} bytes", bytes, record->output_bytes));
      bytes = record->output_bytes;
    }
    std::memcpy(irp->UserBuffer, buffer, bytes);
  }
  if ((irp->Flags & IRP_DEALLOCATE_BUFFER) && buffer)
    (void)current<kernel::Services>().pool().free(buffer, kSystemBufferTag, "IofCompleteRequest");
  irp->AssociatedIrp.SystemBuffer = nullptr;
  auto& memory = current<memory::Memory>();
  for (MDL* mdl = std::exchange(irp->MdlAddress, nullptr); mdl;) {
    MDL* next = mdl->Next;
    if (mdl->MdlFlags & MDL_PAGES_LOCKED) (void)memory.unlock_pages(mdl);
    (void)memory.free_mdl(mdl);
    mdl = next;
  }
}

}  // namespace portside::io
