// Miniports with an audio engine: offload and loopback (DDI reference: portcls).
#pragma once
#include <portside/pc_ports.h>

DEFINE_GUID(IID_IMiniportAudioEngineNode, 0x2EBF536C, 0xEF57, 0x4C64, 0xBE, 0xDC, 0x25, 0xC1, 0xA6, 0xD6, 0x68, 0xE6);
#undef INTERFACE
#define INTERFACE IMiniportAudioEngineNode
DECLARE_INTERFACE_(IMiniportAudioEngineNode, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, GetAudioEngineDescriptor)(THIS_ ULONG ulNodeId,
                                                 KSAUDIOENGINE_DESCRIPTOR * pAudioEngineDescriptor) PURE;
  STDMETHOD_(NTSTATUS, GetGfxState)(THIS_ ULONG ulNodeId, BOOL* pbEnable) PURE;
  STDMETHOD_(NTSTATUS, SetGfxState)(THIS_ ULONG ulNodeId, BOOL bEnable) PURE;
  STDMETHOD_(NTSTATUS, GetEngineFormatSize)(THIS_ ULONG ulNodeId, eEngineFormatType formatType, ULONG * pulFormatSize)
      PURE;
  STDMETHOD_(NTSTATUS, GetMixFormat)(THIS_ ULONG ulNodeId, KSDATAFORMAT_WAVEFORMATEX* pFormat, ULONG ulBufferSize) PURE;
  STDMETHOD_(NTSTATUS, GetDeviceFormat)(THIS_ ULONG ulNodeId, KSDATAFORMAT_WAVEFORMATEX * pFormat, ULONG ulBufferSize)
      PURE;
  STDMETHOD_(NTSTATUS, SetDeviceFormat)(THIS_ ULONG ulNodeId, KSDATAFORMAT_WAVEFORMATEX * pFormat, ULONG ulBufferSize)
      PURE;
  STDMETHOD_(NTSTATUS, GetSupportedDeviceFormats)(THIS_ ULONG ulNodeId, KSMULTIPLE_ITEM * pFormat, ULONG ulBufferSize)
      PURE;
  STDMETHOD_(NTSTATUS, GetDeviceChannelCount)(THIS_ ULONG ulNodeId, eChannelTargetType targetType,
                                              UINT32 * pulChannelCount) PURE;
  STDMETHOD_(NTSTATUS, GetDeviceAttributeSteppings)(THIS_ ULONG ulNodeId, eChannelTargetType targetType,
                                                    PKSPROPERTY_STEPPING_LONG pKsPropStepLong, UINT32 ui32DataSize)
      PURE;
  STDMETHOD_(NTSTATUS, GetDeviceChannelVolume)(THIS_ ULONG ulNodeId, UINT32 uiChannel, LONG* pVolume) PURE;
  STDMETHOD_(NTSTATUS, SetDeviceChannelVolume)(THIS_ ULONG ulNodeId, UINT32 uiChannel, LONG Volume) PURE;
  STDMETHOD_(NTSTATUS, GetDeviceChannelMute)(THIS_ ULONG ulNodeId, UINT32 uiChannel, BOOL* pbMute) PURE;
  STDMETHOD_(NTSTATUS, SetDeviceChannelMute)(THIS_ ULONG ulNodeId, UINT32 uiChannel, BOOL bMute) PURE;
  STDMETHOD_(NTSTATUS, GetDeviceChannelPeakMeter)(THIS_ ULONG ulNodeId, UINT32 uiChannel, LONG* pPeakMeterValue) PURE;
  STDMETHOD_(NTSTATUS, GetBufferSizeRange)(THIS_ ULONG ulNodeId, KSDATAFORMAT_WAVEFORMATEX * pKsDataFormatWfx,
                                           KSAUDIOENGINE_BUFFER_SIZE_RANGE * pBufferSizeRange) PURE;
};
typedef IMiniportAudioEngineNode* PMINIPORTAUDIOENGINENODE;
#define IMP_IMiniportAudioEngineNode \
  STDMETHODIMP_(NTSTATUS) GetAudioEngineDescriptor(ULONG ulNodeId, KSAUDIOENGINE_DESCRIPTOR* pAudioEngineDescriptor); \
  STDMETHODIMP_(NTSTATUS) GetGfxState(ULONG ulNodeId, BOOL* pbEnable); \
  STDMETHODIMP_(NTSTATUS) SetGfxState(ULONG ulNodeId, BOOL bEnable); \
  STDMETHODIMP_(NTSTATUS) GetEngineFormatSize(ULONG ulNodeId, eEngineFormatType formatType, ULONG* pulFormatSize); \
  STDMETHODIMP_(NTSTATUS) GetMixFormat(ULONG ulNodeId, KSDATAFORMAT_WAVEFORMATEX* pFormat, ULONG ulBufferSize); \
  STDMETHODIMP_(NTSTATUS) GetDeviceFormat(ULONG ulNodeId, KSDATAFORMAT_WAVEFORMATEX* pFormat, ULONG ulBufferSize); \
  STDMETHODIMP_(NTSTATUS) SetDeviceFormat(ULONG ulNodeId, KSDATAFORMAT_WAVEFORMATEX* pFormat, ULONG ulBufferSize); \
  STDMETHODIMP_(NTSTATUS) GetSupportedDeviceFormats(ULONG ulNodeId, KSMULTIPLE_ITEM* pFormat, ULONG ulBufferSize); \
  STDMETHODIMP_(NTSTATUS) GetDeviceChannelCount(ULONG ulNodeId, eChannelTargetType targetType, UINT32* pulChannelCount); \
  STDMETHODIMP_(NTSTATUS) GetDeviceAttributeSteppings(ULONG ulNodeId, eChannelTargetType targetType, PKSPROPERTY_STEPPING_LONG pKsPropStepLong, UINT32 ui32DataSize); \
  STDMETHODIMP_(NTSTATUS) GetDeviceChannelVolume(ULONG ulNodeId, UINT32 uiChannel, LONG* pVolume); \
  STDMETHODIMP_(NTSTATUS) SetDeviceChannelVolume(ULONG ulNodeId, UINT32 uiChannel, LONG Volume); \
  STDMETHODIMP_(NTSTATUS) GetDeviceChannelMute(ULONG ulNodeId, UINT32 uiChannel, BOOL* pbMute); \
  STDMETHODIMP_(NTSTATUS) SetDeviceChannelMute(ULONG ulNodeId, UINT32 uiChannel, BOOL bMute); \
  STDMETHODIMP_(NTSTATUS) GetDeviceChannelPeakMeter(ULONG ulNodeId, UINT32 uiChannel, LONG* pPeakMeterValue); \
  STDMETHODIMP_(NTSTATUS) GetBufferSizeRange(ULONG ulNodeId, KSDATAFORMAT_WAVEFORMATEX* pKsDataFormatWfx, KSAUDIOENGINE_BUFFER_SIZE_RANGE* pBufferSizeRange)

