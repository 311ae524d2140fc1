// Miniports: what a driver implements (DDI reference: portcls). IMP_X declares the methods of X in a class.
#pragma once
#include <portside/pc_ports.h>

DEFINE_GUID(IID_IMiniport, 0xB4C90A24, 0x5791, 0x11D0, 0x86, 0xF9, 0x00, 0xA0, 0xC9, 0x11, 0xB5, 0x44);
#define DEFINE_ABSTRACT_MINIPORT() \
  STDMETHOD_(NTSTATUS, GetDescription)(THIS_ PPCFILTER_DESCRIPTOR* Description) PURE; \
  STDMETHOD_(NTSTATUS, DataRangeIntersection)(THIS_ ULONG PinId, PKSDATARANGE DataRange, PKSDATARANGE MatchingDataRange, \
                                              ULONG OutputBufferLength, PVOID ResultantFormat, \
                                              PULONG ResultantFormatLength) PURE;
#undef INTERFACE
#define INTERFACE IMiniport
DECLARE_INTERFACE_(IMiniport, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  DEFINE_ABSTRACT_MINIPORT()
};
typedef IMiniport* PMINIPORT;
#define IMP_IMiniport \
  STDMETHODIMP_(NTSTATUS) GetDescription(PPCFILTER_DESCRIPTOR* Description); \
  STDMETHODIMP_(NTSTATUS) DataRangeIntersection(ULONG PinId, PKSDATARANGE DataRange, PKSDATARANGE MatchingDataRange, ULONG OutputBufferLength, PVOID ResultantFormat, PULONG ResultantFormatLength)

DEFINE_GUID(IID_IMiniportTopology, 0xB4C90A31, 0x5791, 0x11D0, 0x86, 0xF9, 0x00, 0xA0, 0xC9, 0x11, 0xB5, 0x44);
#undef INTERFACE
#define INTERFACE IMiniportTopology
DECLARE_INTERFACE_(IMiniportTopology, IMiniport) {
  DEFINE_ABSTRACT_UNKNOWN()
  PORTSIDE_INHERITED(DEFINE_ABSTRACT_MINIPORT())
  STDMETHOD_(NTSTATUS, Init)(THIS_ PUNKNOWN UnknownAdapter, PRESOURCELIST ResourceList, PPORTTOPOLOGY Port) PURE;
};
typedef IMiniportTopology* PMINIPORTTOPOLOGY;
#define IMP_IMiniportTopology \
  IMP_IMiniport; \
  STDMETHODIMP_(NTSTATUS) Init(PUNKNOWN UnknownAdapter, PRESOURCELIST ResourceList, PPORTTOPOLOGY Port)

DEFINE_GUID(IID_IMiniportWaveRTStream, 0x000AC9AB, 0xFAAB, 0x4F3D, 0x94, 0x55, 0x6F, 0xF8, 0x30, 0x6A, 0x74, 0xA0);
#define DEFINE_ABSTRACT_MINIPORTWAVERTSTREAM() \
  STDMETHOD_(NTSTATUS, SetFormat)(THIS_ PKSDATAFORMAT DataFormat) PURE; \
  STDMETHOD_(NTSTATUS, SetState)(THIS_ KSSTATE State) PURE; \
  STDMETHOD_(NTSTATUS, GetPosition)(THIS_ PKSAUDIO_POSITION Position) PURE; \
  STDMETHOD_(NTSTATUS, AllocateAudioBuffer)(THIS_ ULONG RequestedSize, PMDL * AudioBufferMdl, ULONG * ActualSize, \
                                            ULONG * OffsetFromFirstPage, MEMORY_CACHING_TYPE * CacheType) PURE; \
  STDMETHOD_(VOID, FreeAudioBuffer)(THIS_ PMDL AudioBufferMdl, ULONG BufferSize) PURE; \
  STDMETHOD_(VOID, GetHWLatency)(THIS_ PKSRTAUDIO_HWLATENCY hwLatency) PURE; \
  STDMETHOD_(NTSTATUS, GetPositionRegister)(THIS_ PKSRTAUDIO_HWREGISTER Register) PURE; \
  STDMETHOD_(NTSTATUS, GetClockRegister)(THIS_ PKSRTAUDIO_HWREGISTER Register) PURE;
#undef INTERFACE
#define INTERFACE IMiniportWaveRTStream
DECLARE_INTERFACE_(IMiniportWaveRTStream, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  DEFINE_ABSTRACT_MINIPORTWAVERTSTREAM()
};
typedef IMiniportWaveRTStream* PMINIPORTWAVERTSTREAM;
#define IMP_IMiniportWaveRTStream \
  STDMETHODIMP_(NTSTATUS) SetFormat(PKSDATAFORMAT DataFormat); \
  STDMETHODIMP_(NTSTATUS) SetState(KSSTATE State); \
  STDMETHODIMP_(NTSTATUS) GetPosition(PKSAUDIO_POSITION Position); \
  STDMETHODIMP_(NTSTATUS) AllocateAudioBuffer(ULONG RequestedSize, PMDL* AudioBufferMdl, ULONG* ActualSize, ULONG* OffsetFromFirstPage, MEMORY_CACHING_TYPE* CacheType); \
  STDMETHODIMP_(VOID) FreeAudioBuffer(PMDL AudioBufferMdl, ULONG BufferSize); \
  STDMETHODIMP_(VOID) GetHWLatency(PKSRTAUDIO_HWLATENCY hwLatency); \
  STDMETHODIMP_(NTSTATUS) GetPositionRegister(PKSRTAUDIO_HWREGISTER Register); \
  STDMETHODIMP_(NTSTATUS) GetClockRegister(PKSRTAUDIO_HWREGISTER Register)

