#include "exports/export_table.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <string>

namespace portside::exports {
namespace {

TEST(ExportTable, FindsByDllAndName) {
  const Export* row = find_export("ntoskrnl.exe", "memcpy");
  ASSERT_NE(row, nullptr);
  EXPECT_STREQ(row->name, "memcpy");
  EXPECT_EQ(find_export("NTOSKRNL.EXE", "memcpy"), row);
  EXPECT_EQ(find_export("ntkrnlmp", "memcpy"), row);
  EXPECT_EQ(find_export("HAL.dll", "memcpy"), row) << "one namespace: functions have moved between them";
}

TEST(ExportTable, AMissingNameIsAbsent) {
  EXPECT_EQ(find_export("ntoskrnl.exe", "Memcpy"), nullptr) << "names have case";
  EXPECT_EQ(find_export("ntoskrnl.exe", "KeNoSuchThing"), nullptr);
  EXPECT_EQ(find_export("user32.dll", "memcpy"), nullptr);
  EXPECT_EQ(find_export("", ""), nullptr);
}

TEST(ExportTable, EveryRowIsSoundAndUnique) {
  std::set<std::string> names;
  for (const Export* row : all_exports()) {
    SCOPED_TRACE(row->name);
    EXPECT_NE(row->address, nullptr);
    EXPECT_EQ(find_export(row->dll, row->name), row) << "defined twice";
    EXPECT_TRUE(names.insert(std::string(row->dll) + "!" + row->name).second);
    EXPECT_EQ(row->completeness == Completeness::kFull, std::strlen(row->note) == 0) << "what is missing is said";
  }
  EXPECT_GT(names.size(), 100u);
}

}  // namespace
}  // namespace portside::exports
