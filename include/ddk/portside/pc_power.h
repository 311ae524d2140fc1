// Power and plug and play of adapters (DDI reference: portcls).
#pragma once
#include <portside/pc_services.h>

typedef enum _PC_EXIT_LATENCY {
  PcExitLatencyInstant = 0,
  PcExitLatencyFast,
  PcExitLatencyResponsive
} PC_EXIT_LATENCY,
    *PPC_EXIT_LATENCY;
typedef enum { PcRebalanceNotSupported = 0, PcRebalanceRemoveSubdevices } PC_REBALANCE_TYPE;
typedef NTSTATUS(NTAPI* PCPFNRUNTIME_POWER_CONTROL_CALLBACK)(LPCGUID PowerControlCode, PVOID InBuffer,
                                                             SIZE_T InBufferSize, PVOID OutBuffer, SIZE_T OutBufferSize,
                                                             PSIZE_T BytesReturned, PVOID Context);

DEFINE_GUID(IID_IAdapterPowerManagement, 0x793417D0, 0x35FE, 0x11D1, 0xAD, 0x08, 0x00, 0xA0, 0xC9, 0x0A, 0xB1, 0xB0);
#define DEFINE_ABSTRACT_ADAPTERPOWERMANAGEMENT() \
  STDMETHOD_(VOID, PowerChangeState)(THIS_ POWER_STATE NewState) PURE; \
  STDMETHOD_(NTSTATUS, QueryPowerChangeState)(THIS_ POWER_STATE NewStateQuery) PURE; \
  STDMETHOD_(NTSTATUS, QueryDeviceCapabilities)(THIS_ PDEVICE_CAPABILITIES PowerDeviceCaps) PURE;
#undef INTERFACE
#define INTERFACE IAdapterPowerManagement
DECLARE_INTERFACE_(IAdapterPowerManagement, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  DEFINE_ABSTRACT_ADAPTERPOWERMANAGEMENT()
};
typedef IAdapterPowerManagement* PADAPTERPOWERMANAGEMENT;
#define IMP_IAdapterPowerManagement \
  STDMETHODIMP_(VOID) PowerChangeState(POWER_STATE NewState); \
  STDMETHODIMP_(NTSTATUS) QueryPowerChangeState(POWER_STATE NewStateQuery); \
  STDMETHODIMP_(NTSTATUS) QueryDeviceCapabilities(PDEVICE_CAPABILITIES PowerDeviceCaps)

// IIDs of IAdapterPowerManagement2 and 3, IAdapterPnpManagement and IMiniportPnpNotify: as a public driver defines them for
// itself (slategraydev/LeylineVirtualAudioDeviceRust, crates/leyline-kernel/src/constants.rs).
DEFINE_GUID(IID_IAdapterPowerManagement2, 0xE0F92E5D, 0x67F5, 0x48EE, 0xB5, 0x7A, 0x7D, 0x1E, 0x90, 0xC5, 0xF4, 0x3D);
#define DEFINE_ABSTRACT_ADAPTERPOWERMANAGEMENT2() \
  STDMETHOD_(VOID, PowerChangeState2)(THIS_ DEVICE_POWER_STATE NewDeviceState, SYSTEM_POWER_STATE NewSystemState) PURE;
#undef INTERFACE
#define INTERFACE IAdapterPowerManagement2
DECLARE_INTERFACE_(IAdapterPowerManagement2, IAdapterPowerManagement) {
  DEFINE_ABSTRACT_UNKNOWN()
  PORTSIDE_INHERITED(DEFINE_ABSTRACT_ADAPTERPOWERMANAGEMENT())
  DEFINE_ABSTRACT_ADAPTERPOWERMANAGEMENT2()
};
typedef IAdapterPowerManagement2* PADAPTERPOWERMANAGEMENT2;
#define IMP_IAdapterPowerManagement2 \
  IMP_IAdapterPowerManagement; \
  STDMETHODIMP_(VOID) PowerChangeState2(DEVICE_POWER_STATE NewDeviceState, SYSTEM_POWER_STATE NewSystemState)

