// AdapterPnp: how the device takes part in a rebalance: Windows moves resources between devices, for which this one is
// stopped with its streams open, and started again ("Implement PnP Rebalance for PortCls Audio Drivers", audio).
//
// The page's conditions for it: Topology and WaveRT ports alone; and each stream has the packet interfaces, or else no
// registers, which is why an offload stream has none (StreamBody::get_position_register).
#pragma once

#include "studio.h"

class AdapterPnp final : public ComObject<AdapterPnp, IAdapterPnpManagement> {
 public:
  explicit AdapterPnp(Studio& studio) { studio_.share(&studio); }
  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override;

  // IAdapterPnpManagement
  IMP_IAdapterPnpManagement;

 private:
  ComPointer<Studio> studio_;
};