DEFINE_GUID(IID_IMiniportWaveRTStreamNotification, 0x23759128, 0x96F1, 0x423B, 0xAB, 0x4D, 0x81, 0x63, 0x5B, 0xCF, 0x8C,
            0xA1);
#undef INTERFACE
#define INTERFACE IMiniportWaveRTStreamNotification
DECLARE_INTERFACE_(IMiniportWaveRTStreamNotification, IMiniportWaveRTStream) {
  DEFINE_ABSTRACT_UNKNOWN()
  PORTSIDE_INHERITED(DEFINE_ABSTRACT_MINIPORTWAVERTSTREAM())
  STDMETHOD_(NTSTATUS, AllocateBufferWithNotification)(
      THIS_ ULONG NotificationCount, ULONG RequestedSize, PMDL * AudioBufferMdl, ULONG * ActualSize,
      ULONG * OffsetFromFirstPage, MEMORY_CACHING_TYPE * CacheType) PURE;
  STDMETHOD_(VOID, FreeBufferWithNotification)(THIS_ PMDL AudioBufferMdl, ULONG BufferSize) PURE;
  STDMETHOD_(NTSTATUS, RegisterNotificationEvent)(THIS_ PKEVENT NotificationEvent) PURE;
  STDMETHOD_(NTSTATUS, UnregisterNotificationEvent)(THIS_ PKEVENT NotificationEvent) PURE;
};
typedef IMiniportWaveRTStreamNotification* PMINIPORTWAVERTSTREAMNOTIFICATION;
#define IMP_IMiniportWaveRTStreamNotification \
  STDMETHODIMP_(NTSTATUS) AllocateBufferWithNotification(ULONG NotificationCount, ULONG RequestedSize, PMDL* AudioBufferMdl, ULONG* ActualSize, ULONG* OffsetFromFirstPage, MEMORY_CACHING_TYPE* CacheType); \
  STDMETHODIMP_(VOID) FreeBufferWithNotification(PMDL AudioBufferMdl, ULONG BufferSize); \
  STDMETHODIMP_(NTSTATUS) RegisterNotificationEvent(PKEVENT NotificationEvent); \
  STDMETHODIMP_(NTSTATUS) UnregisterNotificationEvent(PKEVENT NotificationEvent)

DEFINE_GUID(IID_IMiniportWaveRTInputStream, 0xCD8E756A, 0x5FC7, 0x4624, 0x98, 0x4B, 0x2A, 0xF0, 0x29, 0x25, 0xB9, 0x1F);
#undef INTERFACE
#define INTERFACE IMiniportWaveRTInputStream
DECLARE_INTERFACE_(IMiniportWaveRTInputStream, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, GetReadPacket)(THIS_ ULONG * PacketNumber, ULONG * Flags, ULONG64 * PerformanceCounterValue,
                                      BOOL * MoreData) PURE;
};
typedef IMiniportWaveRTInputStream* PMINIPORTWAVERTINPUTSTREAM;
#define IMP_IMiniportWaveRTInputStream \
  STDMETHODIMP_(NTSTATUS) GetReadPacket(ULONG* PacketNumber, ULONG* Flags, ULONG64* PerformanceCounterValue, BOOL* MoreData)

DEFINE_GUID(IID_IMiniportWaveRTOutputStream, 0x831FC7BC, 0x6347, 0x44BC, 0xB4, 0x7B, 0xC0, 0xC6, 0x57, 0xB5, 0xBF,
            0x73);
#undef INTERFACE
#define INTERFACE IMiniportWaveRTOutputStream
DECLARE_INTERFACE_(IMiniportWaveRTOutputStream, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, SetWritePacket)(THIS_ ULONG PacketNumber, ULONG Flags, ULONG EosPacketLength) PURE;
  STDMETHOD_(NTSTATUS, GetOutputStreamPresentationPosition)(THIS_ KSAUDIO_PRESENTATION_POSITION * pPresentationPosition)
      PURE;
  STDMETHOD_(NTSTATUS, GetPacketCount)(THIS_ ULONG* pPacketCount) PURE;
};
typedef IMiniportWaveRTOutputStream* PMINIPORTWAVERTOUTPUTSTREAM;
#define IMP_IMiniportWaveRTOutputStream \
  STDMETHODIMP_(NTSTATUS) SetWritePacket(ULONG PacketNumber, ULONG Flags, ULONG EosPacketLength); \
  STDMETHODIMP_(NTSTATUS) GetOutputStreamPresentationPosition(KSAUDIO_PRESENTATION_POSITION* pPresentationPosition); \
  STDMETHODIMP_(NTSTATUS) GetPacketCount(ULONG* pPacketCount)

