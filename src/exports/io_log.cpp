// What drivers report of themselves: the error log (wdm: IoAllocateErrorLogEntry) and WMI events (IoWMIWriteEvent), both collected
// in the machine's log.

#include <fmt/format.h>

#include <cstring>

#include "exports/io_object.h"
#include "io/text.h"
#include "kernel/unicode.h"

using namespace portside;
using namespace portside::exports;

namespace {

constexpr uint32_t kEntryTag = 'rrEI';

// In front of each packet that is given out.
struct EntryHeader {
  uint64_t bytes;  // of the packet
  PVOID object;    // the driver or device that reports
};

EntryHeader* header_of(PVOID entry) { return static_cast<EntryHeader*>(entry) - 1; }

// The name of the driver behind a driver or device object, or "".
std::string reporter(PVOID object) {
  io::Io& io = io_layer();
  DRIVER_OBJECT* driver =
      io.drivers().find(static_cast<DRIVER_OBJECT*>(object)) ? static_cast<DRIVER_OBJECT*>(object) : nullptr;
  if (!driver)
    if (const auto info = services().objects().find(object); info && info->type == &kernel::object_types::kDevice)
      driver = static_cast<DEVICE_OBJECT*>(object)->DriverObject;
  return driver ? kernel::to_utf8(copy_of(&driver->DriverName)) : std::string();
}

}  // namespace

extern "C" {

PVOID NTAPI IoAllocateErrorLogEntry(PVOID IoObject, UCHAR EntrySize) {
  constexpr const char* kApi = "IoAllocateErrorLogEntry";
  ApiScope scope(kApi, kPassiveLevel, kDispatchLevel);
  // EntrySize, Remarks: at least the packet, at most ERROR_LOG_MAXIMUM_SIZE.
  if (!IoObject || EntrySize < sizeof(IO_ERROR_LOG_PACKET) || EntrySize > ERROR_LOG_MAXIMUM_SIZE) return nullptr;
  auto block = services().pool().allocate(
      {.bytes = sizeof(EntryHeader) + EntrySize, .tag = kEntryTag, .owner = kernel::PoolOwner::kDriver, .api = kApi});
  if (!block) return nullptr;
  auto* header = static_cast<EntryHeader*>(*block);
  *header = {EntrySize, IoObject};
  std::memset(header + 1, 0, EntrySize);
  return header + 1;
}
VOID NTAPI IoFreeErrorLogEntry(PVOID ElEntry) {
  ApiScope scope("IoFreeErrorLogEntry", kPassiveLevel, kDispatchLevel);
  if (ElEntry) (void)services().pool().free(header_of(ElEntry), kEntryTag, "IoFreeErrorLogEntry");
}
VOID NTAPI IoWriteErrorLogEntry(PVOID ElEntry) {
  ApiScope scope("IoWriteErrorLogEntry", kPassiveLevel, kDispatchLevel);
  if (!ElEntry) return;
  const EntryHeader* header = header_of(ElEntry);
  const auto* packet = static_cast<const IO_ERROR_LOG_PACKET*>(ElEntry);
  const auto* bytes = static_cast<const uint8_t*>(ElEntry);
  // Insertion strings, as far as they lie inside the packet.
  std::string text =
      fmt::format("error 0x{:08X}, unique value {}, final status 0x{:08X}", static_cast<uint32_t>(packet->ErrorCode),
                  packet->UniqueErrorValue, static_cast<uint32_t>(packet->FinalStatus));
  uint64_t at = packet->StringOffset;
  for (USHORT i = 0; i < packet->NumberOfStrings && at >= offsetof(IO_ERROR_LOG_PACKET, DumpData); ++i) {
    std::u16string string;
    for (; at + sizeof(WCHAR) <= header->bytes; at += sizeof(WCHAR)) {
      char16_t unit = 0;
      std::memcpy(&unit, bytes + at, sizeof unit);
      if (!unit) break;
      string += unit;
    }
    at += sizeof(WCHAR);
    text += " \"" + kernel::to_utf8(string) + "\"";
  }
  kernel::EtwRecord event{.source = kernel::EtwSource::kErrorLog, .provider = reporter(header->object), .text = text};
  event.data.assign(bytes, bytes + header->bytes);
  event.sizes.push_back(static_cast<uint32_t>(header->bytes));
  services().log().trace(std::move(event));
  (void)services().pool().free(header_of(ElEntry), kEntryTag, "IoWriteErrorLogEntry");
}

// WnodeEventItem is a WNODE_EVENT_ITEM in pool, which the system frees when it took it (IoWMIWriteEvent, Remarks).
NTSTATUS NTAPI IoWMIWriteEvent(PVOID WnodeEventItem) {
  ApiScope scope("IoWMIWriteEvent", kPassiveLevel, kDispatchLevel);
  if (!WnodeEventItem) return STATUS_INVALID_PARAMETER;
  if (made_to_fail(FailureKind::kObject, "IoWMIWriteEvent")) return STATUS_INSUFFICIENT_RESOURCES;
  constexpr uint32_t kSmallest = 48, kLongest = 64 * 1024;  // WNODE_HEADER; "the registered maximum event size"
  const auto* bytes = static_cast<const uint8_t*>(WnodeEventItem);
  uint32_t size = 0;
  std::memcpy(&size, bytes, sizeof size);
  if (size < kSmallest || size > kLongest) return STATUS_INVALID_PARAMETER;
  GUID guid{};
  std::memcpy(&guid, bytes + 24, sizeof guid);  // WNODE_HEADER.Guid
  kernel::EtwRecord event{.source = kernel::EtwSource::kWmi, .provider = kernel::to_utf8(io::text_of(guid))};
  event.data.assign(bytes, bytes + size);
  event.sizes.push_back(size);
  services().log().trace(std::move(event));
  return services().pool().free(WnodeEventItem, std::nullopt, "IoWMIWriteEvent") ? STATUS_SUCCESS
                                                                                 : STATUS_INVALID_PARAMETER;
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kIoLogRows[] = {
    EXPORT(NtosKrnl, IoAllocateErrorLogEntry),
    EXPORT(NtosKrnl, IoFreeErrorLogEntry),
    EXPORT_PARTIAL(NtosKrnl, IoWriteErrorLogEntry,
                   "collected in the machine's log; messages of the driver's image are not looked up"),
    EXPORT_PARTIAL(NtosKrnl, IoWMIWriteEvent, "collected in the machine's log; nobody is told"),
};
}  // namespace
const ExportSet kIoLogExports{kIoLogRows};
}  // namespace portside::exports
