// Security descriptors, access control lists and identifiers (MS-DTYP 2.4): built, measured, copied and read back. There are no
// users, and no access is ever checked.

#include <ntifs.h>

#include <algorithm>
#include <cstring>

#include "exports/api.h"

using namespace portside;
using namespace portside::exports;

namespace {

ULONG length_of(PSID sid) { return 8 + 4 * ULONG{static_cast<SID*>(sid)->SubAuthorityCount}; }
bool is_sid(PSID sid) {
  const auto* s = static_cast<const SID*>(sid);
  return s && (s->Revision & 0xF) == SID_REVISION && s->SubAuthorityCount <= SID_MAX_SUB_AUTHORITIES;
}
constexpr ULONG padded(ULONG bytes) { return (bytes + 3) & ~3u; }

// A self-relative descriptor holds offsets of 32 bits where an absolute one holds pointers.
struct RelativeDescriptor {
  UCHAR Revision, Sbz1;
  USHORT Control;
  ULONG Owner, Group, Sacl, Dacl;
};
static_assert(sizeof(RelativeDescriptor) == 20);

// What a descriptor of either form points at.
struct Parts {
  PSID owner = nullptr, group = nullptr;
  PACL sacl = nullptr, dacl = nullptr;
  ULONG relative_bytes() const {
    ULONG bytes = sizeof(RelativeDescriptor);
    for (PSID sid : {owner, group})
      if (sid) bytes += padded(length_of(sid));
    for (PACL acl : {sacl, dacl})
      if (acl) bytes += padded(acl->AclSize);
    return bytes;
  }
};
Parts parts_of(PVOID descriptor) {
  auto* absolute = static_cast<SECURITY_DESCRIPTOR*>(descriptor);
  Parts parts;
  if (absolute->Control & SE_SELF_RELATIVE) {
    const auto* relative = static_cast<const RelativeDescriptor*>(descriptor);
    const auto at = [&](ULONG offset) { return offset ? static_cast<UCHAR*>(descriptor) + offset : nullptr; };
    parts = {at(relative->Owner), at(relative->Group), reinterpret_cast<PACL>(at(relative->Sacl)),
             reinterpret_cast<PACL>(at(relative->Dacl))};
  } else {
    parts = {absolute->Owner, absolute->Group, absolute->Sacl, absolute->Dacl};
  }
  if (!(absolute->Control & SE_SACL_PRESENT)) parts.sacl = nullptr;
  if (!(absolute->Control & SE_DACL_PRESENT)) parts.dacl = nullptr;
  return parts;
}

void write_relative(PVOID descriptor, const Parts& parts, void* out) {
  auto* relative = static_cast<RelativeDescriptor*>(out);
  auto* bytes = static_cast<UCHAR*>(out);
  std::memset(out, 0, parts.relative_bytes());
  relative->Revision = SECURITY_DESCRIPTOR_REVISION;
  relative->Control = static_cast<USHORT>(static_cast<SECURITY_DESCRIPTOR*>(descriptor)->Control | SE_SELF_RELATIVE);
  ULONG at = sizeof(RelativeDescriptor);
  const auto put = [&](const void* part, ULONG length, ULONG& offset) {
    if (!part) return;
    std::memcpy(bytes + at, part, length);
    offset = at;
    at += padded(length);
  };
  put(parts.sacl, parts.sacl ? parts.sacl->AclSize : 0, relative->Sacl);
  put(parts.dacl, parts.dacl ? parts.dacl->AclSize : 0, relative->Dacl);
  put(parts.owner, parts.owner ? length_of(parts.owner) : 0, relative->Owner);
  put(parts.group, parts.group ? length_of(parts.group) : 0, relative->Group);
}

// Absolute and of a revision that is known, or the status that says why not.
NTSTATUS check_absolute(PVOID descriptor) {
  const auto* security = static_cast<const SECURITY_DESCRIPTOR*>(descriptor);
  if (security->Revision != SECURITY_DESCRIPTOR_REVISION) return STATUS_UNKNOWN_REVISION;
  return security->Control & SE_SELF_RELATIVE ? STATUS_INVALID_SECURITY_DESCR : STATUS_SUCCESS;
}
NTSTATUS set_list(PVOID descriptor, BOOLEAN present, PVOID list, BOOLEAN defaulted, USHORT is_present,
                  USHORT is_default, PACL SECURITY_DESCRIPTOR::* where) {
  if (const NTSTATUS status = check_absolute(descriptor); !NT_SUCCESS(status)) return status;
  auto* security = static_cast<SECURITY_DESCRIPTOR*>(descriptor);
  security->Control &= static_cast<USHORT>(~(is_present | is_default));
  if (!present) return STATUS_SUCCESS;
  security->Control |= static_cast<USHORT>(is_present | (defaulted ? is_default : 0));
  security->*where = static_cast<PACL>(list);
  return STATUS_SUCCESS;
}
NTSTATUS set_sid(PVOID descriptor, PSID sid, BOOLEAN defaulted, USHORT is_default, PSID SECURITY_DESCRIPTOR::* where) {
  if (const NTSTATUS status = check_absolute(descriptor); !NT_SUCCESS(status)) return status;
  auto* security = static_cast<SECURITY_DESCRIPTOR*>(descriptor);
  security->*where = sid;
  security->Control = static_cast<USHORT>((security->Control & ~is_default) | (sid && defaulted ? is_default : 0));
  return STATUS_SUCCESS;
}
NTSTATUS get_list(PVOID descriptor, PBOOLEAN present, PACL list, PACL* out, PBOOLEAN defaulted, USHORT is_present,
                  USHORT is_default) {
  const auto* security = static_cast<const SECURITY_DESCRIPTOR*>(descriptor);
  if (security->Revision != SECURITY_DESCRIPTOR_REVISION) return STATUS_UNKNOWN_REVISION;
  *present = (security->Control & is_present) != 0;
  if (!*present) return STATUS_SUCCESS;
  *out = list;
  *defaulted = (security->Control & is_default) != 0;
  return STATUS_SUCCESS;
}

// Appends an entry; the list's own rules: Microsoft Learn, RtlCreateAcl and RtlAddAccessAllowedAce.
NTSTATUS add_ace(PACL acl, ULONG revision, UCHAR type, UCHAR flags, ACCESS_MASK mask, PSID sid) {
  if (!is_sid(sid)) return STATUS_INVALID_SID;
  if (revision < ACL_REVISION || revision > ACL_REVISION_DS) return STATUS_UNKNOWN_REVISION;
  if (acl->AclRevision < ACL_REVISION || acl->AclRevision > ACL_REVISION_DS) return STATUS_INVALID_ACL;
  ULONG used = sizeof(ACL);
  for (USHORT i = 0; i < acl->AceCount; ++i) {
    if (used + sizeof(ACE_HEADER) > acl->AclSize) return STATUS_INVALID_ACL;
    used += reinterpret_cast<ACE_HEADER*>(reinterpret_cast<UCHAR*>(acl) + used)->AceSize;
  }
  const ULONG bytes = FIELD_OFFSET(ACCESS_ALLOWED_ACE, SidStart) + length_of(sid);
  if (used + bytes > acl->AclSize) return STATUS_ALLOTTED_SPACE_EXCEEDED;
  auto* ace = reinterpret_cast<ACCESS_ALLOWED_ACE*>(reinterpret_cast<UCHAR*>(acl) + used);
  ace->Header = {type, flags, static_cast<USHORT>(bytes)};
  ace->Mask = mask;
  std::memcpy(&ace->SidStart, sid, length_of(sid));
  ++acl->AceCount;
  acl->AclRevision = static_cast<UCHAR>(std::max<ULONG>(acl->AclRevision, revision));
  return STATUS_SUCCESS;
}

// The well-known identifiers and privileges behind SeExports (MS-DTYP 2.4.2.4, MS-LSAD 3.1.1.2.1).
struct KnownSid {
  SID head;
  ULONG second;
};
constexpr KnownSid known(UCHAR authority, UCHAR count, ULONG first, ULONG second = 0) {
  return {{SID_REVISION, count, {{0, 0, 0, 0, 0, authority}}, {first}}, second};
}
KnownSid sids[] = {
    known(0, 1, 0),       known(1, 1, 0),       known(2, 1, 0),       known(3, 1, 0),       known(3, 1, 1),
    known(5, 0, 0),       known(5, 1, 1),       known(5, 1, 2),       known(5, 1, 3),       known(5, 1, 4),
    known(5, 1, 18),      known(5, 2, 32, 544), known(5, 2, 32, 545), known(5, 2, 32, 546), known(5, 2, 32, 547),
    known(5, 2, 32, 548), known(5, 2, 32, 549), known(5, 2, 32, 550), known(5, 2, 32, 551), known(5, 1, 11),
    known(5, 1, 12),      known(5, 1, 7),       known(5, 1, 19),      known(5, 1, 20),
};
constexpr LUID luid(ULONG value) { return {value, 0}; }
SE_EXPORTS se_exports_body = {
    luid(2),        luid(3),        luid(4),        luid(5),        luid(6),        luid(7),        luid(8),
    luid(9),        luid(10),       luid(15),       luid(14),       luid(11),       luid(12),       luid(13),
    luid(16),       luid(17),       luid(18),       luid(19),       luid(20),       luid(21),       luid(22),
    luid(23),       luid(24),       &sids[0].head,  &sids[1].head,  &sids[2].head,  &sids[3].head,  &sids[4].head,
    &sids[5].head,  &sids[6].head,  &sids[7].head,  &sids[8].head,  &sids[9].head,  &sids[10].head, &sids[11].head,
    &sids[12].head, &sids[13].head, &sids[14].head, &sids[15].head, &sids[16].head, &sids[17].head, &sids[18].head,
    &sids[19].head, &sids[20].head, &sids[21].head, luid(25),       luid(26),       luid(27),       &sids[22].head,
    &sids[23].head, luid(28),       luid(29),       luid(30),       luid(31),       luid(32),       luid(33)};
PSE_EXPORTS se_exports = &se_exports_body;

}  // namespace

