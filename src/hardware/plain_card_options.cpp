#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <set>

#include "hardware/plain_card.h"

namespace portside::hardware {
namespace {

constexpr uint64_t kMostBytes = 16 << 20;  // of a range; machines are many

template <class... Args>
std::unexpected<Status> refuse(fmt::format_string<Args...> text, Args&&... args) {
  return fail(StatusCode::kInvalidParameter, "model:card: " + fmt::format(text, std::forward<Args>(args)...));
}

// Decimal, or hexadecimal behind 0x.
std::optional<uint64_t> number(std::string_view text, int base = 10) {
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2), base = 16;
  uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Nanoseconds> period(std::string_view text) {
  constexpr uint64_t kLongest = 3'600'000'000'000;  // an hour
  uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(stop, static_cast<size_t>(text.data() + text.size() - stop));
  const uint64_t scale = unit == "us" ? 1000 : unit == "ms" ? 1'000'000 : unit == "s" ? 1'000'000'000 : 0;
  if (error != std::errc() || scale == 0 || value == 0 || value > kLongest / scale) return std::nullopt;
  return Nanoseconds(static_cast<int64_t>(value * scale));
}

// "10EC:5670"
Result<std::pair<uint16_t, uint16_t>> identifiers(std::string_view name, std::string_view text) {
  const size_t colon = text.find(':');
  const auto first = number(text.substr(0, colon), 16);
  const auto second = colon == std::string_view::npos ? std::nullopt : number(text.substr(colon + 1), 16);
  if (!first || !second || *first > 0xFFFF || *second > 0xFFFF || *first == 0xFFFF)
    return refuse("{}={} is not two hexadecimal numbers of 16 bits, as in {}=10EC:5670", name, text, name);
  return std::pair{static_cast<uint16_t>(*first), static_cast<uint16_t>(*second)};
}

// "64K", "io:256"
Result<BaseAddressRegister> range(uint32_t index, std::string_view text) {
  BaseAddressRegister bar{.index = index};
  std::string_view size = text;
  if (size.starts_with("io:")) size.remove_prefix(3), bar.is_port = true;
  uint64_t unit = 1;
  if (size.ends_with('K') || size.ends_with('k')) size.remove_suffix(1), unit = 1 << 10;
  else if (size.ends_with('M') || size.ends_with('m')) size.remove_suffix(1), unit = 1 << 20;
  const auto value = number(size);
  if (!value || *value > kMostBytes || !std::has_single_bit(*value * unit) || *value * unit > kMostBytes ||
      *value * unit < (bar.is_port ? 4 : 16) || (bar.is_port && *value * unit > 256))
    return refuse("bar{}={} is no size: a power of two from 16 bytes to 16M, or io: and one from 4 to 256", index,
                  text);
  bar.bytes = *value * unit;
  return bar;
}

struct Place {
  PlainRegister at;
  std::string_view rest;  // behind the colon
};

// "0+0x40:REST"
Result<Place> place(std::string_view name, std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view where = text.substr(0, colon);
  const size_t plus = where.find('+');
  const auto bar = number(where.substr(0, plus));
  const auto offset = plus == std::string_view::npos ? std::nullopt : number(where.substr(plus + 1));
  if (!bar || !offset || *bar > 5)
    return refuse("{}={} does not begin with a register, as in 0+0x40: the range's number, and the offset in it", name,
                  text);
  if (*offset % 4 != 0)
    return refuse("{}={}: the offset {} is no multiple of 4 (0x is written before what is hexadecimal)", name, text,
                  *offset);
  if (colon == std::string_view::npos)
    return refuse("{}={}: what the register is to be is missing behind a colon", name, text);
  return Place{{static_cast<uint32_t>(*bar), *offset}, text.substr(colon + 1)};
}

Result<PlainBits> bits(std::string_view name, std::string_view text) {
  TRY_ASSIGN(const Place where, place(name, text));
  const auto value = number(where.rest);
  if (!value || *value == 0 || *value > 0xFFFFFFFF)
    return refuse("{}={} names no bits of 32, as in 0+0x40:0x1", name, text);
  return PlainBits{where.at, static_cast<uint32_t>(*value)};
}

// "0+0x30:48000", "0+0x30:192000/16384", "0+0x30:192000/16384@0+0x10:0x1"
Result<PlainCounter> counter(std::string_view text) {
  TRY_ASSIGN(const Place where, place("count", text));
  const size_t at = where.rest.find('@');
  const std::string_view figures = where.rest.substr(0, at);
  const size_t slash = figures.find('/');
  const auto rate = number(figures.substr(0, slash));
  const auto limit = slash == std::string_view::npos ? std::optional<uint64_t>(0) : number(figures.substr(slash + 1));
  if (!rate || *rate == 0 || *rate > 1'000'000'000 || !limit || *limit > 0xFFFFFFFF ||
      (slash != std::string_view::npos && *limit == 0))
    return refuse("count={} is no count a second, as in 0+0x30:48000 or 0+0x30:192000/16384", text);
  PlainCounter found{where.at, *rate, *limit, {}};
  if (at != std::string_view::npos) { TRY_ASSIGN(found.enable, bits("count", where.rest.substr(at + 1))); }
  return found;
}

class Reader {
 public:
  Result<> take(std::string_view option) {
    const size_t equals = option.find('=');
    const std::string_view name = option.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : option.substr(equals + 1);
    PciIdentity& identity = options_.identity;
    // Of these there is one; bits and counters are as many as one likes.
    for (const std::string_view single :
         {"id", "hwid", "subsystem", "class", "revision", "interrupt", "while", "keeps-state"})
      if (name == single && !seen_.insert(std::string(name)).second) return refuse("{}= is there twice", name);
    if (name == "id") {
      TRY_ASSIGN(const auto numbers, identifiers(name, value));
      std::tie(identity.vendor, identity.device) = numbers;
      has_id_ = true;
    } else if (name == "hwid") {
      const bool plain = std::ranges::all_of(value, [](char c) { return c > ' ' && c < 0x7F; });
      if (!plain || value.size() > 200 || value.find('\\') == std::string_view::npos || value.starts_with("PCI\\") ||
          value.starts_with("pci\\"))
        return refuse("hwid={} is no hardware ID of another bus than PCI, as in hwid=ACPI\\INT3438", value);
      options_.hardware_id = value;
    } else if (name == "subsystem") {
      TRY_ASSIGN(const auto numbers, identifiers(name, value));
      std::tie(identity.subsystem_vendor, identity.subsystem) = numbers;
      has_subsystem_ = true;
    } else if (name == "class") {
      const auto code = value.starts_with("0x") ? std::nullopt : number(value, 16);
      if (!code || value.size() != 6)
        return refuse("class={} is not six hexadecimal digits, as in class=040100", value);
      identity.base_class = static_cast<uint8_t>(*code >> 16);
      identity.sub_class = static_cast<uint8_t>(*code >> 8);
      identity.interface = static_cast<uint8_t>(*code);
    } else if (name == "revision") {
      const auto revision = number(value, 16);
      if (!revision || *revision > 0xFF) return refuse("revision={} is not two hexadecimal digits", value);
      identity.revision = static_cast<uint8_t>(*revision);
    } else if (name.size() == 4 && name.starts_with("bar") && name[3] >= '0' && name[3] <= '5') {
      const auto index = static_cast<uint32_t>(name[3] - '0');
      if (std::ranges::find(options_.bars, index, &BaseAddressRegister::index) != options_.bars.end())
        return refuse("{} is there twice", name);
      TRY_ASSIGN(const BaseAddressRegister bar, range(index, value));
      options_.bars.push_back(bar);
    } else if (name == "set" || name == "clear") {
      TRY_ASSIGN(const PlainBits one, bits(name, value));
      (name == "set" ? options_.set : options_.clear).push_back(one);
    } else if (name == "count") {
      TRY_ASSIGN(const PlainCounter one, counter(value));
      options_.counters.push_back(one);
    } else if (name == "interrupt") {
      const size_t at = value.find('@');
      const auto every = period(value.substr(0, at));
      if (!every || at == std::string_view::npos)
        return refuse("interrupt={} is no period and cause, as in interrupt=5ms@0+0x44:0x1", value);
      TRY_ASSIGN(const PlainBits cause, bits(name, value.substr(at + 1)));
      options_.interrupt = PlainInterrupt{*every, cause, {}};
    } else if (name == "while") {
      TRY_ASSIGN(enable_, bits(name, value));
    } else if (option == "keeps-state=on" || option == "keeps-state=off") {
      options_.keeps_state_in_d3 = value == "on";
    } else {
      return refuse(
          "there is no option {}; there are id, hwid, subsystem, class, revision, bar0 to bar5, set, clear, count, "
          "interrupt, while "
          "and keeps-state",
          option);
    }
    return {};
  }

