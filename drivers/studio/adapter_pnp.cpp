// AdapterPnp. See adapter_pnp.h.
#include "adapter_pnp.h"

#include "life_log.h"

LifeLog life_log;

#pragma code_seg("PAGE")

STDMETHODIMP AdapterPnp::QueryInterface(REFIID iid, PVOID* result) {
  PAGED_CODE();
  if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IAdapterPnpManagement))
    return hand_out(static_cast<IAdapterPnpManagement*>(this), result);
  *result = nullptr;
  return STATUS_INVALID_PARAMETER;
}

STDMETHODIMP_(PC_REBALANCE_TYPE) AdapterPnp::GetSupportedRebalanceType() {
  PAGED_CODE();
  return PcRebalanceRemoveSubdevices;
}

STDMETHODIMP_(VOID) AdapterPnp::PnpQueryStop() {
  PAGED_CODE();
  life_log.query_stop();
}

STDMETHODIMP_(VOID) AdapterPnp::PnpCancelStop() {
  PAGED_CODE();
  life_log.cancel_stop();
}

// "Before returning from this call the miniport must ensure that all the h/w resources have been released": the
// recorder's thread, which is a stream resource. Streams and filters go when their clients let go of them.
STDMETHODIMP_(VOID) AdapterPnp::PnpStop() {
  PAGED_CODE();
  life_log.stop();
  if (studio_) studio_->stop();
  studio_.reset();
}

#pragma code_seg()