extern "C" {

ULONG NTAPI RtlLengthRequiredSid(ULONG SubAuthorityCount) {
  ApiScope scope("RtlLengthRequiredSid");
  return 8 + 4 * SubAuthorityCount;
}
ULONG NTAPI RtlLengthSid(PSID Sid) {
  ApiScope scope("RtlLengthSid");
  return length_of(Sid);
}
BOOLEAN NTAPI RtlValidSid(PSID Sid) {
  ApiScope scope("RtlValidSid");
  return is_sid(Sid);
}
PULONG NTAPI RtlSubAuthoritySid(PSID Sid, ULONG SubAuthority) {
  ApiScope scope("RtlSubAuthoritySid");
  return static_cast<SID*>(Sid)->SubAuthority + SubAuthority;
}
PUCHAR NTAPI RtlSubAuthorityCountSid(PSID Sid) {
  ApiScope scope("RtlSubAuthorityCountSid");
  return &static_cast<SID*>(Sid)->SubAuthorityCount;
}
NTSTATUS NTAPI RtlInitializeSid(PSID Sid, PSID_IDENTIFIER_AUTHORITY IdentifierAuthority, UCHAR SubAuthorityCount) {
  ApiScope scope("RtlInitializeSid");
  if (SubAuthorityCount > SID_MAX_SUB_AUTHORITIES) return STATUS_INVALID_PARAMETER;
  auto* sid = static_cast<SID*>(Sid);
  sid->Revision = SID_REVISION;
  sid->SubAuthorityCount = SubAuthorityCount;
  sid->IdentifierAuthority = *IdentifierAuthority;
  return STATUS_SUCCESS;
}
BOOLEAN NTAPI RtlEqualSid(PSID Sid1, PSID Sid2) {
  ApiScope scope("RtlEqualSid");
  return length_of(Sid1) == length_of(Sid2) && std::memcmp(Sid1, Sid2, length_of(Sid1)) == 0;
}
NTSTATUS NTAPI RtlCopySid(ULONG DestinationSidLength, PSID DestinationSid, PSID SourceSid) {
  ApiScope scope("RtlCopySid");
  if (length_of(SourceSid) > DestinationSidLength) return STATUS_BUFFER_TOO_SMALL;
  std::memcpy(DestinationSid, SourceSid, length_of(SourceSid));
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlCreateAcl(PACL Acl, ULONG AclLength, ULONG AclRevision) {
  ApiScope scope("RtlCreateAcl", kPassiveLevel, kApcLevel);
  if (AclLength < sizeof(ACL)) return STATUS_BUFFER_TOO_SMALL;
  if (AclRevision < ACL_REVISION || AclRevision > ACL_REVISION_DS || AclLength > MAXUSHORT)
    return STATUS_INVALID_PARAMETER;
  *Acl = {static_cast<UCHAR>(AclRevision), 0, static_cast<USHORT>(AclLength & ~3u), 0, 0};
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI RtlAddAccessAllowedAce(PACL Acl, ULONG AceRevision, ACCESS_MASK AccessMask, PSID Sid) {
  ApiScope scope("RtlAddAccessAllowedAce", kPassiveLevel, kApcLevel);
  return add_ace(Acl, AceRevision, ACCESS_ALLOWED_ACE_TYPE, 0, AccessMask, Sid);
}
NTSTATUS NTAPI RtlAddAccessAllowedAceEx(PACL Acl, ULONG AceRevision, ULONG AceFlags, ACCESS_MASK AccessMask, PSID Sid) {
  ApiScope scope("RtlAddAccessAllowedAceEx", kPassiveLevel, kApcLevel);
  return add_ace(Acl, AceRevision, ACCESS_ALLOWED_ACE_TYPE, static_cast<UCHAR>(AceFlags), AccessMask, Sid);
}
NTSTATUS NTAPI RtlGetAce(PACL Acl, ULONG AceIndex, PVOID* Ace) {
  ApiScope scope("RtlGetAce", kPassiveLevel, kApcLevel);
  if (AceIndex >= Acl->AceCount) return STATUS_INVALID_PARAMETER;
  auto* at = reinterpret_cast<UCHAR*>(Acl + 1);
  for (ULONG i = 0; i < AceIndex; ++i) at += reinterpret_cast<ACE_HEADER*>(at)->AceSize;
  *Ace = at;
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlCreateSecurityDescriptor(PVOID SecurityDescriptor, ULONG Revision) {
  ApiScope scope("RtlCreateSecurityDescriptor", kPassiveLevel, kApcLevel);
  if (Revision != SECURITY_DESCRIPTOR_REVISION) return STATUS_UNKNOWN_REVISION;
  *static_cast<SECURITY_DESCRIPTOR*>(SecurityDescriptor) = {.Revision = SECURITY_DESCRIPTOR_REVISION};
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI RtlSetDaclSecurityDescriptor(PVOID Descriptor, BOOLEAN DaclPresent, PVOID Dacl, BOOLEAN DaclDefaulted) {
  ApiScope scope("RtlSetDaclSecurityDescriptor", kPassiveLevel, kApcLevel);
  return set_list(Descriptor, DaclPresent, Dacl, DaclDefaulted, SE_DACL_PRESENT, SE_DACL_DEFAULTED,
                  &SECURITY_DESCRIPTOR::Dacl);
}
NTSTATUS NTAPI RtlSetOwnerSecurityDescriptor(PVOID Descriptor, PSID Owner, BOOLEAN OwnerDefaulted) {
  ApiScope scope("RtlSetOwnerSecurityDescriptor", kPassiveLevel, kApcLevel);
  return set_sid(Descriptor, Owner, OwnerDefaulted, SE_OWNER_DEFAULTED, &SECURITY_DESCRIPTOR::Owner);
}
NTSTATUS NTAPI RtlSetGroupSecurityDescriptor(PVOID Descriptor, PSID Group, BOOLEAN GroupDefaulted) {
  ApiScope scope("RtlSetGroupSecurityDescriptor", kPassiveLevel, kApcLevel);
  return set_sid(Descriptor, Group, GroupDefaulted, SE_GROUP_DEFAULTED, &SECURITY_DESCRIPTOR::Group);
}
NTSTATUS NTAPI RtlGetDaclSecurityDescriptor(PVOID Descriptor, PBOOLEAN DaclPresent, PACL* Dacl,
                                            PBOOLEAN DaclDefaulted) {
  ApiScope scope("RtlGetDaclSecurityDescriptor", kPassiveLevel, kApcLevel);
  return get_list(Descriptor, DaclPresent, parts_of(Descriptor).dacl, Dacl, DaclDefaulted, SE_DACL_PRESENT,
                  SE_DACL_DEFAULTED);
}
NTSTATUS NTAPI RtlGetSaclSecurityDescriptor(PVOID Descriptor, PBOOLEAN SaclPresent, PACL* Sacl,
                                            PBOOLEAN SaclDefaulted) {
  ApiScope scope("RtlGetSaclSecurityDescriptor", kPassiveLevel, kApcLevel);
  return get_list(Descriptor, SaclPresent, parts_of(Descriptor).sacl, Sacl, SaclDefaulted, SE_SACL_PRESENT,
                  SE_SACL_DEFAULTED);
}
NTSTATUS NTAPI RtlGetOwnerSecurityDescriptor(PVOID Descriptor, PSID* Owner, PBOOLEAN OwnerDefaulted) {
  ApiScope scope("RtlGetOwnerSecurityDescriptor", kPassiveLevel, kApcLevel);
  *Owner = parts_of(Descriptor).owner;
  *OwnerDefaulted = (static_cast<SECURITY_DESCRIPTOR*>(Descriptor)->Control & SE_OWNER_DEFAULTED) != 0;
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI RtlGetGroupSecurityDescriptor(PVOID Descriptor, PSID* Group, PBOOLEAN GroupDefaulted) {
  ApiScope scope("RtlGetGroupSecurityDescriptor", kPassiveLevel, kApcLevel);
  *Group = parts_of(Descriptor).group;
  *GroupDefaulted = (static_cast<SECURITY_DESCRIPTOR*>(Descriptor)->Control & SE_GROUP_DEFAULTED) != 0;
  return STATUS_SUCCESS;
}
BOOLEAN NTAPI RtlValidSecurityDescriptor(PVOID Descriptor) {
  ApiScope scope("RtlValidSecurityDescriptor", kPassiveLevel, kApcLevel);
  return Descriptor && static_cast<SECURITY_DESCRIPTOR*>(Descriptor)->Revision == SECURITY_DESCRIPTOR_REVISION;
}
ULONG NTAPI RtlLengthSecurityDescriptor(PVOID Descriptor) {
  ApiScope scope("RtlLengthSecurityDescriptor", kPassiveLevel, kApcLevel);
  const Parts parts = parts_of(Descriptor);
  const bool relative = static_cast<SECURITY_DESCRIPTOR*>(Descriptor)->Control & SE_SELF_RELATIVE;
  return parts.relative_bytes() + (relative ? 0 : ULONG{sizeof(SECURITY_DESCRIPTOR) - sizeof(RelativeDescriptor)});
}
NTSTATUS NTAPI RtlAbsoluteToSelfRelativeSD(PVOID AbsoluteSecurityDescriptor, PVOID SelfRelativeSecurityDescriptor,
                                           PULONG BufferLength) {
  ApiScope scope("RtlAbsoluteToSelfRelativeSD", kPassiveLevel, kApcLevel);
  if (static_cast<SECURITY_DESCRIPTOR*>(AbsoluteSecurityDescriptor)->Control & SE_SELF_RELATIVE)
    return STATUS_BAD_DESCRIPTOR_FORMAT;
  const Parts parts = parts_of(AbsoluteSecurityDescriptor);
  const ULONG given = *BufferLength;
  *BufferLength = parts.relative_bytes();
  if (given < *BufferLength) return STATUS_BUFFER_TOO_SMALL;
  write_relative(AbsoluteSecurityDescriptor, parts, SelfRelativeSecurityDescriptor);
  return STATUS_SUCCESS;
}
// A self-relative copy in pool of a caller's descriptor; the kernel's own is taken as it is, unless a copy is forced.
NTSTATUS NTAPI SeCaptureSecurityDescriptor(PVOID Original, KPROCESSOR_MODE CurrentMode, POOL_TYPE PoolType,
                                           BOOLEAN CaptureIfKernel, PVOID* Captured) {
  constexpr char kApi[] = "SeCaptureSecurityDescriptor";
  ApiScope scope(kApi, kPassiveLevel, kPassiveLevel);
  *Captured = Original;
  if (!Original || (CurrentMode == KernelMode && !CaptureIfKernel)) return STATUS_SUCCESS;
  if (static_cast<SECURITY_DESCRIPTOR*>(Original)->Revision != SECURITY_DESCRIPTOR_REVISION)
    return STATUS_UNKNOWN_REVISION;
  const Parts parts = parts_of(Original);
  PVOID copy = ExAllocatePoolWithTag(PoolType, parts.relative_bytes(), 'dSeS');
  if (!copy) return STATUS_INSUFFICIENT_RESOURCES;
  write_relative(Original, parts, copy);
  *Captured = copy;
  return STATUS_SUCCESS;
}
VOID NTAPI SeReleaseSecurityDescriptor(PVOID CapturedSecurityDescriptor, KPROCESSOR_MODE CurrentMode,
                                       BOOLEAN CaptureIfKernelMode) {
  ApiScope scope("SeReleaseSecurityDescriptor", kPassiveLevel, kPassiveLevel);
  if (CapturedSecurityDescriptor && (CurrentMode != KernelMode || CaptureIfKernelMode))
    ExFreePoolWithTag(CapturedSecurityDescriptor, 'dSeS');
}
NTSTATUS NTAPI ZwSetSecurityObject(HANDLE Handle, SECURITY_INFORMATION SecurityInformation, PVOID SecurityDescriptor) {
  ApiScope scope("ZwSetSecurityObject", kPassiveLevel, kPassiveLevel);
  auto body = services().objects().reference_by_handle(Handle, nullptr, "ZwSetSecurityObject");
  if (!body) return body.error().nt();
  (void)services().objects().dereference(*body, "ZwSetSecurityObject");
  if (!SecurityDescriptor) return STATUS_ACCESS_VIOLATION;
  return RtlValidSecurityDescriptor(SecurityDescriptor) ? STATUS_SUCCESS : STATUS_INVALID_SECURITY_DESCR;
}

}  // extern "C"

namespace portside::exports {
namespace {
constexpr char kNoAccess[] = "no access is checked: descriptors are built and read back alone";
const Export kRtlSecurityRows[] = {
    EXPORT(NtosKrnl, RtlLengthRequiredSid),
    EXPORT(NtosKrnl, RtlLengthSid),
    EXPORT(NtosKrnl, RtlValidSid),
    EXPORT(NtosKrnl, RtlSubAuthoritySid),
    EXPORT(NtosKrnl, RtlSubAuthorityCountSid),
    EXPORT(NtosKrnl, RtlInitializeSid),
    EXPORT(NtosKrnl, RtlEqualSid),
    EXPORT(NtosKrnl, RtlCopySid),
    EXPORT(NtosKrnl, RtlCreateAcl),
    EXPORT(NtosKrnl, RtlAddAccessAllowedAce),
    EXPORT(NtosKrnl, RtlAddAccessAllowedAceEx),
    EXPORT(NtosKrnl, RtlGetAce),
    EXPORT_PARTIAL(NtosKrnl, RtlCreateSecurityDescriptor, kNoAccess),
    EXPORT_PARTIAL(NtosKrnl, RtlSetDaclSecurityDescriptor, kNoAccess),
    EXPORT_PARTIAL(NtosKrnl, RtlSetOwnerSecurityDescriptor, kNoAccess),
    EXPORT_PARTIAL(NtosKrnl, RtlSetGroupSecurityDescriptor, kNoAccess),
    EXPORT(NtosKrnl, RtlGetDaclSecurityDescriptor),
    EXPORT(NtosKrnl, RtlGetSaclSecurityDescriptor),
    EXPORT(NtosKrnl, RtlGetOwnerSecurityDescriptor),
    EXPORT(NtosKrnl, RtlGetGroupSecurityDescriptor),
    EXPORT_PARTIAL(NtosKrnl, RtlValidSecurityDescriptor, kNoAccess),
    EXPORT(NtosKrnl, RtlLengthSecurityDescriptor),
    EXPORT(NtosKrnl, RtlAbsoluteToSelfRelativeSD),
    EXPORT(NtosKrnl, SeCaptureSecurityDescriptor),
    EXPORT(NtosKrnl, SeReleaseSecurityDescriptor),
    EXPORT_PARTIAL(NtosKrnl, ZwSetSecurityObject, "the descriptor is looked at and not kept: no access is checked"),
    EXPORT_DATA(NtosKrnl, "SeExports", &se_exports),
};
}  // namespace
const ExportSet kRtlSecurityExports{kRtlSecurityRows};
}  // namespace portside::exports
