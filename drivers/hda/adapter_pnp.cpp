// AdapterPnp. See adapter_pnp.h.
#include "adapter_pnp.h"

#pragma code_seg("PAGE")

STDMETHODIMP AdapterPnp::QueryInterface(REFIID iid, PVOID* result) {
  PAGED_CODE();
  if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IAdapterPnpManagement)) {
    return hand_out(static_cast<IAdapterPnpManagement*>(this), result);
  }
  *result = nullptr;
  return STATUS_INVALID_PARAMETER;
}

STDMETHODIMP_(PC_REBALANCE_TYPE) AdapterPnp::GetSupportedRebalanceType() {
  PAGED_CODE();
  // The streams have the packet interfaces, and the position register lies in memory that stays (Controller::let_go).
  return PcRebalanceRemoveSubdevices;
}

STDMETHODIMP_(VOID) AdapterPnp::PnpQueryStop() { PAGED_CODE(); }

STDMETHODIMP_(VOID) AdapterPnp::PnpCancelStop() { PAGED_CODE(); }

STDMETHODIMP_(VOID) AdapterPnp::PnpStop() {
  // The streams are in STOP. Their pins may stay open for as long as their clients like.
  PAGED_CODE();
  device_->let_go();
}

#pragma code_seg()
