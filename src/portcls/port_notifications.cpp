#include "portcls/port_notifications.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "kernel/api_scope.h"
#include "kernel/kernel.h"
#include "kernel/services.h"
#include "ks/property_request.h"
#include "portcls/portcls.h"

namespace portside::portcls {

using kernel::ApiScope;
using kernel::kDispatchLevel;
using kernel::kPassiveLevel;

namespace {
constexpr const char* kAllocate = "IPortClsNotifications::AllocNotificationBuffer";
constexpr const char* kFree = "IPortClsNotifications::FreeNotificationBuffer";
constexpr const char* kSend = "IPortClsNotifications::SendNotification";
}  // namespace

void PortNotifications::end() {
  std::vector<Given> left;
  {
    MutexLock lock(mutex_);
    left = std::exchange(given_, {});
  }
  for (const Given& given : left) (void)current<kernel::Services>().pool().free(given.buffer, std::nullopt, kFree);
}

std::vector<PortNotifications::Given>::iterator PortNotifications::find(PPCNOTIFICATION_BUFFER buffer) {
  return std::ranges::find(given_, buffer, &Given::buffer);
}

NTSTATUS PortNotifications::AllocNotificationBuffer(POOL_TYPE pool, USHORT bytes, PPCNOTIFICATION_BUFFER* buffer) {
  ApiScope scope(kAllocate, kPassiveLevel, kDispatchLevel);
  if (!buffer || !bytes || (pool != NonPagedPool && pool != NonPagedPoolNx && pool != PagedPool))
    return STATUS_INVALID_PARAMETER;
  *buffer = nullptr;
  // "If running at DISPATCH_LEVEL the memory must be non-paged."
  if (pool == PagedPool && current<kernel::Kernel>().current_irql() >= DISPATCH_LEVEL) return STATUS_INVALID_PARAMETER;
  if (kernel::made_to_fail(kernel::FailureKind::kPool, kAllocate)) return STATUS_INSUFFICIENT_RESOURCES;
  auto block = current<kernel::Services>().pool().allocate(
      {.bytes = bytes,
       .tag = 'nNcP',
       .kind = pool == PagedPool ? kernel::PoolKind::kPaged : kernel::PoolKind::kNonPaged,
       .owner = kernel::PoolOwner::kRuntime,
       .api = kAllocate});
  if (!block) return block.error().nt();
  *buffer = static_cast<PPCNOTIFICATION_BUFFER>(*block);
  MutexLock lock(mutex_);
  given_.push_back({*buffer, bytes});
  return STATUS_SUCCESS;
}

VOID PortNotifications::FreeNotificationBuffer(PPCNOTIFICATION_BUFFER buffer) {
  ApiScope scope(kFree, kPassiveLevel, kDispatchLevel);
  {
    MutexLock lock(mutex_);
    const auto at = find(buffer);
    if (at != given_.end()) {
      given_.erase(at);
    } else {
      buffer = nullptr;
    }
  }
  if (buffer) (void)current<kernel::Services>().pool().free(buffer, std::nullopt, kFree);
  else
    port_.port_cls().report_misuse(Misuse::kForeignObject, kFree,
                                   "the buffer is none that AllocNotificationBuffer gave");
}

VOID PortNotifications::SendNotification(const GUID* id, PPCNOTIFICATION_BUFFER buffer) {
  ApiScope scope(kSend, kPassiveLevel, kDispatchLevel);
  AudioModuleNotification told{.subdevice = port_.display_name()};
  {
    MutexLock lock(mutex_);
    const auto at = find(buffer);
    if (at != given_.end()) {
      const auto* bytes = reinterpret_cast<const std::byte*>(buffer);
      told.payload.assign(bytes, bytes + at->bytes);
    }
  }
  const auto misuse = [&](std::string why) {
    port_.port_cls().report_misuse(Misuse::kForeignObject, kSend, std::move(why));
  };
  if (told.payload.empty()) return misuse("the buffer is none that AllocNotificationBuffer gave");
  // "NotificationId: KSNOTIFICATIONID_AudioModule"; "the expected format of the payload is a KSAUDIOMODULE_NOTIFICATION".
  if (!id || !ks::same_guid(*id, KSNOTIFICATIONID_AudioModule))
    return misuse("the identifier is not KSNOTIFICATIONID_AudioModule");
  if (told.payload.size() < sizeof(KSAUDIOMODULE_NOTIFICATION))
    return misuse(fmt::format("a KSAUDIOMODULE_NOTIFICATION has {} bytes, the buffer {}",
                              sizeof(KSAUDIOMODULE_NOTIFICATION), told.payload.size()));
  port_.port_cls().observers().notify(&PortClsObserver::on_audio_module_notification, told);
}

}  // namespace portside::portcls
