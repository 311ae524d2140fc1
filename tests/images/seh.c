// Structured exceptions as clang compiles them. Each export is one case; events are logged in the order they happen.
#include "probe.h"

typedef struct {
  u32 code, flags;
  void* previous;
  void* address;
  u32 count;
  u64 parameters[15];
} Record;
typedef struct {
  Record* record;
  u8* context;
} Pointers;

#define EXCEPTION_EXECUTE_HANDLER 1
#define EXCEPTION_CONTINUE_SEARCH 0
#define EXCEPTION_CONTINUE_EXECUTION -1

int _fltused = 0;

__attribute__((noinline)) static i32 callee(volatile i32* place) { return *place + 1; }
__attribute__((noinline)) static i32 deep_callee(volatile i32* place, i32 depth) {
  return depth ? deep_callee(place, depth - 1) + 1 : callee(place);
}

EXPORT i32 fault_in_callee(i32* place) {
  __try {
    return deep_callee(place, 3);
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    return -1;
  }
}

EXPORT i32 fault_here(volatile i32* place) {
  __try {
    return *place;
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    return -2;
  }
}

static i32 record_filter(Pointers* pointers, u64* out) {
  out[0] = pointers->record->code;
  out[1] = pointers->record->parameters[0];
  out[2] = pointers->record->parameters[1];
  out[3] = (u64)pointers->record->address;
  out[4] = *(u64*)(pointers->context + 0xF8);  // Rip
  out[5] = pointers->record->flags;
  return EXCEPTION_EXECUTE_HANDLER;
}
EXPORT i32 filter_sees_record(i32* place, u64* out) {
  __try {
    *(volatile i32*)place = 5;
    return 0;
  } __except (record_filter((Pointers*)__exception_info(), out)) {
    return (i32)__exception_code();
  }
}

EXPORT i32 finally_order(i32* place) {
  __try {
    __try {
      __try {
        probe_log(1);
        callee(place);
        probe_log(99);
      } __finally {
        probe_log(__abnormal_termination() ? 2 : 98);
      }
    } __finally {
      probe_log(3);
    }
  } __except (probe_log(10), EXCEPTION_EXECUTE_HANDLER) {
    probe_log(4);
  }
  probe_log(5);
  return 6;
}

EXPORT i32 finally_without_exception(void) {
  __try {
    probe_log(1);
  } __finally {
    probe_log(__abnormal_termination() ? 98 : 2);
  }
  return 3;
}

static i32 inner_declines(i32* place) {
  __try {
    return callee(place);
  } __except (probe_log(1), EXCEPTION_CONTINUE_SEARCH) {
    return 97;
  }
}
EXPORT i32 nested_search(i32* place) {
  __try {
    return inner_declines(place);
  } __except (probe_log(2), EXCEPTION_EXECUTE_HANDLER) {
    return 7;
  }
}

EXPORT i32 raise_status(i32 status) {
  __try {
    ExRaiseStatus(status);
    return 0;
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    return (i32)__exception_code();
  }
}
EXPORT i32 raise_access_violation(void) {
  __try {
    ExRaiseAccessViolation();
    return 0;
  } __except ((u32)__exception_code() == 0xC0000005 ? EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_SEARCH) {
    return 8;
  }
}
EXPORT i32 raise_uncaught(i32 status) {
  __try {
    ExRaiseStatus(status);
  } __finally {
    probe_log(1);
  }
  return 0;
}
EXPORT i32 fault_uncaught(i32* place) {
  __try {
    return callee(place);
  } __except (probe_log(1), EXCEPTION_CONTINUE_SEARCH) {
    return 0;
  }
}
EXPORT i32 fault_plain(i32* place) { return callee(place); }

