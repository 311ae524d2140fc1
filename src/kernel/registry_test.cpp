#include "kernel/registry.h"

#include <gtest/gtest.h>

namespace portside::kernel {
namespace {

constexpr std::u16string_view kServices = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services";

std::span<const std::byte> bytes(const char* text) {
  return std::as_bytes(std::span(text, std::char_traits<char>::length(text)));
}

TEST(Registry, HasWhatEveryWindowsHas) {
  Registry registry;
  EXPECT_TRUE(registry.open(nullptr, kServices));
  EXPECT_TRUE(registry.open(nullptr, u"\\REGISTRY\\machine\\SOFTWARE\\"));
  EXPECT_EQ(registry.open(nullptr, kServices)->get()->path(), kServices);
}

TEST(Registry, CreatesTheLastKeyOnly) {
  Registry registry;
  auto services = registry.open(nullptr, kServices).value();
  EXPECT_EQ(registry.create(services, u"Cable\\Parameters").error().code(), StatusCode::kObjectNameNotFound);
  EXPECT_TRUE(registry.create(services, u"Cable")->created);
  EXPECT_TRUE(registry.create(services, u"Cable\\Parameters")->created);
  EXPECT_FALSE(registry.create(services, u"CABLE\\parameters")->created);
  EXPECT_EQ(registry.open(services, u"cable\\Parameters")->get()->name(), u"Parameters")
      << "the name keeps its first spelling";
  EXPECT_EQ(registry.open(services, u"").value(), services);
}

TEST(Registry, PathsAreChecked) {
  Registry registry;
  auto services = registry.open(nullptr, kServices).value();
  EXPECT_EQ(registry.open(nullptr, u"Registry\\Machine").error().code(), StatusCode::kObjectPathSyntaxBad);
  EXPECT_EQ(registry.open(services, u"\\Cable").error().code(), StatusCode::kObjectPathSyntaxBad);
  EXPECT_EQ(registry.create(nullptr, u"\\Elsewhere").error().code(), StatusCode::kObjectNameNotFound);
  EXPECT_EQ(registry.create(services, std::u16string(256, u'x')).error().code(), StatusCode::kObjectNameInvalid);
}

TEST(Registry, ValuesKeepTypeDataAndOrder) {
  Registry registry;
  auto key = registry.create(nullptr, std::u16string(kServices) + u"\\Cable")->key;
  EXPECT_TRUE(registry.set_value(key, u"B", 3, bytes("one")));
  EXPECT_TRUE(registry.set_value(key, u"a", 3, bytes("two")));
  EXPECT_TRUE(registry.set_value(key, u"", 1, {}));
  EXPECT_TRUE(registry.set_value(key, u"b", 4, bytes("four")));
  EXPECT_EQ(registry.value_at(key, 0)->name, u"B");
  EXPECT_EQ(registry.value_at(key, 0)->type, 4u);
  EXPECT_EQ(registry.value_at(key, 1)->name, u"a");
  EXPECT_EQ(registry.value_at(key, 3).error().code(), StatusCode::kNoMoreEntries);
  EXPECT_EQ(registry.value(key, u"B")->data.size(), 4u);
  EXPECT_TRUE(registry.value(key, u"")->data.empty());
  EXPECT_EQ(registry.value(key, u"c").error().code(), StatusCode::kObjectNameNotFound);
  EXPECT_TRUE(registry.remove_value(key, u"A"));
  EXPECT_EQ(registry.remove_value(key, u"A").error().code(), StatusCode::kObjectNameNotFound);
  const auto info = registry.info(key).value();
  EXPECT_EQ(info.values, 2u);
  EXPECT_EQ(info.longest_value_name_bytes, 2u);
  EXPECT_EQ(info.longest_value_data_bytes, 4u);
}

TEST(Registry, SubkeysEnumerateByName) {
  Registry registry;
  auto key = registry.create(nullptr, std::u16string(kServices) + u"\\Cable")->key;
  for (auto name : {u"zeta", u"Alpha", u"beta"}) EXPECT_TRUE(registry.create(key, name));
  EXPECT_EQ(registry.subkey_at(key, 0)->name, u"Alpha");
  EXPECT_EQ(registry.subkey_at(key, 1)->name, u"beta");
  EXPECT_EQ(registry.subkey_at(key, 2)->name, u"zeta");
  EXPECT_EQ(registry.subkey_at(key, 3).error().code(), StatusCode::kNoMoreEntries);
  EXPECT_EQ(registry.info(key)->longest_subkey_name_bytes, 10u);
}

TEST(Registry, ADeletedKeySaysSo) {
  Registry registry;
  auto key = registry.create(nullptr, std::u16string(kServices) + u"\\Cable")->key;
  auto child = registry.create(key, u"Child")->key;
  EXPECT_EQ(registry.remove(key).error().code(), StatusCode::kCannotDelete);
  EXPECT_TRUE(registry.remove(child));
  EXPECT_EQ(registry.remove(child).error().code(), StatusCode::kKeyDeleted);
  EXPECT_EQ(registry.set_value(child, u"x", 1, {}).error().code(), StatusCode::kKeyDeleted);
  EXPECT_EQ(registry.create(child, u"y").error().code(), StatusCode::kKeyDeleted);
  EXPECT_TRUE(registry.remove(key));
  EXPECT_FALSE(registry.open(nullptr, std::u16string(kServices) + u"\\Cable"));
}

TEST(Registry, BelowAVolatileKeyAllIsVolatile) {
  Registry registry;
  auto key = registry.create(nullptr, u"\\Registry\\Machine\\Hardware\\Cable", true)->key;
  EXPECT_EQ(registry.create(key, u"Stable").error().code(), StatusCode::kChildMustBeVolatile);
  EXPECT_TRUE(registry.create(key, u"Loose", true)->key->is_volatile());
}

TEST(Registry, Shorthands) {
  Registry registry;
  EXPECT_TRUE(registry.set_string(u"\\Registry\\Machine\\Software\\A\\B", u"Name", u"value"));
  EXPECT_TRUE(registry.set_dword(u"\\Registry\\Machine\\Software\\A\\B", u"Count", 7));
  EXPECT_EQ(registry.get_string(u"\\registry\\machine\\software\\a\\b", u"name").value(), u"value");
  EXPECT_EQ(registry.get_dword(u"\\registry\\machine\\software\\a\\b", u"COUNT").value(), 7u);
  EXPECT_EQ(registry.get_dword(u"\\registry\\machine\\software\\a\\b", u"Name").error().code(),
            StatusCode::kObjectTypeMismatch);
}

}  // namespace
}  // namespace portside::kernel