DEFINE_GUID(IID_IMiniportWaveRT, 0x0F9FC4D6, 0x6061, 0x4F3C, 0xB1, 0xFC, 0x07, 0x5E, 0x35, 0xF7, 0x96, 0x0A);
#undef INTERFACE
#define INTERFACE IMiniportWaveRT
DECLARE_INTERFACE_(IMiniportWaveRT, IMiniport) {
  DEFINE_ABSTRACT_UNKNOWN()
  PORTSIDE_INHERITED(DEFINE_ABSTRACT_MINIPORT())
  STDMETHOD_(NTSTATUS, Init)(THIS_ PUNKNOWN UnknownAdapter, PRESOURCELIST ResourceList, PPORTWAVERT Port) PURE;
  STDMETHOD_(NTSTATUS, NewStream)(THIS_ PMINIPORTWAVERTSTREAM * Stream, PPORTWAVERTSTREAM PortStream, ULONG Pin,
                                  BOOLEAN Capture, PKSDATAFORMAT DataFormat) PURE;
  STDMETHOD_(NTSTATUS, GetDeviceDescription)(THIS_ PDEVICE_DESCRIPTION DeviceDescription) PURE;
};
typedef IMiniportWaveRT* PMINIPORTWAVERT;
#define IMP_IMiniportWaveRT \
  IMP_IMiniport; \
  STDMETHODIMP_(NTSTATUS) Init(PUNKNOWN UnknownAdapter, PRESOURCELIST ResourceList, PPORTWAVERT Port); \
  STDMETHODIMP_(NTSTATUS) NewStream(PMINIPORTWAVERTSTREAM* Stream, PPORTWAVERTSTREAM PortStream, ULONG Pin, BOOLEAN Capture, PKSDATAFORMAT DataFormat); \
  STDMETHODIMP_(NTSTATUS) GetDeviceDescription(PDEVICE_DESCRIPTION DeviceDescription)

DEFINE_GUID(IID_IMiniportAudioSignalProcessing, 0xB532678C, 0xBE50, 0x472D, 0x99, 0x73, 0x8A, 0x6F, 0x16, 0x59, 0x49,
            0x89);
#undef INTERFACE
#define INTERFACE IMiniportAudioSignalProcessing
DECLARE_INTERFACE_(IMiniportAudioSignalProcessing, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, GetModes)(THIS_ ULONG Pin, GUID* SignalProcessingModes, ULONG* NumSignalProcessingModes) PURE;
};
typedef IMiniportAudioSignalProcessing* PMINIPORTAudioSignalProcessing;
#define IMP_IMiniportAudioSignalProcessing \
  STDMETHODIMP_(NTSTATUS) GetModes(ULONG Pin, GUID* SignalProcessingModes, ULONG* NumSignalProcessingModes)

DEFINE_GUID(IID_IPinCount, 0x5DADB7DC, 0xA2CB, 0x4540, 0xA4, 0xA8, 0x42, 0x5E, 0xE4, 0xAE, 0x90, 0x51);
#undef INTERFACE
#define INTERFACE IPinCount
DECLARE_INTERFACE_(IPinCount, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(VOID, PinCount)(THIS_ ULONG PinId, PULONG FilterNecessary, PULONG FilterCurrent, PULONG FilterPossible,
                             PULONG GlobalCurrent, PULONG GlobalPossible) PURE;
};
typedef IPinCount* PPINCOUNT;
#define IMP_IPinCount \
  STDMETHODIMP_(VOID) PinCount(ULONG PinId, PULONG FilterNecessary, PULONG FilterCurrent, PULONG FilterPossible, PULONG GlobalCurrent, PULONG GlobalPossible)

// The IID is the one that a public driver, which is not Microsoft's, answers to.
DEFINE_GUID(IID_IPinName, 0x29CC9AB1, 0xE89D, 0x413C, 0xB6, 0xB2, 0xF6, 0xD5, 0x00, 0x05, 0xD0, 0x63);
#undef INTERFACE
#define INTERFACE IPinName
DECLARE_INTERFACE_(IPinName, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, GetPinName)(THIS_ PIRP Irp, PKSP_PIN Pin, PVOID Data) PURE;
};
typedef IPinName* PPINNAME;
#define IMP_IPinName \
  STDMETHODIMP_(NTSTATUS) GetPinName(PIRP Irp, PKSP_PIN Pin, PVOID Data)

DEFINE_GUID(IID_IMusicTechnology, 0x80396C3C, 0xCBCB, 0x409B, 0x9F, 0x65, 0x4F, 0x1E, 0x74, 0x67, 0xCD, 0xAF);
#undef INTERFACE
#define INTERFACE IMusicTechnology
DECLARE_INTERFACE_(IMusicTechnology, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, SetTechnology)(THIS_ const GUID* Technology) PURE;
};
typedef IMusicTechnology* PMUSICTECHNOLOGY;
#define IMP_IMusicTechnology \
  STDMETHODIMP_(NTSTATUS) SetTechnology(const GUID* Technology)
