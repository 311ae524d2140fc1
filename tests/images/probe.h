// What the loader's test images import from the made-up probe.sys, and the little they need of Windows. The images are
// not drivers: the tests call their exports one by one.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef int i32;
typedef unsigned long long u64;
typedef long long i64;

#define EXPORT __declspec(dllexport)
#define IMPORT __declspec(dllimport)

#ifdef __cplusplus
extern "C" {
#endif

typedef i32 (*Callback)(void* argument);

IMPORT i32 probe_add(i32 a, i32 b);    // by name
IMPORT i32 probe_by_ordinal(i32 a);    // by ordinal 7
IMPORT extern i32 probe_data;          // data
IMPORT i32 probe_sum(i32 count, ...);  // variadic
IMPORT double probe_mix(i32 a, double b, i64 c, float d, i32 e, double f, i64 g);
IMPORT i32 probe_read(const i32* place);  // reads in host code
IMPORT i32 probe_call(Callback callback, void* argument);
IMPORT i32 probe_walk(void);  // the test records the stack
IMPORT void probe_log(i32 event);
IMPORT void probe_clobber(void);  // destroys every register that a call may
IMPORT i32 probe_missing(i32 a);  // nobody has it
IMPORT i32 probe_late(i32 a);     // of late.sys, delay-loaded
IMPORT void* probe_object(void);  // an object whose first word is a table of host functions

IMPORT void ExRaiseStatus(i32 status);
IMPORT void ExRaiseAccessViolation(void);

#ifdef __cplusplus
}
#endif
