#include "exports/export_table.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

namespace portside::exports {

namespace {

const ExportSet* const kSets[] = {
#define EXPORT_SET(set) &set,
#include "exports/export_sets.inc"
#undef EXPORT_SET
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c; }

// "NTOSKRNL.EXE" and "hal" name one table.
std::string canonical_dll(std::string_view dll) {
  std::string name(dll);
  std::ranges::transform(name, name.begin(), lower);
  for (std::string_view extension : {".exe", ".sys", ".dll"})
    if (name.ends_with(extension)) name.resize(name.size() - extension.size());
  for (std::string_view alias : {"hal", "ntkrnlmp", "ntkrnlpa", "ntkrpamp"})
    if (name == alias) return "ntoskrnl";
  return name;
}

struct Index {
  std::unordered_map<std::string, const Export*> by_name;  // "dll!Name"
  std::vector<const Export*> all;

  Index() {
    for (const ExportSet* set : kSets)
      for (const Export& row : set->rows) {
        by_name.emplace(canonical_dll(row.dll) + "!" + row.name, &row);
        all.push_back(&row);
      }
    std::ranges::sort(all, [](const Export* a, const Export* b) {
      const int dll = std::string_view(a->dll).compare(b->dll);
      return dll != 0 ? dll < 0 : std::string_view(a->name) < b->name;
    });
  }
};

// Built once from constants, and constant from then on.
const Index& index() {
  static const Index index;
  return index;
}

}  // namespace

const char* name_of(Completeness completeness) {
  switch (completeness) {
    case Completeness::kFull: return "full";
    case Completeness::kPartial: return "partial";
    case Completeness::kStub: return "stub";
  }
  return "";
}

const Export* find_export(std::string_view dll, std::string_view name) {
  std::string key = canonical_dll(dll);
  key += '!';
  key += name;
  const auto it = index().by_name.find(key);
  return it == index().by_name.end() ? nullptr : it->second;
}

std::span<const Export* const> all_exports() { return index().all; }

}  // namespace portside::exports
