#include "inf/inf_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "inf/encoding.h"
#include "inf/line_scanner.h"
#include "inf/source_variables.h"

namespace portside::inf {
namespace {

constexpr size_t kLongestFile = 16 << 20;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_strings_section(std::string_view name) {
  return same_name(name.substr(0, 7), "strings") && (name.size() == 7 || name[7] == '.');
}

// What the end of a package's folder in the driver store is called: Windows hashes the package, we its INF (FNV-1a).
uint64_t hash_of(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

const Entry* find_key(const Section& section, std::string_view key) {
  for (const Entry& entry : section.entries)
    if (entry.key && same_name(*entry.key, key)) return &entry;
  return nullptr;
}

std::string folded(std::string_view name) {
  std::string out(name);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::unexpected<Status> InfFile::fail_at(uint32_t line, std::string_view reason) const {
  return inf::fail_at(name_, line, reason);
}

Result<InfFile> InfFile::parse(std::span<const std::byte> bytes, std::string name, uint16_t language) {
  InfFile file;
  file.name_ = std::move(name);
  if (bytes.size() > kLongestFile) return file.fail_at(1, "more than 16 MB, which no INF has");
  Result<std::string> decoded = decode(bytes);
  if (!decoded) return file.fail_at(1, decoded.error().sentence());
  const std::string text = with_variables_replaced(*decoded);
  file.driver_store_ = fmt::format("C:\\Windows\\System32\\DriverStore\\FileRepository\\{}_amd64_{:016x}",
                                   folded(file.name_), hash_of(text));

  LineScanner scanner(text, file.name_);
  Section* section = nullptr;
  while (true) {
    TRY_ASSIGN(std::optional<ScannedLine> line, scanner.next());
    if (!line) break;
    if (line->is_section) {
      const auto [known, is_new] = file.by_name_.emplace(folded(trimmed(*line->key)), file.sections_.size());
      if (is_new) file.sections_.push_back({std::string(trimmed(*line->key)), line->number, {}});
      section = &file.sections_[known->second];
      continue;
    }
    if (!section) return file.fail_at(line->number, "this stands before the first [section]");
    section->entries.push_back({line->number, std::move(line->key), std::move(line->fields), {}});
  }
  if (file.sections_.empty()) return file.fail_at(1, "no [section] in it: this is no INF");
  TRY(file.read_strings(language));
  file.replace_tokens();
  return file;
}

const Section* InfFile::find(std::string_view section) const {
  const auto it = by_name_.find(folded(trimmed(section)));
  return it == by_name_.end() ? nullptr : &sections_[it->second];
}

// "INF Strings Section", Remarks: the exact language, then another of the same primary language, then the undecorated section. A
// string that a language's section leaves out is taken from [Strings].
Result<> InfFile::read_strings(uint16_t language) {
  const auto read = [&](const Section* section) -> Result<> {
    if (!section) return {};
    for (const Entry& entry : section->entries) {
      if (!entry.key || entry.key->empty())
        return fail_at(entry.line, fmt::format("[{}] holds a line without KEY = value", section->name));
      std::string value;
      for (size_t i = 0; i < entry.fields.size(); ++i) value += (i ? "," : "") + entry.fields[i];
      std::string key = folded(*entry.key);
      for (size_t at = 0; (at = key.find("%%", at)) != key.npos; ++at) key.erase(at, 1);
      strings_.emplace(std::move(key), std::move(value));
    }
    return {};
  };
  TRY(read(find(fmt::format("Strings.{:04x}", language))));
  for (const Section& section : sections_) {
    if (!is_strings_section(section.name) || section.name.size() != 12) continue;
    char* end = nullptr;
    const unsigned long id = std::strtoul(section.name.c_str() + 8, &end, 16);
    constexpr unsigned kPrimaryLanguage = 0x3FF;
    if (*end == 0 && id != language && (id & kPrimaryLanguage) == (language & kPrimaryLanguage)) TRY(read(&section));
  }
  return read(find("Strings"));
}

void InfFile::replace_tokens() {
  for (Section& section : sections_) {
    if (is_strings_section(section.name)) continue;
    for (Entry& entry : section.entries) {
      if (entry.key) entry.key = replaced(*entry.key, entry.undefined);
      for (std::string& field : entry.fields) field = replaced(field, entry.undefined);
    }
  }
}

std::string InfFile::replaced(std::string_view text, std::string& undefined) const {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text[at] == '%' ? text.find('%', at + 1) : text.npos;
    if (end == text.npos) {
      out += text[at++];
      continue;
    }
    const std::string_view token = text.substr(at + 1, end - at - 1);
    at = end + 1;
    if (token.empty()) {
      out += '%';
    } else if (const auto value = strings_.find(folded(token)); value != strings_.end()) {
      out += value->second;
    } else if (const auto path = directory(token)) {
      out += *path;
    } else if (undefined.empty()) {
      undefined = token;
    }
  }
  return out;
}

// "Using Dirids".
std::optional<std::string> InfFile::directory(std::string_view dirid) const {
  static const std::map<std::string_view, std::string_view> kDirectories = {
      {"10", "C:\\Windows"},
      {"11", "C:\\Windows\\System32"},
      {"12", "C:\\Windows\\System32\\drivers"},
      {"17", "C:\\Windows\\INF"},
      {"18", "C:\\Windows\\Help"},
      {"20", "C:\\Windows\\Fonts"},
      {"24", "C:"},
      {"30", "C:"},
      {"50", "C:\\Windows\\System"},
      {"51", "C:\\Windows\\System32\\spool"},
      {"52", "C:\\Windows\\System32\\spool\\drivers"},
      {"53", "C:\\Users"},
      {"54", "C:"},
      {"55", "C:\\Windows\\System32\\spool\\prtprocs"},
      {"16422", "C:\\Program Files"},
      {"16425", "C:\\Windows\\SysWOW64"},
      {"16426", "C:\\Program Files (x86)"},
      {"16427", "C:\\Program Files\\Common Files"},
      {"16428", "C:\\Program Files (x86)\\Common Files"}};
  if (dirid.empty() || dirid.find_first_not_of("0123456789") != dirid.npos) return std::nullopt;
  dirid.remove_prefix(std::min(dirid.find_first_not_of('0'), dirid.size()));
  if (dirid == "13" || dirid == "1") return driver_store_;
  const auto it = kDirectories.find(dirid);
  return it == kDirectories.end() ? std::nullopt : std::optional(std::string(it->second));
}

Result<> InfFile::check(const Section& section) const {
  for (const Entry& entry : section.entries)
    if (!entry.undefined.empty())
      return fail_at(entry.line, fmt::format("%{}% is not defined in [Strings]", entry.undefined));
  return {};
}

Result<const Section*> InfFile::need(std::string_view section, const Entry& from, std::string_view directive) const {
  const Section* found = find(section);
  if (!found) return fail_at(from.line, fmt::format("{} names [{}], and there is no such section", directive, section));
  TRY(check(*found));
  return found;
}

}  // namespace portside::inf