// Method order inferred, not confirmed by an implementation: the pages give IAdapterPowerManagement3 two methods of its own
// and none for what it inherits, as those of IAdapterPowerManagement2 do.
DEFINE_GUID(IID_IAdapterPowerManagement3, 0xA8C7303E, 0xF80C, 0x4BC9, 0xB2, 0xE3, 0xFB, 0x2D, 0x08, 0xBE, 0x92, 0x0F);
#undef INTERFACE
#define INTERFACE IAdapterPowerManagement3
DECLARE_INTERFACE_(IAdapterPowerManagement3, IAdapterPowerManagement2) {
  DEFINE_ABSTRACT_UNKNOWN()
  PORTSIDE_INHERITED(DEFINE_ABSTRACT_ADAPTERPOWERMANAGEMENT())
  PORTSIDE_INHERITED(DEFINE_ABSTRACT_ADAPTERPOWERMANAGEMENT2())
  STDMETHOD_(VOID, PowerChangeState3)(THIS_ DEVICE_POWER_STATE NewDeviceState, SYSTEM_POWER_STATE NewSystemState,
                                      PC_EXIT_LATENCY D3ExitLatency) PURE;
  STDMETHOD_(NTSTATUS, D3ExitLatencyChanged)(THIS_ PC_EXIT_LATENCY NewD3ExitLatency) PURE;
};
typedef IAdapterPowerManagement3* PADAPTERPOWERMANAGEMENT3;
#define IMP_IAdapterPowerManagement3 \
  IMP_IAdapterPowerManagement2; \
  STDMETHODIMP_(VOID) PowerChangeState3(DEVICE_POWER_STATE NewDeviceState, SYSTEM_POWER_STATE NewSystemState, PC_EXIT_LATENCY D3ExitLatency); \
  STDMETHODIMP_(NTSTATUS) D3ExitLatencyChanged(PC_EXIT_LATENCY NewD3ExitLatency)

DEFINE_GUID(IID_IPowerNotify, 0x3DD648B8, 0x969F, 0x11D1, 0x95, 0xA9, 0x00, 0xC0, 0x4F, 0xB9, 0x25, 0xD3);
#undef INTERFACE
#define INTERFACE IPowerNotify
DECLARE_INTERFACE_(IPowerNotify, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(VOID, PowerChangeNotify)(THIS_ POWER_STATE PowerState) PURE;
};
typedef IPowerNotify* PPOWERNOTIFY;
#define IMP_IPowerNotify \
  STDMETHODIMP_(VOID) PowerChangeNotify(POWER_STATE PowerState)

DEFINE_GUID(IID_IPortClsPower, 0x47BA0351, 0xBC4B, 0x4869, 0x81, 0x34, 0xB7, 0x4F, 0xE1, 0x78, 0x52, 0xD8);
#undef INTERFACE
#define INTERFACE IPortClsPower
DECLARE_INTERFACE_(IPortClsPower, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, RegisterAdapterPowerManagement)(THIS_ PUNKNOWN Unknown, PDEVICE_OBJECT DeviceObject) PURE;
  STDMETHOD_(NTSTATUS, UnregisterAdapterPowerManagement)(THIS_ PDEVICE_OBJECT DeviceObject) PURE;
  STDMETHOD_(NTSTATUS, SetIdlePowerManagement)(THIS_ PDEVICE_OBJECT DeviceObject, BOOLEAN Enabled) PURE;
};
typedef IPortClsPower* PPORTCLSPOWER;
#define IMP_IPortClsPower \
  STDMETHODIMP_(NTSTATUS) RegisterAdapterPowerManagement(PUNKNOWN Unknown, PDEVICE_OBJECT DeviceObject); \
  STDMETHODIMP_(NTSTATUS) UnregisterAdapterPowerManagement(PDEVICE_OBJECT DeviceObject); \
  STDMETHODIMP_(NTSTATUS) SetIdlePowerManagement(PDEVICE_OBJECT DeviceObject, BOOLEAN Enabled)

