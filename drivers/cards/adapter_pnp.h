// AdapterPnp: how a card takes part in a rebalance: stopped with streams open, it gets other registers and another
// interrupt, and starts anew. `Device` has let_go(), called at PASSIVE_LEVEL.
#pragma once

#include "com_object.h"

template <class Device>
class AdapterPnp final : public ComObject<AdapterPnp<Device>, IAdapterPnpManagement> {
 public:
  explicit AdapterPnp(Device& device) { device_.share(&device); }

  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override {
    if (IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IAdapterPnpManagement))
      return this->hand_out(static_cast<IAdapterPnpManagement*>(this), result);
    *result = nullptr;
    return STATUS_INVALID_PARAMETER;
  }

  // The streams have the packet interfaces, and a position register of theirs lies in memory that stays.
  STDMETHODIMP_(PC_REBALANCE_TYPE) GetSupportedRebalanceType() override { return PcRebalanceRemoveSubdevices; }
  STDMETHODIMP_(VOID) PnpQueryStop() override {}
  STDMETHODIMP_(VOID) PnpCancelStop() override {}
  // The streams are in STOP. Their pins may stay open for as long as their clients like.
  STDMETHODIMP_(VOID) PnpStop() override { device_->let_go(); }

 private:
  ComPointer<Device> device_;
};
