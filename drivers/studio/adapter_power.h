// AdapterPower: how the device takes part in power management: of the kind that hears the system's state as well
// (IAdapterPowerManagement2).
#pragma once

#include "studio.h"

class AdapterPower final : public ComObject<AdapterPower, IAdapterPowerManagement2> {
 public:
  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override;

  // IAdapterPowerManagement2
  IMP_IAdapterPowerManagement2;
};
