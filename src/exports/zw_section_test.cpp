#include <algorithm>

#include "exports/export_fixture.h"

namespace portside::exports {
namespace {

struct SectionTest : ExportFixture {
  static OBJECT_ATTRIBUTES attributes(UNICODE_STRING* name, ULONG flags = OBJ_KERNEL_HANDLE) {
    OBJECT_ATTRIBUTES a;
    InitializeObjectAttributes(&a, name, flags, nullptr, nullptr);
    return a;
  }
  static NTSTATUS create(PHANDLE handle, OBJECT_ATTRIBUTES* with, LONGLONG bytes, ULONG protection = PAGE_READWRITE,
                         ULONG allocation = SEC_COMMIT, HANDLE file = nullptr) {
    LARGE_INTEGER size;
    size.QuadPart = bytes;
    return ZwCreateSection(handle, SECTION_ALL_ACCESS, with, bytes ? &size : nullptr, protection, allocation, file);
  }
  static NTSTATUS map(HANDLE section, UCHAR** base, SIZE_T* bytes, LARGE_INTEGER* offset = nullptr) {
    *base = nullptr;
    return ZwMapViewOfSection(section, ZwCurrentProcess(), reinterpret_cast<PVOID*>(base), 0, 0, offset, bytes,
                              ViewUnmap, 0, PAGE_READWRITE);
  }
};

// Two who know its name see the same bytes, whichever of their views they go through.
TEST_F(SectionTest, ViewsOfANamedSectionAreTheSamePages) {
  run([&] {
    UNICODE_STRING name = unicode(u"\\BaseNamedObjects\\Ring");
    auto with = attributes(&name);
    HANDLE first = nullptr, second = nullptr;
    ASSERT_EQ(create(&first, &with, 0x21000), STATUS_SUCCESS);
    ASSERT_EQ(ZwOpenSection(&second, SECTION_MAP_READ | SECTION_MAP_WRITE, &with), STATUS_SUCCESS);
    UCHAR *one = nullptr, *two = nullptr;
    SIZE_T bytes = 0, part = 100;
    ASSERT_EQ(map(first, &one, &bytes), STATUS_SUCCESS);
    EXPECT_EQ(bytes, 0x21000u) << "a size of zero is the whole section";
    EXPECT_TRUE(std::all_of(one, one + bytes, [](UCHAR b) { return b == 0; }));
    LARGE_INTEGER offset;
    offset.QuadPart = 0x10123;
    ASSERT_EQ(map(second, &two, &part, &offset), STATUS_SUCCESS);
    EXPECT_EQ(offset.QuadPart, 0x10000) << "rounded down to the granularity of allocation";
    EXPECT_EQ(part, kPageBytes) << "rounded up to whole pages";
    EXPECT_NE(one, two);
    one[0x10010] = 0x5A;
    EXPECT_EQ(two[0x10], 0x5A);
    // A view holds its section: handles may go, and so may the other view. Any address in a view stands for it.
    EXPECT_EQ(ZwClose(first), STATUS_SUCCESS);
    EXPECT_EQ(ZwClose(second), STATUS_SUCCESS);
    EXPECT_EQ(ZwUnmapViewOfSection(ZwCurrentProcess(), one + 77), STATUS_SUCCESS);
    two[0x10] = 0x5B;
    EXPECT_EQ(ZwUnmapViewOfSection(ZwCurrentProcess(), two), STATUS_SUCCESS);
    EXPECT_EQ(ZwUnmapViewOfSection(ZwCurrentProcess(), two), STATUS_NOT_MAPPED_VIEW);
    EXPECT_EQ(ZwOpenSection(&second, SECTION_MAP_READ, &with), STATUS_OBJECT_NAME_NOT_FOUND);
  });
  EXPECT_TRUE(object_mistakes.seen.empty());
  EXPECT_TRUE(services_->objects().live_handles().empty());
}

TEST_F(SectionTest, ANameIsTakenOnce) {
  run([&] {
    UNICODE_STRING name = unicode(u"\\BaseNamedObjects\\Taken");
    auto with = attributes(&name);
    auto open_if = attributes(&name, OBJ_KERNEL_HANDLE | OBJ_OPENIF);
    HANDLE first = nullptr, second = nullptr;
    ASSERT_EQ(create(&first, &with, 4096), STATUS_SUCCESS);
    EXPECT_EQ(create(&second, &with, 4096), STATUS_OBJECT_NAME_COLLISION);
    ASSERT_EQ(create(&second, &open_if, 65536), STATUS_OBJECT_NAME_EXISTS);
    UCHAR* view = nullptr;
    SIZE_T bytes = 0;
    ASSERT_EQ(map(second, &view, &bytes), STATUS_SUCCESS);
    EXPECT_EQ(bytes, kPageBytes) << "the section that was there";
    ZwUnmapViewOfSection(ZwCurrentProcess(), view);
    ZwClose(first);
    ZwClose(second);
  });
}

TEST_F(SectionTest, WhatIsRefused) {
  run([&] {
    HANDLE section = nullptr, file = &section;
    EXPECT_EQ(create(&section, nullptr, 0), STATUS_INVALID_PARAMETER_4);
    EXPECT_EQ(create(&section, nullptr, 4096, 0), STATUS_INVALID_PAGE_PROTECTION);
    EXPECT_EQ(create(&section, nullptr, 4096, PAGE_READWRITE, 0), STATUS_INVALID_PARAMETER_6);
    EXPECT_EQ(create(&section, nullptr, 4096, PAGE_READONLY, SEC_IMAGE), STATUS_INVALID_PARAMETER_6);
    EXPECT_EQ(create(&section, nullptr, 4096, PAGE_READWRITE, SEC_COMMIT, file), STATUS_NOT_IMPLEMENTED);
    ASSERT_EQ(create(&section, nullptr, 4096), STATUS_SUCCESS);
    UCHAR* view = nullptr;
    SIZE_T bytes = 2 * kPageBytes;
    EXPECT_EQ(map(section, &view, &bytes), STATUS_INVALID_VIEW_SIZE);
    bytes = 0;
    LARGE_INTEGER outside;
    outside.QuadPart = 0x10000;
    EXPECT_EQ(map(section, &view, &bytes, &outside), STATUS_INVALID_VIEW_SIZE);
    EXPECT_EQ(map(reinterpret_cast<HANDLE>(uint64_t{0x7770}), &view, &bytes), STATUS_INVALID_HANDLE);
    PVOID wanted = &bytes;
    EXPECT_EQ(
        ZwMapViewOfSection(section, ZwCurrentProcess(), &wanted, 0, 0, nullptr, &bytes, ViewUnmap, 0, PAGE_READWRITE),
        STATUS_CONFLICTING_ADDRESSES);
    EXPECT_EQ(ZwClose(section), STATUS_SUCCESS);
  });
}

TEST_F(SectionTest, AViewInSystemSpaceOfAReferencedSection) {
  run([&] {
    HANDLE section = nullptr;
    ASSERT_EQ(create(&section, nullptr, 8192), STATUS_SUCCESS);
    PVOID body = nullptr, base = nullptr;
    ASSERT_EQ(ObReferenceObjectByHandle(section, SECTION_ALL_ACCESS, *MmSectionObjectType, KernelMode, &body, nullptr),
              STATUS_SUCCESS);
    SIZE_T bytes = 0;
    ASSERT_EQ(MmMapViewInSystemSpace(body, &base, &bytes), STATUS_SUCCESS);
    EXPECT_EQ(bytes, 8192u);
    UCHAR* other = nullptr;
    SIZE_T all = 0;
    ASSERT_EQ(map(section, &other, &all), STATUS_SUCCESS);
    static_cast<UCHAR*>(base)[8191] = 9;
    EXPECT_EQ(other[8191], 9);
    EXPECT_EQ(MmUnmapViewInSystemSpace(base), STATUS_SUCCESS);
    EXPECT_EQ(MmMapViewInSystemSpace(&bytes, &base, &bytes), STATUS_INVALID_PARAMETER_1);
    ZwUnmapViewOfSection(ZwCurrentProcess(), other);
    ObDereferenceObject(body);
    ZwClose(section);
  });
}

}  // namespace
}  // namespace portside::exports
