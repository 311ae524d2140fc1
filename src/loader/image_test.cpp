#include "loader/image.h"

#include <gmock/gmock.h>
#include <sys/mman.h>

#include <cstring>

#include "loader/loader_fixture.h"

namespace portside::loader {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ImageTest : public LoaderTest {};

TEST_F(ImageTest, BindsByNameByOrdinalAndDelayed) {
  Image& image = load("basic.sys");
  EXPECT_EQ(call<int>(image, "call_by_name", 3, 4), 7);
  EXPECT_EQ(call<int>(image, "call_by_ordinal", 6), 42);
  EXPECT_EQ(call<int>(image, "call_late", 6), 5);
  EXPECT_EQ(call<int>(image, "read_data"), 77);
}

TEST_F(ImageTest, ThunksPassEveryKindOfArgument) {
  Image& image = load("basic.sys");
  EXPECT_EQ(call<int>(image, "call_variadic"), 21);
  EXPECT_EQ(call<double>(image, "call_mixed"), 1 + 25 + 300 + 4250 + 50000 + 612500 + 7000000);
  EXPECT_EQ(call<int>(image, "survives_clobber", 1.25), 1);
}

TEST_F(ImageTest, IsRelocated) {
  Image& image = load("basic.sys");
  EXPECT_NE(image.base(), 0x140000000u);
  EXPECT_STREQ(*static_cast<const char**>(image.find_export("relocated_pointer")), "relocated");
  EXPECT_EQ(*static_cast<int*>(image.find_export("exported_data")), 4711);
}

TEST_F(ImageTest, WithoutRelocationsTakesItsOwnPlace) {
  Image& image = load("fixed.sys");
  EXPECT_EQ(image.base(), 0x300000000000u);
  auto second = loader_->load(test_image("fixed.sys"), resolver_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().sentence(), HasSubstr("has no relocations and its base 0x300000000000 cannot be had"));
}

TEST_F(ImageTest, SeedsTheCookie) {
  Image& image = load("basic.sys");
  const auto cookie = call<uint64_t>(image, "read_cookie");
  EXPECT_EQ(cookie, image.security_cookie());
  EXPECT_NE(cookie, 0u);
  EXPECT_NE(cookie, 0x2B992DDFA232u);
  EXPECT_EQ(cookie >> 48, 0u);
}

TEST_F(ImageTest, KnowsPageableAndDiscardsInit) {
  Image& image = load("basic.sys");
  ASSERT_EQ(image.pageable_ranges().size(), 1u);
  EXPECT_EQ(image.pageable_ranges()[0].section, "PAGE");
  EXPECT_TRUE(image.pageable_ranges()[0].contains(reinterpret_cast<uint64_t>(image.find_export("pageable"))));
  EXPECT_EQ(call<int>(image, "DriverEntry", static_cast<void*>(nullptr), static_cast<void*>(nullptr)), 0x1001);
  image.discard_init();
  EXPECT_FALSE(image.is_code(image.entry_point()));
  EXPECT_EQ(call<int>(image, "pageable"), 23);
  EXPECT_EQ(call<int>(image, "call_by_name", 1, 1), 2);
  const auto& record = call_fatal(image, "DriverEntry", static_cast<void*>(nullptr), static_cast<void*>(nullptr));
  EXPECT_EQ(record.code, kernel::kPageFaultInNonpagedArea);
}

TEST_F(ImageTest, NamesAllMissingImportsTogether) {
  restart_loader({.allow_missing_imports = false});
  auto image = loader_->load(test_image("basic.sys"), resolver_);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().code(), StatusCode::kDriverEntrypointNotFound);
  EXPECT_EQ(image.error().sentence(),
            "basic.sys imports 1 function that Portside does not have: probe.sys!probe_missing.");
}

TEST_F(ImageTest, AMissingImportStopsTheDriverWhenItIsCalled) {
  Image& image = load("basic.sys");
  EXPECT_THAT(image.missing_imports(), ElementsAre("probe.sys!probe_missing"));
  const auto& record = call_fatal(image, "call_missing", 1);
  EXPECT_EQ(record.code, kMissingImportBugCheck);
  EXPECT_THAT(record.sentence, HasSubstr("probe.sys!probe_missing"));
  ASSERT_GE(record.stack.count, 1u);
  EXPECT_TRUE(image.contains(record.stack.frames[0]));
}

TEST_F(ImageTest, EndlessRecursionThroughTheHostIsABugCheck) {
  Image& image = load("basic.sys");
  const auto& record = call_fatal(image, "recurse", static_cast<void*>(nullptr));
  EXPECT_EQ(record.code, kernel::kUnexpectedKernelModeTrap);
  EXPECT_THAT(record.sentence, HasSubstr("probe_call"));
}

TEST_F(ImageTest, ChecksIndirectCallsWhenAsked) {
  restart_loader({.allow_missing_imports = true, .check_indirect_calls = true});
  Image& image = load("basic.sys");
  EXPECT_EQ(call<int>(image, "call_guarded", uint64_t{0}), 42);
  EXPECT_EQ(call<double>(image, "call_mixed"), 1 + 25 + 300 + 4250 + 50000 + 612500 + 7000000);
  const auto& record = call_fatal(image, "call_guarded", uint64_t{1});
  EXPECT_EQ(record.code, kernel::kKernelSecurityCheckFailure);
  EXPECT_EQ(record.parameters[0], 10u);
}

TEST_F(ImageTest, AnImageOfGccLoads) {
  Image& image = load("gnu.sys");
  EXPECT_EQ(call<int>(image, "gnu_add", 1, 2), 6);
}

TEST_F(ImageTest, IsFoundByAddressUntilUnloaded) {
  Image& image = load("basic.sys");
  const uint64_t base = image.base(), end = image.end();
  EXPECT_EQ(loader_->images().find(base), &image);
  EXPECT_EQ(loader_->images().find(end - 1), &image);
  EXPECT_EQ(loader_->images().find(end), nullptr);
  EXPECT_EQ(loader_->images().find(base - 1), nullptr);
  loader_->unload(image);
  EXPECT_EQ(loader_->images().find(base), nullptr);
}

TEST_F(ImageTest, ProtectionsFollowTheSections) {
  Image& image = load("basic.sys");
  EXPECT_TRUE(image.is_code(image.entry_point()));
  EXPECT_FALSE(image.is_code(reinterpret_cast<uint64_t>(image.find_export("exported_data"))));
  for (const PeSection& section : image.sections())
    EXPECT_FALSE(section.writable() && section.executable()) << section.name;
}

}  // namespace
}  // namespace portside::loader
