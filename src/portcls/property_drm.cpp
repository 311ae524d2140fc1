// KSPROPSETID_DrmAudioStream on a pin: DRMK, and it alone, names the content of a stream; the stream's IDrmAudioStream
// says whether its hardware can enforce the rights (Forwarding DRM Content IDs).

#include <drmk.h>

#include "portcls/com_ptr.h"
#include "portcls/pin_file.h"
#include "portcls/property_sets.h"

namespace portside::portcls {
namespace {

ComPtr<IDrmAudioStream> drm_of(PinFile& pin) {
  return ComPtr<IDrmAudioStream>::query(pin.stream().miniport_stream(), IID_IDrmAudioStream);
}
bool offered(PinFile& pin) { return static_cast<bool>(drm_of(pin)); }

Status set_content(PinFile& pin, ks::PropertyRequest& request) {
  // The descriptor carries kernel functions: it comes from DRMK. The status for anybody else is a guess.
  if (request.irp->RequestorMode != KernelMode)
    return Status(StatusCode::kInvalidDeviceRequest, "content is named by the kernel alone");
  const auto& content = *request.value_as<KSDRMAUDIOSTREAM_CONTENTID>();
  return Status::from_nt(drm_of(pin)->SetContentId(content.ContentId, &content.DrmRights));
}

const PinItem kDrmItems[] = {
    {{.id = KSPROPERTY_DRMAUDIOSTREAM_CONTENTID,
      .descriptor_bytes = sizeof(KSP_DRMAUDIOSTREAM_CONTENTID),
      .value_bytes = sizeof(KSDRMAUDIOSTREAM_CONTENTID)},
     nullptr,
     set_content,
     offered},
};

}  // namespace

std::span<const PinItem> drm_properties() { return kDrmItems; }

}  // namespace portside::portcls
