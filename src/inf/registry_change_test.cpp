// "INF AddReg Directive", "INF DelReg Directive", "INF AddProperty Directive": flags, types, values.

#include "inf/inf_fixture.h"

namespace portside::inf {
namespace {

using Action = RegistryChange::Action;

Result<RegistryChange> add(std::string_view line) {
  TRY_ASSIGN(const InfFile file, parse("[R]\n" + std::string(line)));
  TRY_ASSIGN(const auto changes, read_add_registry(file, *file.find("R")));
  return changes.front();
}
Result<RegistryChange> del(std::string_view line) {
  TRY_ASSIGN(const InfFile file, parse("[R]\n" + std::string(line)));
  TRY_ASSIGN(const auto changes, read_delete_registry(file, *file.find("R")));
  return changes.front();
}
std::vector<int> bytes(const RegistryChange& change) {
  std::vector<int> out;
  for (const std::byte b : change.bytes) out.push_back(std::to_integer<int>(b));
  return out;
}
using Bytes = std::vector<int>;
using Strings = std::vector<std::string>;

TEST(InfAddReg, Types) {
  EXPECT_EQ(add("HKR,,Name,,text")->type, 1u);
  EXPECT_EQ(add("HKR,,Name,,text")->strings, Strings{"text"});
  EXPECT_EQ(add("HKR,,Name,0x00020000,\"%%x%%\"")->type, 2u);
  EXPECT_EQ(add("HKR,,Name,0x00010000,a,b,\"c d\"")->strings, (Strings{"a", "b", "c d"}));
  EXPECT_EQ(add("HKR,,Name,0x00010000,a")->type, 7u);
  EXPECT_EQ(add("HKR,,Name,1,1,0x1F,ff")->type, 3u);
  EXPECT_EQ(bytes(*add("HKR,,Name,1,1,0x1F,ff")), (Bytes{1, 0x1F, 0xFF}));
  EXPECT_EQ(add("HKR,,Name,0x10001,7")->type, 4u);
  EXPECT_EQ(bytes(*add("HKR,,Name,0x10001,0x12345678")), (Bytes{0x78, 0x56, 0x34, 0x12}));
  EXPECT_EQ(bytes(*add("HKR,,Name,65537,258")), (Bytes{2, 1, 0, 0}));
  EXPECT_EQ(bytes(*add("HKR,,Name,0x10001,1,2,3,4")), (Bytes{1, 2, 3, 4}));
  EXPECT_EQ(bytes(*add("HKR,,Name,0x10001,-1")), (Bytes{255, 255, 255, 255}));
  EXPECT_EQ(add("HKR,,Name,0xB0001,1")->type, 11u);
  EXPECT_EQ(bytes(*add("HKR,,Name,0xB0001,0x100000000")), (Bytes{0, 0, 0, 0, 1, 0, 0, 0}));
  EXPECT_EQ(add("HKR,,Name,0x20001")->type, 0u);
  EXPECT_EQ(add("HKR,,Name,0x80001,1")->type, 8u) << "a registry type of its own";
}

TEST(InfAddReg, RootsAndKeys) {
  EXPECT_EQ(add("hklm,\\Software\\X\\,a,,b")->root, RegistryRoot::kLocalMachine);
  EXPECT_EQ(add("hklm,\\Software\\X\\,a,,b")->subkey, "Software\\X");
  EXPECT_EQ(add("HKCR,x,,,y")->root, RegistryRoot::kClassesRoot);
  EXPECT_EQ(add("HKCR,x,,,y")->value, "") << "the unnamed value";
  EXPECT_EQ(add("HKLM,Software\\X,a,0x4000,b")->subkey, "Software\\Wow6432Node\\X");
  EXPECT_EQ(add("HKR,Software\\X,a,0x4000,b")->subkey, "Software\\X");
}

TEST(InfAddReg, WhatAFlagDoes) {
  EXPECT_EQ(add("HKR,Key")->action, Action::kCreateKey);
  EXPECT_EQ(add("HKR,Key,Name,0x10,x")->action, Action::kCreateKey);
  EXPECT_EQ(add("HKR,Key,Name")->action, Action::kSet);
  EXPECT_EQ(add("HKR,Key,,,\"\"")->action, Action::kSet);
  EXPECT_EQ(add("HKR,Key,Name,4")->action, Action::kDeleteValue);
  EXPECT_EQ(add("HKR,Key,,4")->action, Action::kDeleteKey);
  EXPECT_EQ(add("HKR,,Name,0x00010008,x")->action, Action::kAppend);
  EXPECT_TRUE(add("HKR,,Name,2,x")->keep_existing);
  EXPECT_FALSE(add("HKR,,Name,0,x")->keep_existing);
  EXPECT_TRUE(add("HKR,,Name,0x20,x")->only_existing);
  // As Microsoft's samples write it: bytes, unless the value is there.
  const auto idle = add("HKR,PowerSettings,ConservationIdleTime,3,3,0,0,0");
  EXPECT_EQ(bytes(*idle), (Bytes{3, 0, 0, 0}));
  EXPECT_TRUE(idle->keep_existing);
}

TEST(InfAddReg, WrongLines) {
  EXPECT_EQ(error_of(add("HKX,,Name,,x")),
            "test.inf:2: \"HKX\" is no root of the registry: HKR, HKLM, HKCR, HKCU or HKU");
  EXPECT_EQ(error_of(add("HKR,,Name,what,x")), "test.inf:2: the flags \"what\" are no number");
  EXPECT_EQ(error_of(add("HKR,,Name,0x40,x")), "test.inf:2: the flags 0x00000040 hold one that AddReg does not have");
  EXPECT_EQ(error_of(add("HKR,,Name,0x10001,seven")), "test.inf:2: \"seven\" is no number of 32 bits");
  EXPECT_EQ(error_of(add("HKR,,Name,0x10001,0x100000000")), "test.inf:2: \"0x100000000\" is no number of 32 bits");
  EXPECT_EQ(error_of(add("HKR,,Name,1,100")), "test.inf:2: \"100\" is no byte: bytes are written 00,1f,ff");
  EXPECT_EQ(error_of(add("HKR,,Name,8,x")),
            "test.inf:2: FLG_ADDREG_APPEND (0x8) is for a REG_MULTI_SZ alone (0x00010008)");
  EXPECT_EQ(error_of(add("HKR,,,4")), "test.inf:2: this would delete the whole root");
  EXPECT_EQ(error_of(add("HKR,,%Name%,,x")), "test.inf:2: %Name% is not defined in [Strings]");
  EXPECT_EQ(error_of(add("HKR = x")), "test.inf:2: a registry line has no =: ROOT, SUBKEY, NAME, FLAGS, VALUE");
  EXPECT_EQ(error_of(add("HKR," + std::string(256, 'k') + ",a,,b")),
            "test.inf:2: a key's name has at most 255 characters");
}

TEST(InfDelReg, KeysValuesAndStrings) {
  EXPECT_EQ(del("HKR,Key")->action, Action::kDeleteKey);
  EXPECT_EQ(del("HKR,Key,Name")->action, Action::kDeleteValue);
  EXPECT_EQ(del("HKR,Key,Name,0x2000")->action, Action::kDeleteKey);
  EXPECT_EQ(del("HKR,,UpperFilters,0x00018002,old")->action, Action::kRemoveStrings);
  EXPECT_EQ(del("HKR,,UpperFilters,0x00018002,old")->strings, Strings{"old"});
}

Result<PropertyChange> property(std::string_view line) {
  TRY_ASSIGN(const InfFile file, parse("[P]\n" + std::string(line)));
  TRY_ASSIGN(const auto changes, read_add_properties(file, *file.find("P")));
  return changes.front();
}

TEST(InfAddProperty, NamesGuidsAndTypes) {
  EXPECT_EQ(property("DeviceModel,,,,\"A model\"")->id, 2u);
  EXPECT_EQ(property("DeviceModel,,,,\"A model\"")->strings, Strings{"A model"});
  const auto own = property("{c22189e4-8bf3-4e6d-8467-8dc6d95e2a7e}, 2, 18,, \"String value\"");
  EXPECT_EQ(own->type, 18u);
  EXPECT_EQ(own->strings, Strings{"String value"});
  EXPECT_EQ(property("{c22189e4-8bf3-4e6d-8467-8dc6d95e2a7e},3,7,8,0x10")->action, PropertyChange::Action::kOr);
  EXPECT_EQ(property("{c22189e4-8bf3-4e6d-8467-8dc6d95e2a7e},3,17,,1")->bytes, std::vector{std::byte{0xFF}});
  EXPECT_EQ(error_of(property("Color,,,,red")),
            "test.inf:2: \"Color\" is no device property: neither a name that AddProperty knows nor a GUID");
  EXPECT_EQ(error_of(property("{c22189e4-8bf3-4e6d-8467-8dc6d95e2a7e},1,18,,x")),
            "test.inf:2: \"1\" is no property identifier; they begin at 2");
  EXPECT_EQ(error_of(property("{c22189e4-8bf3-4e6d-8467-8dc6d95e2a7e},2,18,4,x")),
            "test.inf:2: FLG_ADDPROPERTY_APPEND is for a list of strings alone");
}

}  // namespace
}  // namespace portside::inf
