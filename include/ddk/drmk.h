// Digital rights management for kernel audio (DDI reference: drmk).
#pragma once
#include <portside/drm_types.h>
#include <portside/drm_interfaces.h>
#include <portside/drm_property.h>

EXTERN_C_START
NTSTATUS NTAPI DrmAddContentHandlers(ULONG ContentId, PVOID* paHandlers, ULONG NumHandlers);
NTSTATUS NTAPI DrmCreateContentMixed(PULONG paContentId, ULONG cContentId, PULONG pMixedContentId);
NTSTATUS NTAPI DrmDestroyContent(ULONG ContentId);
NTSTATUS NTAPI DrmForwardContentToDeviceObject(ULONG ContentId, PVOID Reserved, PCDRMFORWARD DrmForward);
NTSTATUS NTAPI DrmForwardContentToFileObject(ULONG ContentId, PFILE_OBJECT FileObject);
NTSTATUS NTAPI DrmForwardContentToInterface(ULONG ContentId, PUNKNOWN pUnknown, ULONG NumMethods);
NTSTATUS NTAPI DrmGetContentRights(ULONG ContentId, PDRMRIGHTS DrmRights);
EXTERN_C_END
