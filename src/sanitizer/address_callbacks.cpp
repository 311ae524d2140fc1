// AddressSanitizer's callbacks. portside_add_driver(SANITIZE address) has clang call a function for each access and for
// each change of the shadow, so that a driver's code holds no address of a shadow: "address / 8" is all it knows.

#include <cstring>

#include "sanitizer/callbacks.h"
#include "sanitizer/sanitizer.h"

#define CALLBACK extern "C" __attribute__((ms_abi))

namespace portside::sanitizer {
namespace {

Sanitizer& sanitizer() { return current<Sanitizer>(); }

// What clang passes to __asan_register_globals (compiler-rt's asan_interface_internal.h, __asan_global).
struct RegisteredGlobal {
  uint64_t address;
  uint64_t bytes;
  uint64_t bytes_with_redzone;
  const char* name;
  const char* module;
  uint64_t has_dynamic_init;
  const void* location;
  uint64_t odr_indicator;
};
static_assert(sizeof(RegisteredGlobal) == 64);

}  // namespace

CALLBACK void portside_asan_load_n(uint64_t address, uint64_t bytes) { sanitizer().check(address, bytes, false); }
CALLBACK void portside_asan_store_n(uint64_t address, uint64_t bytes) { sanitizer().check(address, bytes, true); }

#define ACCESS(bytes)                                                                                     \
  CALLBACK void portside_asan_load##bytes(uint64_t address) { sanitizer().check(address, bytes, false); } \
  CALLBACK void portside_asan_store##bytes(uint64_t address) { sanitizer().check(address, bytes, true); }
ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)
#undef ACCESS

CALLBACK void* portside_asan_memcpy(void* to, const void* from, uint64_t bytes) {
  sanitizer().check(reinterpret_cast<uint64_t>(from), bytes, false, "memcpy");
  sanitizer().check(reinterpret_cast<uint64_t>(to), bytes, true, "memcpy");
  // As Windows' memcpy: overlapping is defined there.
  return std::memmove(to, from, bytes);
}
CALLBACK void* portside_asan_memmove(void* to, const void* from, uint64_t bytes) {
  sanitizer().check(reinterpret_cast<uint64_t>(from), bytes, false, "memmove");
  sanitizer().check(reinterpret_cast<uint64_t>(to), bytes, true, "memmove");
  return std::memmove(to, from, bytes);
}
CALLBACK void* portside_asan_memset(void* to, int value, uint64_t bytes) {
  sanitizer().check(reinterpret_cast<uint64_t>(to), bytes, true, "memset");
  return std::memset(to, value, bytes);
}

// `place` is an address divided by 8: -asan-mapping-offset=0.
static void set_shadow(uint64_t place, uint64_t count, uint8_t value) {
  if (Shadow* shadow = sanitizer().shadow()) shadow->set(place * Shadow::kGranule, count, value);
}
#define SET_SHADOW(mark) \
  CALLBACK void portside_asan_set_shadow_##mark(uint64_t place, uint64_t count) { set_shadow(place, count, 0x##mark); }
SET_SHADOW(00)
SET_SHADOW(01)
SET_SHADOW(02)
SET_SHADOW(03)
SET_SHADOW(04)
SET_SHADOW(05)
SET_SHADOW(06)
SET_SHADOW(07)
SET_SHADOW(f1)
SET_SHADOW(f2)
SET_SHADOW(f3)
SET_SHADOW(f5)
SET_SHADOW(f8)
#undef SET_SHADOW

