#pragma once
// Addresses of the simulated machine as distinct types: a function that takes one cannot be given another, and none
// can be dereferenced by accident.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace portside {

inline constexpr uint64_t kPageBytes = 4096;
inline constexpr uint64_t kPageShift = 12;

constexpr uint64_t pages_for(uint64_t bytes) { return bytes / kPageBytes + (bytes % kPageBytes != 0); }
constexpr uint64_t round_up_to_page(uint64_t bytes) { return pages_for(bytes) * kPageBytes; }

template <class Tag>
struct TypedAddress {
  uint64_t value = 0;

  constexpr TypedAddress() = default;
  constexpr explicit TypedAddress(uint64_t v) : value(v) {}
  constexpr auto operator<=>(const TypedAddress&) const = default;
  constexpr TypedAddress operator+(uint64_t bytes) const { return TypedAddress(value + bytes); }
  constexpr TypedAddress operator-(uint64_t bytes) const { return TypedAddress(value - bytes); }
  constexpr uint64_t operator-(TypedAddress other) const { return value - other.value; }
  constexpr TypedAddress page() const { return TypedAddress(value & ~(kPageBytes - 1)); }
  constexpr uint64_t offset_in_page() const { return value & (kPageBytes - 1); }
  constexpr bool is_null() const { return value == 0; }
};

// Where a device sees a byte. Never a pointer.
using PhysicalAddress = TypedAddress<struct PhysicalTag>;

// Where a driver sees a byte. In this process a kernel address is also a host address.
struct KernelAddress : TypedAddress<struct KernelTag> {
  using TypedAddress::TypedAddress;
  constexpr KernelAddress() = default;
  constexpr KernelAddress(TypedAddress base) : TypedAddress(base) {}
  explicit KernelAddress(const volatile void* p) : TypedAddress(reinterpret_cast<uint64_t>(p)) {}
  void* pointer() const { return reinterpret_cast<void*>(value); }
};

// Where an application sees a byte: mapped in this process today, in another one under the service.
struct ClientAddress : TypedAddress<struct ClientTag> {
  using TypedAddress::TypedAddress;
  constexpr ClientAddress() = default;
  constexpr ClientAddress(TypedAddress base) : TypedAddress(base) {}
  explicit ClientAddress(const volatile void* p) : TypedAddress(reinterpret_cast<uint64_t>(p)) {}
  void* pointer() const { return reinterpret_cast<void*>(value); }
};

}  // namespace portside

template <class Tag>
struct std::hash<portside::TypedAddress<Tag>> {
  size_t operator()(portside::TypedAddress<Tag> a) const noexcept { return std::hash<uint64_t>{}(a.value); }
};
template <>
struct std::hash<portside::KernelAddress> {
  size_t operator()(portside::KernelAddress a) const noexcept { return std::hash<uint64_t>{}(a.value); }
};
