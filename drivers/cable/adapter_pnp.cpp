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
  // The subdevices go, and start_device makes new ones. The streams can be stopped at any moment, because no client
  // reads a position register of ours that would go on ticking.
  return PcRebalanceRemoveSubdevices;
}

STDMETHODIMP_(VOID) AdapterPnp::PnpQueryStop() { PAGED_CODE(); }

STDMETHODIMP_(VOID) AdapterPnp::PnpCancelStop() { PAGED_CODE(); }

STDMETHODIMP_(VOID) AdapterPnp::PnpStop() {
  // The streams are in STOP. With hardware, let go of its registers and interrupts here, and wait for whoever still
  // uses them; the lock of the device is not held. Do not wait for streams to be closed: their clients may take their
  // time.
  PAGED_CODE();
}

#pragma code_seg()
