// Recorder. See recorder.h.
#include "recorder.h"

#include "com_object.h"

#pragma code_seg("PAGE")

namespace {

#pragma pack(push, 1)
struct WavHeader {
  ULONG riff = 'FFIR', riff_bytes;
  ULONG wave = 'EVAW', fmt = ' tmf', fmt_bytes = 16;
  USHORT tag = WAVE_FORMAT_PCM, channels = 2;
  ULONG rate, bytes_per_second;
  USHORT block = 4, bits = 16;
  ULONG data = 'atad', data_bytes;
};
#pragma pack(pop)
static_assert(sizeof(WavHeader) == 44);

}  // namespace

NTSTATUS Recorder::start(IPortClsStreamResourceManager* manager, PDEVICE_OBJECT physical_device) {
  PAGED_CODE();
  UNICODE_STRING name;
  RtlInitUnicodeString(&name, L"\\DosDevices\\C:\\studio.wav");
  OBJECT_ATTRIBUTES attributes;
  InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, nullptr, nullptr);
  IO_STATUS_BLOCK io;
  NTSTATUS status = ZwCreateFile(&file_, GENERIC_WRITE | SYNCHRONIZE, &attributes, &io, nullptr, FILE_ATTRIBUTE_NORMAL,
                                 FILE_SHARE_READ, FILE_OVERWRITE_IF, FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
  if (!NT_SUCCESS(status)) {
    file_ = nullptr;
    return status;
  }
  write_header(0);
  ring_ = static_cast<Pair*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, kRingFrames * sizeof(Pair), kPoolTag));
  if (!ring_) return STATUS_INSUFFICIENT_RESOURCES;
  KeInitializeEvent(&wake_, SynchronizationEvent, FALSE);
  HANDLE handle;
  status = PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr, &Recorder::run_thread, this);
  if (!NT_SUCCESS(status)) return status;
  // The handle is for now; the object is what can be waited for.
  status = ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
                                     reinterpret_cast<PVOID*>(&thread_), nullptr);
  if (!NT_SUCCESS(status)) {
    // stop() knows of no thread: it ends here.
    end_thread();
    ZwWaitForSingleObject(handle, FALSE, nullptr);
  }
  ZwClose(handle);
  if (!NT_SUCCESS(status)) return status;

  if (!manager) return STATUS_SUCCESS;
  PCSTREAMRESOURCE_DESCRIPTOR descriptor;
  PCSTREAMRESOURCE_DESCRIPTOR_INIT(&descriptor);
  descriptor.Pdo = physical_device;
  descriptor.Type = ePcStreamResourceThread;
  descriptor.Resource.Thread = thread_;
  // AddStreamResource, ResourceSet: "Reserved for future use, set to NULL."
  status = manager->AddStreamResource(nullptr, &descriptor, &resource_);
  if (NT_SUCCESS(status)) {
    manager->AddRef();
    manager_ = manager;
  }
  return status;
}

void Recorder::stop(ULONG rate) {
  PAGED_CODE();
  if (manager_) {
    manager_->RemoveStreamResource(resource_);
    manager_->Release();
    manager_ = nullptr;
  }
  if (thread_) {
    end_thread();
    KeWaitForSingleObject(thread_, Executive, KernelMode, FALSE, nullptr);
    ObDereferenceObject(thread_);
    thread_ = nullptr;
  }
  if (ring_) ExFreePoolWithTag(ring_, kPoolTag);
  ring_ = nullptr;
  if (file_) {
    write_header(rate);  // now that its numbers are known
    ZwClose(file_);
    file_ = nullptr;
  }
}

void Recorder::end_thread() {
  PAGED_CODE();
  InterlockedExchange(&ending_, TRUE);
  KeSetEvent(&wake_, IO_NO_INCREMENT, FALSE);
}

void Recorder::run_thread(PVOID context) {
  PAGED_CODE();
  auto* recorder = static_cast<Recorder*>(context);
  while (!recorder->ending_) {
    KeWaitForSingleObject(&recorder->wake_, Executive, KernelMode, FALSE, nullptr);
    recorder->empty_ring();
  }
  PsTerminateSystemThread(STATUS_SUCCESS);
}

void Recorder::empty_ring() {
  PAGED_CODE();
  while (taken_ != put_) {
    const ULONG from = static_cast<ULONG>(taken_ % kRingFrames);
    LONG64 frames = put_ - taken_;
    if (frames > kRingFrames - from) frames = kRingFrames - from;
    const ULONG bytes = static_cast<ULONG>(frames) * sizeof(Pair);
    LARGE_INTEGER at;
    at.QuadPart = sizeof(WavHeader) + file_bytes_;
    IO_STATUS_BLOCK io;
    if (NT_SUCCESS(ZwWriteFile(file_, nullptr, nullptr, nullptr, &io, ring_ + from, bytes, &at, nullptr)))
      file_bytes_ += bytes;
    InterlockedExchangeAdd64(&taken_, frames);
  }
}

void Recorder::write_header(ULONG rate) {
  PAGED_CODE();
  WavHeader header = {};
  header.data_bytes = static_cast<ULONG>(file_bytes_);
  header.riff_bytes = header.data_bytes + sizeof(header) - 8;
  header.rate = rate;
  header.bytes_per_second = rate * header.block;
  LARGE_INTEGER at = {};
  IO_STATUS_BLOCK io;
  ZwWriteFile(file_, nullptr, nullptr, nullptr, &io, &header, sizeof(header), &at, nullptr);
}

#pragma code_seg()

void Recorder::put(const Frame& frame) {
  if (put_ - taken_ >= kRingFrames) return;
  static const SampleFormat format = {0, 2, 2, FALSE};
  store_frame(reinterpret_cast<UCHAR*>(&ring_[put_ % kRingFrames]), frame, format);
  // A quarter of the ring is worth a wake-up.
  if (InterlockedIncrement64(&put_) % (kRingFrames / 4) == 0) KeSetEvent(&wake_, IO_NO_INCREMENT, FALSE);
}
