// AdapterPnp: how the device takes part in a rebalance: stopped with streams open, it gets other registers and another
// interrupt, and starts anew.
#pragma once

#include "hda_device.h"

class AdapterPnp final : public ComObject<AdapterPnp, IAdapterPnpManagement> {
 public:
  explicit AdapterPnp(HdaDevice& device) { device_.share(&device); }

  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override;

  // IAdapterPnpManagement
  STDMETHODIMP_(PC_REBALANCE_TYPE) GetSupportedRebalanceType() override;
  STDMETHODIMP_(VOID) PnpQueryStop() override;
  STDMETHODIMP_(VOID) PnpCancelStop() override;
  STDMETHODIMP_(VOID) PnpStop() override;

 private:
  ComPointer<HdaDevice> device_;
};
