// AdapterPower: how the device takes part in power management: of the kind that hears the system's state and how long
// the way back from D3 may take (IAdapterPowerManagement3).
#pragma once

#include "com_object.h"

class AdapterPower final : public ComObject<AdapterPower, IAdapterPowerManagement3> {
 public:
  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override;

  // IAdapterPowerManagement3
  IMP_IAdapterPowerManagement3;
};
