#pragma once
// For tests: power and PnP management objects of an adapter driver, which write down what they are asked.

#include <portcls.h>
#include <wdm.h>

#include <string>
#include <vector>

#include "portcls/com_ptr.h"

namespace portside::portcls::testing {

// Offers as many versions of IAdapterPowerManagement as it is told to.
class FakePower3 final : public IAdapterPowerManagement3 {
 public:
  enum class Version { kOne = 1, kTwo, kThree };
  static inline Version version = Version::kOne;
  static inline NTSTATUS query_answer = STATUS_SUCCESS;
  static inline DEVICE_POWER_STATE deepest = PowerDeviceUnspecified;  // what it writes into the capabilities' S3
  static inline std::vector<std::string> calls;
  static inline int live = 0;
  static void reset() {
    version = Version::kOne;
    query_answer = STATUS_SUCCESS;
    deepest = PowerDeviceUnspecified;
    calls.clear();
    live = 0;
  }

  FakePower3() { ++live; }
  virtual ~FakePower3() { --live; }
  STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID iid, PVOID* object) override {
    const bool offered = IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, IID_IAdapterPowerManagement) ||
                         (version >= Version::kTwo && IsEqualGUID(iid, IID_IAdapterPowerManagement2)) ||
                         (version >= Version::kThree && IsEqualGUID(iid, IID_IAdapterPowerManagement3));
    *object = offered ? this : nullptr;
    if (!offered) return STATUS_INVALID_PARAMETER;
    AddRef();
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(ULONG) AddRef() override { return ++references_; }
  STDMETHODIMP_(ULONG) Release() override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }
  STDMETHODIMP_(VOID) PowerChangeState(POWER_STATE state) override { calls.push_back(name(state.DeviceState)); }
  STDMETHODIMP_(NTSTATUS) QueryPowerChangeState(POWER_STATE state) override {
    calls.push_back("query " + name(state.DeviceState));
    return query_answer;
  }
  STDMETHODIMP_(NTSTATUS) QueryDeviceCapabilities(PDEVICE_CAPABILITIES capabilities) override {
    if (deepest != PowerDeviceUnspecified) capabilities->DeviceState[PowerSystemSleeping3] = deepest;
    return STATUS_SUCCESS;
  }
  STDMETHODIMP_(VOID) PowerChangeState2(DEVICE_POWER_STATE device, SYSTEM_POWER_STATE system) override {
    calls.push_back("2: " + name(device) + " S" + std::to_string(system));
  }
  STDMETHODIMP_(VOID)
  PowerChangeState3(DEVICE_POWER_STATE device, SYSTEM_POWER_STATE system, PC_EXIT_LATENCY latency) override {
    calls.push_back("3: " + name(device) + " S" + std::to_string(system) + " " + name(latency));
  }
  STDMETHODIMP_(NTSTATUS) D3ExitLatencyChanged(PC_EXIT_LATENCY latency) override {
    calls.push_back("latency " + name(latency));
    return STATUS_SUCCESS;
  }

 private:
  static std::string name(DEVICE_POWER_STATE state) { return "D" + std::to_string(state - PowerDeviceD0); }
  static std::string name(PC_EXIT_LATENCY latency) {
    return latency == PcExitLatencyInstant ? "instant" : latency == PcExitLatencyFast ? "fast" : "responsive";
  }
  ULONG references_ = 1;
};

class FakePnp final : public ComObject<IAdapterPnpManagement, IID_IAdapterPnpManagement> {
 public:
  static inline PC_REBALANCE_TYPE type = PcRebalanceRemoveSubdevices;
  static inline std::vector<std::string> calls;
  static inline int live = 0;
  static void reset() {
    type = PcRebalanceRemoveSubdevices;
    calls.clear();
    live = 0;
  }
  FakePnp() { ++live; }
  ~FakePnp() override { --live; }
  STDMETHODIMP_(PC_REBALANCE_TYPE) GetSupportedRebalanceType() override {
    calls.push_back("type");
    return type;
  }
  STDMETHODIMP_(VOID) PnpQueryStop() override { calls.push_back("query"); }
  STDMETHODIMP_(VOID) PnpCancelStop() override { calls.push_back("cancel"); }
  STDMETHODIMP_(VOID) PnpStop() override { calls.push_back("stop"); }
};

}  // namespace portside::portcls::testing
