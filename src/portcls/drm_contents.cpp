#include "portcls/drm_contents.h"

#include <fmt/format.h>

#include "portcls/com_ptr.h"

namespace portside::portcls {

Result<ULONG> DrmContents::create_mixed(std::span<const ULONG> parts) {
  DRMRIGHTS mixed{};
  for (const ULONG part : parts) {
    TRY_ASSIGN(const DRMRIGHTS rights, this->rights(part));
    mixed.CopyProtect |= rights.CopyProtect;
    mixed.Reserved |= rights.Reserved;
    mixed.DigitalOutputDisable |= rights.DigitalOutputDisable;
  }
  return create(mixed);
}

ULONG DrmContents::create(const DRMRIGHTS& rights) {
  const StackTrace made_at = capture_stack();
  MutexLock lock(mutex_);
  const ULONG id = next_++;
  contents_[id] = {rights, made_at};
  return id;
}

Status DrmContents::destroy(ULONG id) {
  MutexLock lock(mutex_);
  return contents_.erase(id) ? Status::ok() : Status(StatusCode::kInvalidParameter, fmt::format("no content {}", id));
}

Result<DRMRIGHTS> DrmContents::rights(ULONG id) const {
  // "A content ID of zero is a special value that represents an audio stream with default DRM content rights."
  if (id == 0) return DRMRIGHTS{};
  MutexLock lock(mutex_);
  const auto at = contents_.find(id);
  if (at == contents_.end()) return fail(StatusCode::kInvalidParameter, fmt::format("no content {}", id));
  return at->second.rights;
}

std::vector<DrmContents::Left> DrmContents::take_left() {
  std::vector<Left> left;
  MutexLock lock(mutex_);
  for (const auto& [id, content] : contents_) left.push_back({id, content.made_at});
  contents_.clear();
  return left;
}

Status DrmContents::check_forward(ULONG id) const {
  auto found = rights(id);
  if (!found) return found.error();
  if (found->CopyProtect || found->DigitalOutputDisable)
    return Status(StatusCode::kNotImplemented, "Portside does not forward protected content");
  return Status::ok();
}

Status DrmContents::forward_to_interface(ULONG id, IUnknown* object) const {
  auto found = rights(id);
  if (!found) return found.error();
  if (!object) return Status(StatusCode::kInvalidParameter, "there is no object to forward to");
  if (auto stream = ComPtr<IDrmAudioStream>::query(object, IID_IDrmAudioStream))
    return Status::from_nt(stream->SetContentId(id, &*found));
  return check_forward(id);
}

}  // namespace portside::portcls
