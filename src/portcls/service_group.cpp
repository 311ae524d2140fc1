#include "portcls/service_group.h"

#include <algorithm>

#include "kernel/api_scope.h"
#include "kernel/kernel.h"
#include "kernel/services.h"

namespace portside::portcls {
namespace {
using kernel::ApiScope;
using kernel::kDispatchLevel;
using kernel::kPassiveLevel;
}  // namespace

ServiceGroup::ServiceGroup() { KeInitializeDpc(&dpc_, on_dpc, this); }

ServiceGroup::~ServiceGroup() {
  if (delayed_) KeCancelTimer(&timer_);
  KeRemoveQueueDpc(&dpc_);
}

void ServiceGroup::on_dpc(PKDPC, PVOID context, PVOID, PVOID) { static_cast<ServiceGroup*>(context)->serve(); }

void ServiceGroup::serve() {
  // A member may add or remove members: the list is copied, with references, before anyone is called.
  std::vector<ComPtr<IServiceSink>> members;
  {
    MutexLock lock(mutex_);
    members = members_;
  }
  for (auto& member : members) member->RequestService();
}

// Callable from an interrupt: the members are called from the DPC.
void ServiceGroup::RequestService() {
  ApiScope scope("IServiceGroup::RequestService");
  KeInsertQueueDpc(&dpc_, nullptr, nullptr);
}

NTSTATUS ServiceGroup::AddMember(PSERVICESINK sink) {
  ApiScope scope("IServiceGroup::AddMember", kPassiveLevel, kDispatchLevel);
  if (kernel::made_to_fail(kernel::FailureKind::kObject, "IServiceGroup::AddMember"))
    return STATUS_INSUFFICIENT_RESOURCES;
  if (!sink) return STATUS_INVALID_PARAMETER;
  current<kernel::Kernel>().gives(&dpc_);
  MutexLock lock(mutex_);
  members_.push_back(ComPtr<IServiceSink>::share(sink));
  return STATUS_SUCCESS;
}

void ServiceGroup::RemoveMember(PSERVICESINK sink) {
  ApiScope scope("IServiceGroup::RemoveMember", kPassiveLevel, kDispatchLevel);
  ComPtr<IServiceSink> gone;
  current<kernel::Kernel>().takes(kernel::end_of(&dpc_));
  MutexLock lock(mutex_);
  const auto at = std::ranges::find(members_, sink, &ComPtr<IServiceSink>::get);
  if (at == members_.end()) return;
  gone = std::move(*at);
  members_.erase(at);
}

void ServiceGroup::SupportDelayedService() {
  ApiScope scope("IServiceGroup::SupportDelayedService", kPassiveLevel, kDispatchLevel);
  if (!std::exchange(delayed_, true)) KeInitializeTimerEx(&timer_, NotificationTimer);
}

void ServiceGroup::RequestDelayedService(ULONGLONG delay) {
  ApiScope scope("IServiceGroup::RequestDelayedService", kPassiveLevel, kDispatchLevel);
  if (!delayed_) return;
  LARGE_INTEGER due;
  due.QuadPart = static_cast<LONGLONG>(delay);
  KeSetTimer(&timer_, due, &dpc_);
}

void ServiceGroup::CancelDelayedService() {
  ApiScope scope("IServiceGroup::CancelDelayedService", kPassiveLevel, kDispatchLevel);
  if (delayed_) KeCancelTimer(&timer_);
}

}  // namespace portside::portcls