CALLBACK void portside_asan_poison_stack_memory(uint64_t address, uint64_t bytes) {
  if (Shadow* shadow = sanitizer().shadow()) shadow->poison(address, bytes, ShadowMark::kStackAfterScope);
}
CALLBACK void portside_asan_unpoison_stack_memory(uint64_t address, uint64_t bytes) {
  if (Shadow* shadow = sanitizer().shadow()) shadow->allow(address, bytes);
}
// clang leaves 32 bytes before a variable of dynamic size, and up to 32 more than its alignment needs behind it.
CALLBACK void portside_asan_alloca_poison(uint64_t address, uint64_t bytes) {
  constexpr uint64_t kRedzone = 32;
  Shadow* shadow = sanitizer().shadow();
  if (!shadow) return;
  const uint64_t end = address + bytes;
  const uint64_t tail = (end + Shadow::kGranule - 1) / Shadow::kGranule * Shadow::kGranule;
  shadow->poison(address - kRedzone, kRedzone, ShadowMark::kAllocaLeft);
  shadow->allow(address, bytes);
  shadow->poison(tail, (end + kRedzone - 1) / kRedzone * kRedzone + kRedzone - tail, ShadowMark::kAllocaRight);
}
CALLBACK void portside_asan_allocas_unpoison(uint64_t top, uint64_t bottom) {
  if (!top || top > bottom) return;
  if (Shadow* shadow = sanitizer().shadow()) shadow->set(top, (bottom - top) / Shadow::kGranule, 0);
}
// Comes before a call that does not return, whose callers' frames may never be left in order. Here that is an exception, a
// thread's end or a bug check: the loader and the kernel tell which frames are gone, and those that stay keep their marks.
CALLBACK void portside_asan_handle_no_return() {}

CALLBACK void portside_asan_register_globals(const RegisteredGlobal* globals, uint64_t count) {
  for (const RegisteredGlobal& g : std::span(globals, count))
    if (g.address) sanitizer().register_global({g.address, g.bytes, g.bytes_with_redzone, g.name, g.module});
}
CALLBACK void portside_asan_unregister_globals(const RegisteredGlobal* globals, uint64_t count) {
  for (const RegisteredGlobal& g : std::span(globals, count)) sanitizer().unregister_global(g.address);
}
// The order in which initialisers of globals run: Windows runs none for a driver.
CALLBACK void portside_asan_before_dynamic_init(const char*) {}
CALLBACK void portside_asan_after_dynamic_init() {}

std::span<const Callback> address_callbacks() {
#define AS(name, function) {name, (void*)&function}
#define ACCESS(bytes)                                                                                                  \
  AS("__asan_load" #bytes, portside_asan_load##bytes), AS("__asan_load" #bytes "_noabort", portside_asan_load##bytes), \
      AS("__asan_store" #bytes, portside_asan_store##bytes),                                                           \
      AS("__asan_store" #bytes "_noabort", portside_asan_store##bytes)
#define SET_SHADOW(mark) AS("__asan_set_shadow_" #mark, portside_asan_set_shadow_##mark)
  static const Callback kAll[] = {
      ACCESS(1),
      ACCESS(2),
      ACCESS(4),
      ACCESS(8),
      ACCESS(16),
      AS("__asan_loadN", portside_asan_load_n),
      AS("__asan_loadN_noabort", portside_asan_load_n),
      AS("__asan_storeN", portside_asan_store_n),
      AS("__asan_storeN_noabort", portside_asan_store_n),
      AS("__asan_memcpy", portside_asan_memcpy),
      AS("__asan_memmove", portside_asan_memmove),
      AS("__asan_memset", portside_asan_memset),
      SET_SHADOW(00),
      SET_SHADOW(01),
      SET_SHADOW(02),
      SET_SHADOW(03),
      SET_SHADOW(04),
      SET_SHADOW(05),
      SET_SHADOW(06),
      SET_SHADOW(07),
      SET_SHADOW(f1),
      SET_SHADOW(f2),
      SET_SHADOW(f3),
      SET_SHADOW(f5),
      SET_SHADOW(f8),
      AS("__asan_poison_stack_memory", portside_asan_poison_stack_memory),
      AS("__asan_unpoison_stack_memory", portside_asan_unpoison_stack_memory),
      AS("__asan_alloca_poison", portside_asan_alloca_poison),
      AS("__asan_allocas_unpoison", portside_asan_allocas_unpoison),
      AS("__asan_handle_no_return", portside_asan_handle_no_return),
      AS("__asan_register_globals", portside_asan_register_globals),
      AS("__asan_unregister_globals", portside_asan_unregister_globals),
      AS("__asan_before_dynamic_init", portside_asan_before_dynamic_init),
      AS("__asan_after_dynamic_init", portside_asan_after_dynamic_init),
  };
#undef SET_SHADOW
#undef ACCESS
#undef AS
  return kAll;
}

}  // namespace portside::sanitizer