DEFINE_GUID(IID_IPortClsRuntimePower, 0xE057C351, 0x0430, 0x4DBC, 0xB1, 0x72, 0xC7, 0x11, 0xD4, 0x0A, 0x23, 0x73);
#undef INTERFACE
#define INTERFACE IPortClsRuntimePower
DECLARE_INTERFACE_(IPortClsRuntimePower, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, SendPowerControl)(THIS_ PDEVICE_OBJECT DeviceObject, LPCGUID PowerControlCode, PVOID InBuffer,
                                         SIZE_T InBufferSize, PVOID OutBuffer, SIZE_T OutBufferSize,
                                         PSIZE_T BytesReturned) PURE;
  STDMETHOD_(NTSTATUS, RegisterPowerControlCallback)(THIS_ PDEVICE_OBJECT DeviceObject,
                                                     PCPFNRUNTIME_POWER_CONTROL_CALLBACK Callback, PVOID Context) PURE;
  STDMETHOD_(NTSTATUS, UnregisterPowerControlCallback)(THIS_ PDEVICE_OBJECT DeviceObject) PURE;
};
typedef IPortClsRuntimePower* PPORTCLSRUNTIMEPOWER;
#define IMP_IPortClsRuntimePower \
  STDMETHODIMP_(NTSTATUS) SendPowerControl(PDEVICE_OBJECT DeviceObject, LPCGUID PowerControlCode, PVOID InBuffer, SIZE_T InBufferSize, PVOID OutBuffer, SIZE_T OutBufferSize, PSIZE_T BytesReturned); \
  STDMETHODIMP_(NTSTATUS) RegisterPowerControlCallback(PDEVICE_OBJECT DeviceObject, PCPFNRUNTIME_POWER_CONTROL_CALLBACK Callback, PVOID Context); \
  STDMETHODIMP_(NTSTATUS) UnregisterPowerControlCallback(PDEVICE_OBJECT DeviceObject)

// Method order: that of "Implement PnP Rebalance for PortCls Audio Drivers"; no implementation at hand confirms it.
DEFINE_GUID(IID_IAdapterPnpManagement, 0x706F2368, 0x4086, 0x47F5, 0xB9, 0x13, 0x57, 0xB7, 0x6E, 0xED, 0x1A, 0x32);
#undef INTERFACE
#define INTERFACE IAdapterPnpManagement
DECLARE_INTERFACE_(IAdapterPnpManagement, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(PC_REBALANCE_TYPE, GetSupportedRebalanceType)(THIS) PURE;
  STDMETHOD_(VOID, PnpQueryStop)(THIS) PURE;
  STDMETHOD_(VOID, PnpCancelStop)(THIS) PURE;
  STDMETHOD_(VOID, PnpStop)(THIS) PURE;
};
typedef IAdapterPnpManagement* PADAPTERPNPMANAGEMENT;
#define IMP_IAdapterPnpManagement \
  STDMETHODIMP_(PC_REBALANCE_TYPE) GetSupportedRebalanceType(); \
  STDMETHODIMP_(VOID) PnpQueryStop(); \
  STDMETHODIMP_(VOID) PnpCancelStop(); \
  STDMETHODIMP_(VOID) PnpStop()

DEFINE_GUID(IID_IMiniportPnpNotify, 0x6B735365, 0x9487, 0x464C, 0x93, 0xE3, 0xFA, 0x2C, 0x63, 0x91, 0xD5, 0xA4);
#undef INTERFACE
#define INTERFACE IMiniportPnpNotify
DECLARE_INTERFACE_(IMiniportPnpNotify, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(VOID, PnpStop)(THIS) PURE;
};
typedef IMiniportPnpNotify* PMINIPORTPNPNOTIFY;
#define IMP_IMiniportPnpNotify \
  STDMETHODIMP_(VOID) PnpStop()

// No public source at hand states this IID: declared, not defined. PcRegisterAdapterPnpManagement does the same.
EXTERN_C const GUID IID_IPortClsPnp;
#undef INTERFACE
#define INTERFACE IPortClsPnp
DECLARE_INTERFACE_(IPortClsPnp, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, RegisterAdapterPnpManagement)(THIS_ PUNKNOWN Unknown, PDEVICE_OBJECT DeviceObject) PURE;
  STDMETHOD_(NTSTATUS, UnregisterAdapterPnpManagement)(THIS_ PDEVICE_OBJECT DeviceObject) PURE;
};
typedef IPortClsPnp* PPORTCLSPNP;
#define IMP_IPortClsPnp \
  STDMETHODIMP_(NTSTATUS) RegisterAdapterPnpManagement(PUNKNOWN Unknown, PDEVICE_OBJECT DeviceObject); \
  STDMETHODIMP_(NTSTATUS) UnregisterAdapterPnpManagement(PDEVICE_OBJECT DeviceObject)
