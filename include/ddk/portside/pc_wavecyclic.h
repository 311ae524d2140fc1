// WaveCyclic, declared alone (DDI reference: portcls): drivers that choose their port by a macro name its types either way.
// PcNewPort refuses the port itself, by name.
#pragma once
#include <portside/pc_miniports.h>

DEFINE_GUID(IID_IPortWaveCyclic, 0xB4C90A26, 0x5791, 0x11D0, 0x86, 0xF9, 0x00, 0xA0, 0xC9, 0x11, 0xB5, 0x44);
#undef INTERFACE
#define INTERFACE IPortWaveCyclic
DECLARE_INTERFACE_(IPortWaveCyclic, IPort) {
  DEFINE_ABSTRACT_UNKNOWN()
  PORTSIDE_INHERITED(DEFINE_ABSTRACT_PORT())
  STDMETHOD_(VOID, Notify)(THIS_ PSERVICEGROUP ServiceGroup) PURE;
  STDMETHOD_(NTSTATUS, NewSlaveDmaChannel)(THIS_ PDMACHANNELSLAVE * DmaChannel, PUNKNOWN OuterUnknown,
                                           PRESOURCELIST ResourceList, ULONG DmaIndex, ULONG MaximumLength,
                                           BOOLEAN DemandMode, DMA_SPEED DmaSpeed) PURE;
  STDMETHOD_(NTSTATUS, NewMasterDmaChannel)(THIS_ PDMACHANNEL * DmaChannel, PUNKNOWN OuterUnknown,
                                            PRESOURCELIST ResourceList, ULONG MaximumLength, BOOLEAN Dma32BitAddresses,
                                            BOOLEAN Dma64BitAddresses, DMA_WIDTH DmaWidth, DMA_SPEED DmaSpeed) PURE;
};
typedef IPortWaveCyclic* PPORTWAVECYCLIC;

DEFINE_GUID(IID_IMiniportWaveCyclicStream, 0xB4C90A28, 0x5791, 0x11D0, 0x86, 0xF9, 0x00, 0xA0, 0xC9, 0x11, 0xB5, 0x44);
#undef INTERFACE
#define INTERFACE IMiniportWaveCyclicStream
DECLARE_INTERFACE_(IMiniportWaveCyclicStream, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, SetFormat)(THIS_ PKSDATAFORMAT DataFormat) PURE;
  STDMETHOD_(ULONG, SetNotificationFreq)(THIS_ ULONG Interval, PULONG FrameSize) PURE;
  STDMETHOD_(NTSTATUS, SetState)(THIS_ KSSTATE State) PURE;
  STDMETHOD_(NTSTATUS, GetPosition)(THIS_ PULONG Position) PURE;
  STDMETHOD_(NTSTATUS, NormalizePhysicalPosition)(THIS_ PLONGLONG PhysicalPosition) PURE;
  STDMETHOD_(VOID, Silence)(THIS_ PVOID Buffer, ULONG ByteCount) PURE;
};
typedef IMiniportWaveCyclicStream* PMINIPORTWAVECYCLICSTREAM;
#define IMP_IMiniportWaveCyclicStream \
  STDMETHODIMP_(NTSTATUS) SetFormat(PKSDATAFORMAT DataFormat); \
  STDMETHODIMP_(ULONG) SetNotificationFreq(ULONG Interval, PULONG FrameSize); \
  STDMETHODIMP_(NTSTATUS) SetState(KSSTATE State); \
  STDMETHODIMP_(NTSTATUS) GetPosition(PULONG Position); \
  STDMETHODIMP_(NTSTATUS) NormalizePhysicalPosition(PLONGLONG PhysicalPosition); \
  STDMETHODIMP_(VOID) Silence(PVOID Buffer, ULONG ByteCount)

DEFINE_GUID(IID_IMiniportWaveCyclic, 0xB4C90A27, 0x5791, 0x11D0, 0x86, 0xF9, 0x00, 0xA0, 0xC9, 0x11, 0xB5, 0x44);
#undef INTERFACE
#define INTERFACE IMiniportWaveCyclic
DECLARE_INTERFACE_(IMiniportWaveCyclic, IMiniport) {
  DEFINE_ABSTRACT_UNKNOWN()
  PORTSIDE_INHERITED(DEFINE_ABSTRACT_MINIPORT())
  STDMETHOD_(NTSTATUS, Init)(THIS_ PUNKNOWN UnknownAdapter, PRESOURCELIST ResourceList, PPORTWAVECYCLIC Port) PURE;
  STDMETHOD_(NTSTATUS, NewStream)(THIS_ PMINIPORTWAVECYCLICSTREAM * Stream, PUNKNOWN OuterUnknown, POOL_TYPE PoolType,
                                  ULONG Pin, BOOLEAN Capture, PKSDATAFORMAT DataFormat, PDMACHANNEL * DmaChannel,
                                  PSERVICEGROUP * ServiceGroup) PURE;
};
typedef IMiniportWaveCyclic* PMINIPORTWAVECYCLIC;
#define IMP_IMiniportWaveCyclic \
  IMP_IMiniport; \
  STDMETHODIMP_(NTSTATUS) Init(PUNKNOWN UnknownAdapter, PRESOURCELIST ResourceList, PPORTWAVECYCLIC Port); \
  STDMETHODIMP_(NTSTATUS) NewStream(PMINIPORTWAVECYCLICSTREAM* Stream, PUNKNOWN OuterUnknown, POOL_TYPE PoolType, ULONG Pin, BOOLEAN Capture, PKSDATAFORMAT DataFormat, PDMACHANNEL* DmaChannel, PSERVICEGROUP* ServiceGroup)