// xmm6 and up belong to the caller: the unwind brings back what the prologs between have saved.
__attribute__((noinline)) static double uses_xmm(volatile double* in, i32* place) {
  double a = in[0], b = in[1], c = in[2], d = in[3], e = in[4], f = in[5], g = in[6], h = in[7];
  double s = 0;
  for (int i = 0; i < 8; ++i) {
    s += a * b + c * d + e * f + g * h;
    a += b; c += d; e += f; g += h;
    if (i == 5) s += callee(place);
  }
  return s + a + b + c + d + e + f + g + h;
}
__attribute__((noinline)) static i32 catches(volatile double* in, i32* place) {
  __try {
    return (i32)uses_xmm(in, place);
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    return 1;
  }
}
EXPORT double xmm_restored(double x, i32* place) {
  static volatile double in[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  double a = x * 2, b = x * 3, c = x * 5, d = x * 7, e = x * 11;
  i32 r = catches(in, place);
  return a + b + c + d + e + r;
}

static i32 repair(Pointers* pointers, i32* good) {
  probe_log(1);
  *(u64*)(pointers->context + 0x80) = (u64)good;  // Rcx, which holds the bad address
  return EXCEPTION_CONTINUE_EXECUTION;
}
__attribute__((naked, noinline)) static i32 load_rcx(i32* place) { __asm__("movl (%rcx), %eax; retq"); }
EXPORT i32 filter_repairs(i32* bad, i32* good) {
  __try {
    return load_rcx(bad);
  } __except (repair((Pointers*)__exception_info(), good)) {
    return 96;
  }
}

EXPORT i32 host_fault(i32* place) {
  volatile i32 before = 11;
  __try {
    probe_log(1);
    return probe_read(place);
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    probe_log(2);
    return before;
  }
}

static i32 callback_faults(void* place) {
  __try {
    return callee((i32*)place);
  } __finally {
    probe_log(1);
  }
}
EXPORT i32 fault_through_host(i32* place) {
  __try {
    return probe_call(callback_faults, place);
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    probe_log(2);
    return 12;
  }
}

struct Object {
  i32 (**methods)(struct Object*, i32*);
};
EXPORT i32 host_method_fault(i32* place) {
  volatile i32 kept = 5;
  __try {
    struct Object* object = (struct Object*)probe_object();
    return object->methods[1](object, place);
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    return kept + 13;
  }
}

// The same with values in registers that the method preserves: no thunk has saved them.
EXPORT i32 host_method_registers(i32* place, i32 a, i32 b) {
  i32 c = a * 3, d = b * 5, e = a * b, f = a + b, result;
  struct Object* object = (struct Object*)probe_object();
  __asm__ volatile("" : "+r"(c), "+r"(d), "+r"(e), "+r"(f));
  __try {
    result = object->methods[1](object, place);
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    result = 1;
  }
  return result + c + d * 10 + e * 100 + f * 1000;
}
__attribute__((noinline)) static i32 catches_method(i32* place) {
  __try {
    struct Object* object = (struct Object*)probe_object();
    return object->methods[1](object, place);
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    return 1;
  }
}
// The registers of an outer frame, which the catching function's prolog does not save, come back as well.
EXPORT i32 outer_registers(i32* place, i32 a, i32 b) {
  i32 c = a * 3, d = b * 5, e = a * b, f = a + b, g = a - b;
  __asm__ volatile("" : "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g));
  i32 result = catches_method(place);
  return result + c + d * 10 + e * 100 + f * 1000 + g * 10000;
}

// The filter itself faults. The search for the second exception comes by the same __try again, and asks its filter again.
static i32 faulting_filter(i32* place, i32* asked) {
  probe_log(1);
  return (*asked)++ ? EXCEPTION_CONTINUE_SEARCH : callee(place);
}
static i32 inner_faulting_filter(i32* place) {
  i32 asked = 0;
  __try {
    return callee(place);
  } __except (faulting_filter(place, &asked)) {
    return 95;
  }
}
EXPORT i32 nested_exception(i32* place) {
  __try {
    return inner_faulting_filter(place);
  } __except (probe_log(2), EXCEPTION_EXECUTE_HANDLER) {
    probe_log(3);
    return 14;
  }
}
// The filter catches its own fault and then takes the first exception.
static i32 careful_filter(i32* place) {
  __try {
    return callee(place);
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    probe_log(1);
  }
  return EXCEPTION_EXECUTE_HANDLER;
}
EXPORT i32 exception_inside_filter(i32* place) {
  __try {
    return callee(place);
  } __except (careful_filter(place)) {
    probe_log(2);
    return 15;
  }
}

// A __finally that runs for the unwind of a first exception raises a second one: the first unwind is abandoned, and goes
// on behind the __finally that collided.
static void collide(i32* place) {
  __try {
    __try {
      __try {
        callee(place);
      } __finally {
        probe_log(1);
        ExRaiseStatus((i32)0xC0000123);
      }
    } __finally {
      probe_log(2);
    }
  } __finally {
    probe_log(3);
  }
}
EXPORT i32 collided_unwind(i32* place) {
  __try {
    __try {
      collide(place);
    } __except ((u32)__exception_code() == 0xC0000123 ? EXCEPTION_CONTINUE_SEARCH : EXCEPTION_EXECUTE_HANDLER) {
      return 94;
    }
  } __except ((u32)__exception_code() == 0xC0000123 ? EXCEPTION_EXECUTE_HANDLER : EXCEPTION_CONTINUE_SEARCH) {
    probe_log(4);
    return 16;
  }
  return 93;
}
// The second exception is caught inside the function whose __finally collided.
EXPORT i32 collided_same_frame(i32* place) {
  i32 result = 92;
  __try {
    __try {
      __try {
        callee(place);
      } __finally {
        probe_log(1);
        callee(place);
      }
    } __except (probe_log(2), EXCEPTION_EXECUTE_HANDLER) {
      probe_log(3);
      result = 17;
    }
  } __except (probe_log(9), EXCEPTION_EXECUTE_HANDLER) {
    result = 91;
  }
  return result;
}

// Leaving a __try by return from a nested __try with __finally (clang runs it inline, or by _local_unwind).
EXPORT i32 return_through_finally(i32 a) {
  __try {
    __try {
      if (a) return a + 1;
    } __finally {
      probe_log(1);
    }
  } __finally {
    probe_log(2);
  }
  return 0;
}

EXPORT i32 many_exceptions(i32* place, i32 count) {
  i32 caught = 0;
  for (i32 i = 0; i < count; ++i) {
    __try {
      probe_read(place);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
      ++caught;
    }
  }
  return caught;
}

EXPORT i32 divide(i32 a, i32 b) {
  __try {
    return a / b;
  } __except (EXCEPTION_EXECUTE_HANDLER) {
    return (i32)__exception_code();
  }
}

IMPORT void _local_unwind(void* frame, void* target);
IMPORT void RtlCaptureContext(void* context);
IMPORT void* RtlLookupFunctionEntry(u64 pc, u64* base, void* history);
IMPORT void* RtlVirtualUnwind(u32 type, u64 base, u64 pc, void* function, void* context, void** data, u64* frame, void* p);
IMPORT void* RtlPcToFileHeader(void* pc, void** base);

// Fills in return addresses, innermost first, by the exported unwinder itself.
__attribute__((noinline)) EXPORT i32 walk_by_exports(u64* out, i32 most) {
  __attribute__((aligned(16))) u8 context[0x4D0];
  RtlCaptureContext(context);
  i32 count = 0;
  for (; count < most; ++count) {
    u64 pc = *(u64*)(context + 0xF8), base;
    void* function = RtlLookupFunctionEntry(pc, &base, 0);
    if (!base) break;
    out[count] = pc;
    if (!function) break;
    void* data;
    u64 frame;
    RtlVirtualUnwind(0, base, pc, function, context, &data, &frame, 0);
  }
  return count;
}
__attribute__((noinline)) EXPORT i32 walk_by_exports_deeper(u64* out, i32 most) {
  volatile i32 count = walk_by_exports(out, most);
  return count;
}
EXPORT u64 own_base(void) {
  void* base;
  RtlPcToFileHeader((void*)own_base, &base);
  return (u64)base;
}

EXPORT i32 DriverEntry(void* driver, void* path) { return 0; }
