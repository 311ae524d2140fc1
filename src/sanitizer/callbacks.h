#pragma once
// The callbacks that instrumented drivers import from "portside_sanitizer.sys", an image that Windows does not have: the
// names of clang's own runtimes, with Windows' calling convention. The host adds them to what an image may import.
// cmake/imports/portside_sanitizer.sys.txt lists the same names for the linker; a test holds the two together.

#include <span>
#include <string_view>

namespace portside::sanitizer {

inline constexpr std::string_view kImage = "portside_sanitizer.sys";

struct Callback {
  const char* name;
  void* address;
};

std::span<const Callback> address_callbacks();
std::span<const Callback> undefined_callbacks();
std::span<const Callback> preemption_callbacks();
std::span<const Callback> interlocked_callbacks();
// Null when there is none of that name.
void* find_callback(std::string_view name);

}  // namespace portside::sanitizer
