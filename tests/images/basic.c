// Imports of every kind, data that needs relocating, PAGE and INIT code, a security cookie, guarded calls.
#include "probe.h"

int _fltused = 0;

// Delay-loaded functions are bound with the others: nobody calls it.
void* __delayLoadHelper2(void* descriptor, void** slot) { return 0; }

u64 __security_cookie = 0x2B992DDFA232;
u64 __security_cookie_complement;

static void guard_check_nop(u64 target) {}
__attribute__((naked)) static void guard_dispatch_nop(void) { __asm__("jmp *%rax"); }
void* const volatile __guard_check_icall_fptr = (void*)&guard_check_nop;
void* const volatile __guard_dispatch_icall_fptr = (void*)&guard_dispatch_nop;
extern char __guard_fids_table[], __guard_fids_count[], __guard_flags[];

// IMAGE_LOAD_CONFIG_DIRECTORY64, by offset: only these fields matter.
struct LoadConfig {
  u32 size, pad[21];
  u64 cookie, se_table, se_count, check, dispatch, fids, fid_count, flags;
};
const struct LoadConfig _load_config_used = {
    .size = sizeof(struct LoadConfig),
    .cookie = (u64)&__security_cookie,
    .check = (u64)&__guard_check_icall_fptr,
    .dispatch = (u64)&__guard_dispatch_icall_fptr,
    .fids = (u64)__guard_fids_table,
    .fid_count = (u64)__guard_fids_count,
    .flags = (u64)__guard_flags,
};

EXPORT i32 exported_data = 4711;
static const char text[] = "relocated";
EXPORT const char* const relocated_pointer = text;

EXPORT i32 call_by_name(i32 a, i32 b) { return probe_add(a, b); }
EXPORT i32 call_by_ordinal(i32 a) { return probe_by_ordinal(a); }
EXPORT i32 read_data(void) { return probe_data; }
EXPORT i32 call_variadic(void) { return probe_sum(6, 1, 2, 3, 4, 5, 6); }
EXPORT double call_mixed(void) { return probe_mix(1, 2.5, 3, 4.25f, 5, 6.125, 7); }
EXPORT i32 call_late(i32 a) { return probe_late(a); }
EXPORT i32 call_missing(i32 a) { return probe_missing(a) + 1; }
EXPORT u64 read_cookie(void) { return __security_cookie; }

// Keeps values in every register that a callee must preserve.
EXPORT i32 survives_clobber(double a) {
  register i32 x = probe_add(1, 1);
  double b = a * 2, c = a * 3, d = a * 5;
  i32 y = probe_add(2, 2), z = probe_add(3, 3), w = probe_add(4, 4);
  probe_clobber();
  return b == a * 2 && c == a * 3 && d == a * 5 && x == 2 && y == 4 && z == 6 && w == 8;
}

__attribute__((noinline)) static i32 deep(i32 depth) {
  volatile i32 padding[8] = {depth};
  return depth ? deep(depth - 1) + padding[0] : probe_walk() + padding[1];
}
static i32 walk_callback(void* argument) { return deep((i32)(i64)argument) + 1; }
EXPORT i32 walk_direct(i32 depth) { return deep(depth) + 1; }
EXPORT i32 walk_nested(i32 depth) { return probe_call(walk_callback, (void*)(i64)depth) + 1; }

struct Object {
  i32 (**methods)(struct Object*);
};
__attribute__((noinline)) static i32 walk_method_callee(struct Object* object) { return object->methods[0](object) + 1; }
EXPORT i32 walk_method(void) { return walk_method_callee((struct Object*)probe_object()) + 1; }

EXPORT i32 recurse(void* argument) { return probe_call(recurse, argument) + 1; }

typedef i32 (*Function)(i32);
static i32 good_target(i32 a) { return a + 1; }
Function volatile guarded_target = good_target;
EXPORT i32 call_guarded(u64 offset) { return ((Function)((char*)guarded_target + offset))(41); }

#pragma code_seg("PAGE")
EXPORT i32 pageable(void) { return probe_add(20, 3); }
#pragma code_seg("INIT")
EXPORT i32 DriverEntry(void* driver, void* path) { return probe_add(0x1000, 1); }
#pragma code_seg()