DEFINE_GUID(IID_IMiniportStreamAudioEngineNode, 0xBD6EEB4B, 0xE6E5, 0x40FD, 0x8D, 0x5A, 0x5B, 0x1D, 0xCD, 0xE2, 0x0C,
            0x42);
#undef INTERFACE
#define INTERFACE IMiniportStreamAudioEngineNode
DECLARE_INTERFACE_(IMiniportStreamAudioEngineNode, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, GetLfxState)(THIS_ BOOL* pbEnable) PURE;
  STDMETHOD_(NTSTATUS, SetLfxState)(THIS_ BOOL bEnable) PURE;
  STDMETHOD_(NTSTATUS, GetStreamChannelCount)(THIS_ eChannelTargetType targetType, UINT32* puiChannelCount) PURE;
  STDMETHOD_(NTSTATUS, GetStreamAttributeSteppings)(
      THIS_ eChannelTargetType targetType, PKSPROPERTY_STEPPING_LONG pKsPropStepLong, UINT32 ui32DataSize) PURE;
  STDMETHOD_(NTSTATUS, GetStreamChannelVolume)(THIS_ UINT32 uiChannel, LONG* pVolume) PURE;
  STDMETHOD_(NTSTATUS, SetStreamChannelVolume)(THIS_ UINT32 uiChannel, LONG TargetVolume, AUDIO_CURVE_TYPE CurveType,
                                               ULONGLONG CurveDuration) PURE;
  STDMETHOD_(NTSTATUS, GetStreamChannelMute)(THIS_ UINT32 uiChannel, BOOL* pbMute) PURE;
  STDMETHOD_(NTSTATUS, SetStreamChannelMute)(THIS_ UINT32 uiChannel, BOOL bMute) PURE;
  STDMETHOD_(NTSTATUS, GetStreamChannelPeakMeter)(THIS_ UINT32 uiChannel, LONG* pPeakMeterValue) PURE;
  STDMETHOD_(NTSTATUS, GetStreamPresentationPosition)(THIS_ KSAUDIO_PRESENTATION_POSITION* pPresentationPosition) PURE;
  STDMETHOD_(NTSTATUS, SetStreamCurrentWritePosition)(THIS_ ULONG ulCurrentWritePosition) PURE;
  STDMETHOD_(NTSTATUS, GetStreamLinearBufferPosition)(THIS_ ULONGLONG* pullLinearBufferPosition) PURE;
  STDMETHOD_(NTSTATUS, SetStreamLoopbackProtection)(THIS_ CONSTRICTOR_OPTION protectionOption) PURE;
};
typedef IMiniportStreamAudioEngineNode* PMINIPORTSTREAMAUDIOENGINENODE;
#define IMP_IMiniportStreamAudioEngineNode \
  STDMETHODIMP_(NTSTATUS) GetLfxState(BOOL* pbEnable); \
  STDMETHODIMP_(NTSTATUS) SetLfxState(BOOL bEnable); \
  STDMETHODIMP_(NTSTATUS) GetStreamChannelCount(eChannelTargetType targetType, UINT32* puiChannelCount); \
  STDMETHODIMP_(NTSTATUS) GetStreamAttributeSteppings(eChannelTargetType targetType, PKSPROPERTY_STEPPING_LONG pKsPropStepLong, UINT32 ui32DataSize); \
  STDMETHODIMP_(NTSTATUS) GetStreamChannelVolume(UINT32 uiChannel, LONG* pVolume); \
  STDMETHODIMP_(NTSTATUS) SetStreamChannelVolume(UINT32 uiChannel, LONG TargetVolume, AUDIO_CURVE_TYPE CurveType, ULONGLONG CurveDuration); \
  STDMETHODIMP_(NTSTATUS) GetStreamChannelMute(UINT32 uiChannel, BOOL* pbMute); \
  STDMETHODIMP_(NTSTATUS) SetStreamChannelMute(UINT32 uiChannel, BOOL bMute); \
  STDMETHODIMP_(NTSTATUS) GetStreamChannelPeakMeter(UINT32 uiChannel, LONG* pPeakMeterValue); \
  STDMETHODIMP_(NTSTATUS) GetStreamPresentationPosition(KSAUDIO_PRESENTATION_POSITION* pPresentationPosition); \
  STDMETHODIMP_(NTSTATUS) SetStreamCurrentWritePosition(ULONG ulCurrentWritePosition); \
  STDMETHODIMP_(NTSTATUS) GetStreamLinearBufferPosition(ULONGLONG* pullLinearBufferPosition); \
  STDMETHODIMP_(NTSTATUS) SetStreamLoopbackProtection(CONSTRICTOR_OPTION protectionOption)

DEFINE_GUID(IID_IMiniportStreamAudioEngineNode2, 0xAEB7F86A, 0x6CBA, 0x44CF, 0xA2, 0xD2, 0xB3, 0xFA, 0x5B, 0x69, 0x68,
            0x17);
#undef INTERFACE
#define INTERFACE IMiniportStreamAudioEngineNode2
DECLARE_INTERFACE_(IMiniportStreamAudioEngineNode2, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, SetStreamCurrentWritePositionForLastBuffer)(THIS_ ULONG ulWritePosition) PURE;
};
typedef IMiniportStreamAudioEngineNode2* PMINIPORTSTREAMAUDIOENGINENODE2;
#define IMP_IMiniportStreamAudioEngineNode2 \
  STDMETHODIMP_(NTSTATUS) SetStreamCurrentWritePositionForLastBuffer(ULONG ulWritePosition)
