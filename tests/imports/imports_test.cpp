// What Portside exports against what a driver may import (cmake/imports): a name that we offer and no driver could link
// is a misspelling of ours, or a list that forgot it.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "exports/export_table.h"

namespace portside::exports {
namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// One namespace for the kernel and the HAL, as for the export table itself.
std::string image_of(std::string_view dll) {
  std::string image = lower(std::string(dll));
  return image == "hal.dll" ? "ntoskrnl.exe" : image;
}

std::map<std::string, std::set<std::string>> read_import_lists() {
  std::map<std::string, std::set<std::string>> lists;
  for (const auto& file : std::filesystem::directory_iterator(PORTSIDE_IMPORT_LISTS)) {
    std::string image = file.path().filename().string();
    if (!image.ends_with(".txt")) continue;
    image.resize(image.size() - 4);
    if (image.ends_with(".extra")) image.resize(image.size() - 6);
    std::ifstream lines(file.path());
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty() && line.front() != '#') lists[image_of(image)].insert(line.substr(0, line.find(' ')));
    }
  }
  return lists;
}

TEST(ImportLists, HoldEveryExport) {
  const auto lists = read_import_lists();
  ASSERT_GT(lists.at("ntoskrnl.exe").size(), 1000u);
  ASSERT_TRUE(lists.at("portcls.sys").contains("PcNewPort"));
  for (const Export* row : all_exports()) {
    const auto list = lists.find(image_of(row->dll));
    ASSERT_NE(list, lists.end()) << "no import list for " << row->dll;
    EXPECT_TRUE(list->second.contains(row->name))
        << row->dll << " exports " << row->name
        << ", which no driver can link: is it spelt as the documentation spells it?";
  }
}

}  // namespace
}  // namespace portside::exports