  Result<PlainCardOptions> finish() {
    if (!has_id_ && options_.hardware_id.empty())
      return refuse(
          "id=VENDOR:DEVICE is missing, by which its driver finds it, as in id=10EC:5670 (or hwid=ACPI\\INT3438)");
    if (!has_id_) {
      options_.identity.vendor = 0x1234;  // nobody's: what its driver looks for is the hardware ID
      options_.identity.device = 0x0001;
    }
    if (!has_subsystem_) {
      options_.identity.subsystem_vendor = options_.identity.vendor;
      options_.identity.subsystem = options_.identity.device;
    }
    if (options_.bars.empty()) options_.bars.push_back({.index = 0, .bytes = 64 << 10});
    if (enable_ && !options_.interrupt) return refuse("while= is for an interrupt, and there is none");
    if (enable_) options_.interrupt->enable = enable_;
    for (const PlainBits& one : options_.set) { TRY(inside(one.at)); }
    for (const PlainBits& one : options_.clear) { TRY(inside(one.at)); }
    for (const PlainCounter& one : options_.counters) {
      TRY(inside(one.at));
      if (one.enable) { TRY(inside(one.enable->at)); }
    }
    if (options_.interrupt) { TRY(inside(options_.interrupt->cause.at)); }
    if (enable_) { TRY(inside(enable_->at)); }
    return std::move(options_);
  }

 private:
  Result<> inside(const PlainRegister& at) const {
    for (const BaseAddressRegister& bar : options_.bars)
      if (bar.index == at.bar && at.offset < bar.bytes && bar.bytes - at.offset >= 4) return {};
    return refuse("there is no register {}+{:#x}: the ranges are{}", at.bar, at.offset, [&] {
      std::string ranges;
      for (const BaseAddressRegister& bar : options_.bars)
        ranges += fmt::format(" bar{} of {} bytes", bar.index, bar.bytes);
      return ranges;
    }());
  }

  PlainCardOptions options_;
  std::set<std::string> seen_;
  std::optional<PlainBits> enable_;
  bool has_id_ = false, has_subsystem_ = false;
};

}  // namespace

Result<PlainCardOptions> PlainCardOptions::parse(const std::vector<std::string>& options) {
  Reader reader;
  for (const std::string& option : options) { TRY(reader.take(option)); }
  return reader.finish();
}

}  // namespace portside::hardware
