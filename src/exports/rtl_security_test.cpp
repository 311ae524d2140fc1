#include <ntifs.h>

#include "exports/export_fixture.h"
#include "exports/export_table.h"

namespace portside::exports {
namespace {

struct SecurityTest : ExportFixture {
  const SE_EXPORTS& exports() { return **static_cast<PSE_EXPORTS*>(find_export("ntoskrnl.exe", "SeExports")->address); }
};

TEST_F(SecurityTest, IdentifiersAreBuiltAndKnown) {
  run([&] {
    alignas(4) UCHAR memory[64];
    const PSID sid = memory;
    SID_IDENTIFIER_AUTHORITY nt = SECURITY_NT_AUTHORITY;
    EXPECT_EQ(RtlInitializeSid(sid, &nt, 16), STATUS_INVALID_PARAMETER);
    ASSERT_EQ(RtlInitializeSid(sid, &nt, 2), STATUS_SUCCESS);
    *RtlSubAuthoritySid(sid, 0) = SECURITY_BUILTIN_DOMAIN_RID;
    *RtlSubAuthoritySid(sid, 1) = DOMAIN_ALIAS_RID_ADMINS;
    EXPECT_TRUE(RtlValidSid(sid));
    EXPECT_EQ(RtlLengthSid(sid), 16u);
    EXPECT_EQ(RtlLengthRequiredSid(2), 16u);
    EXPECT_TRUE(RtlEqualSid(sid, exports().SeAliasAdminsSid));
    EXPECT_FALSE(RtlEqualSid(sid, exports().SeWorldSid));
    EXPECT_EQ(RtlLengthSid(exports().SeWorldSid), 12u);
    alignas(4) UCHAR copy[16];
    EXPECT_EQ(RtlCopySid(12, copy, sid), STATUS_BUFFER_TOO_SMALL);
    ASSERT_EQ(RtlCopySid(16, copy, sid), STATUS_SUCCESS);
    EXPECT_TRUE(RtlEqualSid(copy, sid));
    EXPECT_EQ(exports().SeLoadDriverPrivilege.LowPart, 10u);
    EXPECT_EQ(exports().SeIncreaseWorkingSetPrivilege.LowPart, 33u);
  });
}

// What a driver does that shares an object with every user's programs: a list with one entry, in a descriptor, made
// self-relative.
TEST_F(SecurityTest, ADescriptorWithAListOfAccess) {
  run([&] {
    const PSID world = exports().SeWorldSid;
    alignas(8) UCHAR list[64];
    const PACL acl = reinterpret_cast<PACL>(list);
    const ULONG bytes = sizeof(ACL) + FIELD_OFFSET(ACCESS_ALLOWED_ACE, SidStart) + RtlLengthSid(world);
    EXPECT_EQ(RtlCreateAcl(acl, 4, ACL_REVISION), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(RtlCreateAcl(acl, bytes, 1), STATUS_INVALID_PARAMETER);
    ASSERT_EQ(RtlCreateAcl(acl, bytes, ACL_REVISION), STATUS_SUCCESS);
    ASSERT_EQ(RtlAddAccessAllowedAce(acl, ACL_REVISION, SECTION_ALL_ACCESS, world), STATUS_SUCCESS);
    EXPECT_EQ(RtlAddAccessAllowedAce(acl, ACL_REVISION, 1, world), STATUS_ALLOTTED_SPACE_EXCEEDED);
    PVOID entry = nullptr;
    ASSERT_EQ(RtlGetAce(acl, 0, &entry), STATUS_SUCCESS);
    EXPECT_EQ(static_cast<ACCESS_ALLOWED_ACE*>(entry)->Mask, static_cast<ULONG>(SECTION_ALL_ACCESS));
    EXPECT_TRUE(RtlEqualSid(&static_cast<ACCESS_ALLOWED_ACE*>(entry)->SidStart, world));
    EXPECT_EQ(RtlGetAce(acl, 1, &entry), STATUS_INVALID_PARAMETER);

    SECURITY_DESCRIPTOR absolute;
    EXPECT_EQ(RtlCreateSecurityDescriptor(&absolute, 2), STATUS_UNKNOWN_REVISION);
    ASSERT_EQ(RtlCreateSecurityDescriptor(&absolute, SECURITY_DESCRIPTOR_REVISION), STATUS_SUCCESS);
    ASSERT_EQ(RtlSetDaclSecurityDescriptor(&absolute, TRUE, acl, FALSE), STATUS_SUCCESS);
    ASSERT_EQ(RtlSetOwnerSecurityDescriptor(&absolute, exports().SeLocalSystemSid, FALSE), STATUS_SUCCESS);
    UCHAR relative[128];
    ULONG length = 0;
    EXPECT_EQ(RtlAbsoluteToSelfRelativeSD(&absolute, relative, &length), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(length, 20 + bytes + 12);
    EXPECT_EQ(RtlLengthSecurityDescriptor(&absolute), length + 20);
    ASSERT_EQ(RtlAbsoluteToSelfRelativeSD(&absolute, relative, &length), STATUS_SUCCESS);
    EXPECT_EQ(RtlLengthSecurityDescriptor(relative), length);
    BOOLEAN present = FALSE, defaulted = TRUE;
    PACL found = nullptr;
    ASSERT_EQ(RtlGetDaclSecurityDescriptor(relative, &present, &found, &defaulted), STATUS_SUCCESS);
    EXPECT_TRUE(present);
    EXPECT_FALSE(defaulted);
    EXPECT_EQ(memcmp(found, acl, bytes), 0);
    PSID owner = nullptr;
    ASSERT_EQ(RtlGetOwnerSecurityDescriptor(relative, &owner, &defaulted), STATUS_SUCCESS);
    EXPECT_TRUE(RtlEqualSid(owner, exports().SeLocalSystemSid));
    ASSERT_EQ(RtlGetSaclSecurityDescriptor(relative, &present, &found, &defaulted), STATUS_SUCCESS);
    EXPECT_FALSE(present);
    EXPECT_EQ(RtlSetDaclSecurityDescriptor(relative, TRUE, acl, FALSE), STATUS_INVALID_SECURITY_DESCR);
    EXPECT_EQ(RtlAbsoluteToSelfRelativeSD(relative, relative, &length), STATUS_BAD_DESCRIPTOR_FORMAT);
    PSECURITY_DESCRIPTOR captured = nullptr;
    ASSERT_EQ(SeCaptureSecurityDescriptor(&absolute, KernelMode, PagedPool, FALSE, &captured), STATUS_SUCCESS);
    EXPECT_EQ(captured, &absolute);
    ASSERT_EQ(SeCaptureSecurityDescriptor(&absolute, KernelMode, PagedPool, TRUE, &captured), STATUS_SUCCESS);
    EXPECT_EQ(memcmp(captured, relative, length), 0);
    SeReleaseSecurityDescriptor(captured, KernelMode, TRUE);
  });
  EXPECT_TRUE(pool_mistakes.seen.empty());
}

}  // namespace
}  // namespace portside::exports
