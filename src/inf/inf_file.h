#pragma once
// InfFile: the sections of an INF, their entries with every %token% replaced.
// Pages: "General Syntax Rules for INF Files", "INF Strings Section", "Using Dirids".

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace portside::inf {

struct Entry {
  uint32_t line = 0;
  std::optional<std::string> key;
  std::vector<std::string> fields;
  std::string undefined;  // a %token% in it that [Strings] does not define, or a directory that is none

  // The field, or "" when the line ends before it.
  std::string_view field(size_t i) const {
    return i < fields.size() ? std::string_view(fields[i]) : std::string_view();
  }
};

struct Section {
  std::string name;
  uint32_t line = 0;
  std::vector<Entry> entries;  // of all sections of that name, in order
};

// Names compare without case ("Case Sensitivity"); of ASCII, which is what directives and most names are.
bool same_name(std::string_view a, std::string_view b);
std::string folded(std::string_view name);
std::string_view trimmed(std::string_view text);
// The first entry with that key; null without one.
const Entry* find_key(const Section& section, std::string_view key);

class InfFile {
 public:
  // `name` is what errors call it ("cable.inf"), `language` the LANGID whose [Strings.xxxx] go before [Strings].
  // kInvalidParameter with file, line and reason for what is no INF. Never more than 16 MB of text.
  static Result<InfFile> parse(std::span<const std::byte> bytes, std::string name, uint16_t language = 0x0409);

  const std::string& name() const { return name_; }
  const Section* find(std::string_view section) const;
  const std::vector<Section>& sections() const { return sections_; }
  // The path of dirid 13, "C:\Windows\System32\DriverStore\FileRepository\cable.inf_amd64_..."
  const std::string& driver_store() const { return driver_store_; }
  // Of any dirid ("Using Dirids"); none: it has no path here.
  std::optional<std::string> directory(std::string_view dirid) const;

  // The section, for whoever reads its entries; an undefined %token% in one of them is an error.
  Result<const Section*> need(std::string_view section, const Entry& from, std::string_view directive) const;
  Result<> check(const Section& section) const;
  std::unexpected<Status> fail_at(uint32_t line, std::string_view reason) const;

 private:
  Result<> read_strings(uint16_t language);
  void replace_tokens();
  std::string replaced(std::string_view text, std::string& undefined) const;

  std::string name_;
  std::string driver_store_;
  std::vector<Section> sections_;
  std::map<std::string, size_t> by_name_;       // by folded name
  std::map<std::string, std::string> strings_;  // by folded key
};

}  // namespace portside::inf
