// portcls.sys and drmk.sys: content identifiers and their rights. Nothing that Portside plays is protected.

#include "exports/api.h"
#include "portcls/portcls.h"

#include <drmk.h>
#include <portcls.h>

using namespace portside;
using namespace portside::exports;
using portcls::PortCls;

namespace {

NTSTATUS create_mixed(PULONG parts, ULONG count, PULONG mixed) {
  if (!mixed || (count && !parts)) return STATUS_INVALID_PARAMETER;
  auto id = current<PortCls>().drm().create_mixed({parts, count});
  if (id) *mixed = *id;
  return status_of(id);
}

NTSTATUS get_rights(ULONG id, PDRMRIGHTS rights) {
  if (!rights) return STATUS_INVALID_PARAMETER;
  auto found = current<PortCls>().drm().rights(id);
  if (found) *rights = *found;
  return status_of(found);
}

NTSTATUS destroy(ULONG id) { return current<PortCls>().drm().destroy(id).nt(); }
NTSTATUS forward(ULONG id) { return current<PortCls>().drm().check_forward(id).nt(); }

}  // namespace

extern "C" {

NTSTATUS NTAPI PcCreateContentMixed(PULONG parts, ULONG count, PULONG mixed) {
  ApiScope scope("PcCreateContentMixed", kPassiveLevel, kPassiveLevel);
  if (made_to_fail(FailureKind::kObject, "PcCreateContentMixed")) return STATUS_INSUFFICIENT_RESOURCES;
  return create_mixed(parts, count, mixed);
}
NTSTATUS NTAPI PcDestroyContent(ULONG id) {
  ApiScope scope("PcDestroyContent", kPassiveLevel, kPassiveLevel);
  return destroy(id);
}
NTSTATUS NTAPI PcGetContentRights(ULONG id, PDRMRIGHTS rights) {
  ApiScope scope("PcGetContentRights", kPassiveLevel, kPassiveLevel);
  return get_rights(id, rights);
}
NTSTATUS NTAPI PcForwardContentToFileObject(ULONG id, PFILE_OBJECT file) {
  ApiScope scope("PcForwardContentToFileObject", kPassiveLevel, kPassiveLevel);
  return forward(id);
}
NTSTATUS NTAPI PcForwardContentToInterface(ULONG id, PUNKNOWN unknown, ULONG methods) {
  ApiScope scope("PcForwardContentToInterface", kPassiveLevel, kPassiveLevel);
  return current<PortCls>().drm().forward_to_interface(id, unknown).nt();
}
NTSTATUS NTAPI PcForwardContentToDeviceObject(ULONG id, PVOID reserved, PCDRMFORWARD forward_to) {
  ApiScope scope("PcForwardContentToDeviceObject", kPassiveLevel, kPassiveLevel);
  return forward(id);
}
NTSTATUS NTAPI PcAddContentHandlers(ULONG id, PVOID* handlers, ULONG count) {
  ApiScope scope("PcAddContentHandlers", kPassiveLevel, kPassiveLevel);
  return forward(id);
}

}  // extern "C"

namespace portside::exports {

namespace {
constexpr const char* kNote =
    "identifiers and rights are kept, and forwarded to an IDrmAudioStream; a sink without one gets no protected "
    "content, and nobody is authenticated";
const Export kPortClsDrmRows[] = {
    EXPORT_PARTIAL(PortCls, PcCreateContentMixed, kNote),
    EXPORT_PARTIAL(PortCls, PcDestroyContent, kNote),
    EXPORT_PARTIAL(PortCls, PcGetContentRights, kNote),
    EXPORT_PARTIAL(PortCls, PcForwardContentToFileObject, kNote),
    EXPORT_PARTIAL(PortCls, PcForwardContentToInterface, kNote),
    EXPORT_PARTIAL(PortCls, PcForwardContentToDeviceObject, kNote),
    EXPORT_PARTIAL(PortCls, PcAddContentHandlers, kNote),
    EXPORT_AS_PARTIAL(Drmk, "DrmForwardContentToDeviceObject", PcForwardContentToDeviceObject, kNote),
    EXPORT_AS_PARTIAL(Drmk, "DrmAddContentHandlers", PcAddContentHandlers, kNote),
    EXPORT_AS_PARTIAL(Drmk, "DrmCreateContentMixed", PcCreateContentMixed, kNote),
    EXPORT_AS_PARTIAL(Drmk, "DrmDestroyContent", PcDestroyContent, kNote),
    EXPORT_AS_PARTIAL(Drmk, "DrmGetContentRights", PcGetContentRights, kNote),
    EXPORT_AS_PARTIAL(Drmk, "DrmForwardContentToFileObject", PcForwardContentToFileObject, kNote),
    EXPORT_AS_PARTIAL(Drmk, "DrmForwardContentToInterface", PcForwardContentToInterface, kNote),
};
}  // namespace
const ExportSet kPortClsDrmExports{kPortClsDrmRows};

}  // namespace portside::exports
