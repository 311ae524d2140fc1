// KSPROPERTY_DRMAUDIOSTREAM_CONTENTID: how a content identifier reaches a pin (DDI reference: drmk). The members' order is
// the page's; that DrmRights is held in place, where the page calls it a pointer, is from memory.
#pragma once
#include <ks.h>
#include <portside/drm_types.h>

typedef struct {
  KSPROPERTY Property;
  PVOID Context;
  NTSTATUS(NTAPI* DrmAddContentHandlers)(ULONG ContentId, PVOID* paHandlers, ULONG NumHandlers);
  NTSTATUS(NTAPI* DrmCreateContentMixed)(PULONG paContentId, ULONG cContentId, PULONG pMixedContentId);
  NTSTATUS(NTAPI* DrmDestroyContent)(ULONG ContentId);
  NTSTATUS(NTAPI* DrmForwardContentToDeviceObject)(ULONG ContentId, PVOID Reserved, PCDRMFORWARD DrmForward);
  NTSTATUS(NTAPI* DrmForwardContentToFileObject)(ULONG ContentId, PFILE_OBJECT FileObject);
  NTSTATUS(NTAPI* DrmForwardContentToInterface)(ULONG ContentId, PUNKNOWN pUnknown, ULONG NumMethods);
  NTSTATUS(NTAPI* DrmGetContentRights)(ULONG ContentId, PDRMRIGHTS DrmRights);
} KSP_DRMAUDIOSTREAM_CONTENTID, *PKSP_DRMAUDIOSTREAM_CONTENTID;

typedef struct {
  ULONG ContentId;
  DRMRIGHTS DrmRights;
} KSDRMAUDIOSTREAM_CONTENTID, *PKSDRMAUDIOSTREAM_CONTENTID;
