// AdapterPnp: how the device takes part in a rebalance: it is stopped with streams open, gets other resources, and
// starts anew. Its owners are stopped, and told by Windows to open their streams again.
#pragma once

#include "com_object.h"

class AdapterPnp final : public ComObject<AdapterPnp, IAdapterPnpManagement> {
 public:
  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override;

  // IAdapterPnpManagement
  STDMETHODIMP_(PC_REBALANCE_TYPE) GetSupportedRebalanceType() override;
  STDMETHODIMP_(VOID) PnpQueryStop() override;
  STDMETHODIMP_(VOID) PnpCancelStop() override;
  STDMETHODIMP_(VOID) PnpStop() override;
};
