// AdapterPower: how the device takes part in power management.
#pragma once

#include "hda_device.h"

class AdapterPower final : public ComObject<AdapterPower, IAdapterPowerManagement> {
 public:
  explicit AdapterPower(HdaDevice& device) { device_.share(&device); }

  STDMETHODIMP QueryInterface(REFIID iid, PVOID* result) override;

  // IAdapterPowerManagement
  STDMETHODIMP_(VOID) PowerChangeState(POWER_STATE new_state) override;
  STDMETHODIMP_(NTSTATUS) QueryPowerChangeState(POWER_STATE new_state) override;
  STDMETHODIMP_(NTSTATUS) QueryDeviceCapabilities(PDEVICE_CAPABILITIES capabilities) override;

 private:
  ComPointer<HdaDevice> device_;
  DEVICE_POWER_STATE state_ = PowerDeviceD0;
};
