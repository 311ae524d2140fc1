#pragma once
// Writer and Reader: the two sides of a message's one description. A message lists its fields once (message.h); the
// Writer lays them out, little-endian and without padding, the Reader checks each against its bounds and gives up at
// the first that is out.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace portside::wire {

class Writer {
 public:
  template <class T>
  void number(const T& value, std::type_identity_t<T> low, std::type_identity_t<T> high) {
    if (value < low || value > high) fail("a number");
    raw(value);
  }
  template <class T>
  void number(const T& value) {
    raw(value);
  }
  void flag(const bool& value) { raw(static_cast<uint8_t>(value)); }
  // An enumeration whose values are 0 to `last`.
  template <class T>
  void choice(const T& value, T last) {
    if (static_cast<uint32_t>(value) > static_cast<uint32_t>(last)) fail("a choice");
    raw(static_cast<uint8_t>(value));
  }
  // Longer ones are cut: what is said to people matters less than that it is said.
  void text(const std::string& value, size_t most);
  // each(writer, item)
  template <class T, class Each>
  void list(const std::vector<T>& items, size_t most, Each each) {
    const size_t count = items.size() < most ? items.size() : most;
    raw(static_cast<uint32_t>(count));
    for (size_t i = 0; i < count; ++i) each(*this, items[i]);
  }
  template <class T>
  void maybe(const std::optional<T>& value) {
    flag(value.has_value());
    raw(value.value_or(T{}));
  }
  // each(writer, value), when there is one
  template <class T, class Each>
  void maybe(const std::optional<T>& value, Each each) {
    flag(value.has_value());
    if (value) each(*this, *value);
  }
  template <class T>
  void either(const T& value, std::type_identity_t<T> one, std::type_identity_t<T> other) {
    if (value != one && value != other) fail("a number");
    raw(value);
  }

  const std::vector<std::byte>& bytes() const { return bytes_; }
  const char* wrong() const { return wrong_; }

 private:
  template <class T>
  void raw(const T& value) {
    static_assert(std::is_arithmetic_v<T>);
    const auto* at = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), at, at + sizeof value);
  }
  void fail(const char* what) {
    if (!wrong_) wrong_ = what;
  }

  std::vector<std::byte> bytes_;
  const char* wrong_ = nullptr;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class T>
  void number(T& value, std::type_identity_t<T> low, std::type_identity_t<T> high) {
    raw(value);
    if (value < low || value > high) fail("a number is out of its bounds");
    if (wrong_) value = low;
  }
  template <class T>
  void number(T& value) {
    raw(value);
  }
  void flag(bool& value) {
    uint8_t byte = 0;
    raw(byte);
    if (byte > 1) fail("a flag is neither 0 nor 1");
    value = byte == 1;
  }
  template <class T>
  void choice(T& value, T last) {
    uint8_t byte = 0;
    raw(byte);
    if (byte > static_cast<uint32_t>(last)) fail("a choice is none that there is");
    value = wrong_ ? T{} : static_cast<T>(byte);
  }
  // Printable text: no control characters but line breaks and tabs.
  void text(std::string& value, size_t most);
  template <class T, class Each>
  void list(std::vector<T>& items, size_t most, Each each) {
    uint32_t count = 0;
    raw(count);
    if (count > most) fail("a list is too long");
    items.clear();
    for (uint32_t i = 0; i < count && !wrong_; ++i) each(*this, items.emplace_back());
    if (wrong_) items.clear();
  }
  template <class T>
  void maybe(std::optional<T>& value) {
    bool there = false;
    T inner{};
    flag(there);
    raw(inner);
    if (there && !wrong_) value = inner;
    else value.reset();
  }

  template <class T, class Each>
  void maybe(std::optional<T>& value, Each each) {
    bool there = false;
    flag(there);
    value.reset();
    if (there) each(*this, value.emplace());
    if (wrong_) value.reset();
  }
  template <class T>
  void either(T& value, std::type_identity_t<T> one, std::type_identity_t<T> other) {
    raw(value);
    if (value != one && value != other) fail("a number is neither of the two that it may be");
    if (wrong_) value = one;
  }

  bool at_end() const { return rest_.empty(); }
  // What was wrong first; null: nothing so far.
  const char* wrong() const { return wrong_; }
  void fail(const char* what) {
    if (!wrong_) wrong_ = what;
  }

 private:
  template <class T>
  void raw(T& value) {
    static_assert(std::is_arithmetic_v<T>);
    if (rest_.size() < sizeof value) fail("it ends too soon");
    if (wrong_) {
      value = T{};
      return;
    }
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_ = rest_.subspan(sizeof value);
  }

  std::span<const std::byte> rest_;
  const char* wrong_ = nullptr;
};

}  // namespace portside::wire
