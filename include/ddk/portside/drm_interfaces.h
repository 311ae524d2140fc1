// Digital rights: what the port and the miniport say to each other (DDI reference: portcls, drmk).
#pragma once
#include <portside/drm_types.h>

DEFINE_GUID(IID_IDrmAudioStream, 0x1915C967, 0x3299, 0x48CB, 0xA3, 0xE4, 0x69, 0xFD, 0x1D, 0x1B, 0x30, 0x6E);
#undef INTERFACE
#define INTERFACE IDrmAudioStream
DECLARE_INTERFACE_(IDrmAudioStream, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  STDMETHOD_(NTSTATUS, SetContentId)(THIS_ ULONG ContentId, PCDRMRIGHTS DrmRights) PURE;
};
typedef IDrmAudioStream* PDRMAUDIOSTREAM;
#define IMP_IDrmAudioStream \
  STDMETHODIMP_(NTSTATUS) SetContentId(ULONG ContentId, PCDRMRIGHTS DrmRights)

DEFINE_GUID(IID_IDrmPort, 0x286D3DF8, 0xCA22, 0x4E2E, 0xB9, 0xBC, 0x20, 0xB4, 0xF0, 0xE2, 0x01, 0xCE);
#define DEFINE_ABSTRACT_DRMPORT() \
  STDMETHOD_(NTSTATUS, CreateContentMixed)(THIS_ PULONG paContentId, ULONG cContentId, PULONG pMixedContentId) PURE; \
  STDMETHOD_(NTSTATUS, DestroyContent)(THIS_ ULONG ContentId) PURE; \
  STDMETHOD_(NTSTATUS, ForwardContentToFileObject)(THIS_ ULONG ContentId, PFILE_OBJECT FileObject) PURE; \
  STDMETHOD_(NTSTATUS, ForwardContentToInterface)(THIS_ ULONG ContentId, PUNKNOWN pUnknown, ULONG NumMethods) PURE; \
  STDMETHOD_(NTSTATUS, GetContentRights)(THIS_ ULONG ContentId, PDRMRIGHTS DrmRights) PURE;
#undef INTERFACE
#define INTERFACE IDrmPort
DECLARE_INTERFACE_(IDrmPort, IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
  DEFINE_ABSTRACT_DRMPORT()
};
typedef IDrmPort* PDRMPORT;
#define IMP_IDrmPort \
  STDMETHODIMP_(NTSTATUS) CreateContentMixed(PULONG paContentId, ULONG cContentId, PULONG pMixedContentId); \
  STDMETHODIMP_(NTSTATUS) DestroyContent(ULONG ContentId); \
  STDMETHODIMP_(NTSTATUS) ForwardContentToFileObject(ULONG ContentId, PFILE_OBJECT FileObject); \
  STDMETHODIMP_(NTSTATUS) ForwardContentToInterface(ULONG ContentId, PUNKNOWN pUnknown, ULONG NumMethods); \
  STDMETHODIMP_(NTSTATUS) GetContentRights(ULONG ContentId, PDRMRIGHTS DrmRights)

DEFINE_GUID(IID_IDrmPort2, 0x1ACCE59C, 0x7311, 0x4B6B, 0x9F, 0xBA, 0xCC, 0x3B, 0xA5, 0x9A, 0xCD, 0xCE);
#undef INTERFACE
#define INTERFACE IDrmPort2
DECLARE_INTERFACE_(IDrmPort2, IDrmPort) {
  DEFINE_ABSTRACT_UNKNOWN()
  PORTSIDE_INHERITED(DEFINE_ABSTRACT_DRMPORT())
  STDMETHOD_(NTSTATUS, AddContentHandlers)(THIS_ ULONG ContentId, PVOID* paHandlers, ULONG NumHandlers) PURE;
  STDMETHOD_(NTSTATUS, ForwardContentToDeviceObject)(THIS_ ULONG ContentId, PVOID Reserved, PCDRMFORWARD DrmForward)
      PURE;
};
typedef IDrmPort2* PDRMPORT2;
#define IMP_IDrmPort2 \
  IMP_IDrmPort; \
  STDMETHODIMP_(NTSTATUS) AddContentHandlers(ULONG ContentId, PVOID* paHandlers, ULONG NumHandlers); \
  STDMETHODIMP_(NTSTATUS) ForwardContentToDeviceObject(ULONG ContentId, PVOID Reserved, PCDRMFORWARD DrmForward)
#undef INTERFACE  // wdm.h has a structure of that name
