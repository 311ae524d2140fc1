#pragma once
// ServiceGroup: IServiceGroup. Service sinks that are called together, from a DPC, now or after a delay.

#include <portcls.h>
#include <wdm.h>

#include <vector>

#include "base/mutex.h"
#include "portcls/com_ptr.h"

namespace portside::portcls {

class ServiceGroup final : public ComObject<IServiceGroup, IID_IServiceSink, IID_IServiceGroup> {
 public:
  static ServiceGroup* create() { return new ServiceGroup; }

  STDMETHODIMP_(void) RequestService() override;
  STDMETHODIMP_(NTSTATUS) AddMember(PSERVICESINK sink) override;
  STDMETHODIMP_(void) RemoveMember(PSERVICESINK sink) override;
  STDMETHODIMP_(void) SupportDelayedService() override;
  STDMETHODIMP_(void) RequestDelayedService(ULONGLONG delay) override;
  STDMETHODIMP_(void) CancelDelayedService() override;

 private:
  ServiceGroup();
  ~ServiceGroup() override;
  static void NTAPI on_dpc(PKDPC dpc, PVOID context, PVOID, PVOID);
  void serve();

  KDPC dpc_{};
  KTIMER timer_{};
  bool delayed_ = false;
  Mutex mutex_;
  std::vector<ComPtr<IServiceSink>> members_ GUARDED_BY(mutex_);
};

}  // namespace portside::portcls
