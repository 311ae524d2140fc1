#pragma once
// The sanitizers' fibre annotations, or nothing: they must know which stack runs.

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PORTSIDE_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define PORTSIDE_TSAN 1
#endif
#endif

#ifdef PORTSIDE_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
#ifdef PORTSIDE_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace portside::kernel::sanitizer {

#ifdef PORTSIDE_ASAN
inline constexpr bool kAsan = true;
inline void start_switch(void** fake_stack, const void* bottom, size_t bytes) {
  __sanitizer_start_switch_fiber(fake_stack, bottom, bytes);
}
inline void finish_switch(void* fake_stack, const void** old_bottom, size_t* old_bytes) {
  __sanitizer_finish_switch_fiber(fake_stack, old_bottom, old_bytes);
}
inline void unpoison(const void* memory, size_t bytes) { __asan_unpoison_memory_region(memory, bytes); }
inline void register_root(const void* memory, size_t bytes) { __lsan_register_root_region(memory, bytes); }
inline void unregister_root(const void* memory, size_t bytes) { __lsan_unregister_root_region(memory, bytes); }
#else
inline constexpr bool kAsan = false;
inline void start_switch(void**, const void*, size_t) {}
inline void finish_switch(void*, const void**, size_t*) {}
inline void unpoison(const void*, size_t) {}
inline void register_root(const void*, size_t) {}
inline void unregister_root(const void*, size_t) {}
#endif

#ifdef PORTSIDE_TSAN
inline void* create_fiber() { return __tsan_create_fiber(0); }
inline void destroy_fiber(void* fiber) { __tsan_destroy_fiber(fiber); }
inline void* current_fiber() { return __tsan_get_current_fiber(); }
inline void switch_to_fiber(void* fiber) { __tsan_switch_to_fiber(fiber, 0); }
#else
inline void* create_fiber() { return nullptr; }
inline void destroy_fiber(void*) {}
inline void* current_fiber() { return nullptr; }
inline void switch_to_fiber(void*) {}
#endif

}  // namespace portside::kernel::sanitizer
