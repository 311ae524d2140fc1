// Kernel-only instructions, as compilers inline them into drivers.
#include "probe.h"

int _fltused = 0;

EXPORT u64 read_irql(void) {
  u64 value;
  __asm__ volatile("movq %%cr8, %0" : "=r"(value));
  return value;
}
EXPORT void write_irql(u64 value) { __asm__ volatile("movq %0, %%cr8" ::"r"(value)); }
// Values in many registers across an emulated instruction.
EXPORT u64 registers_survive(u64 a, u64 b, u64 c, u64 d) {
  u64 irql;
  double x = (double)a, y = (double)b;
  __asm__ volatile("movq %%cr8, %0" : "=r"(irql));
  return irql * 1000000 + a + b * 10 + c * 100 + d * 1000 + (u64)(x + y);
}
EXPORT void interrupts(void) { __asm__ volatile("cli; sti; hlt"); }
EXPORT u32 port_in(u16 port) {
  u8 b;
  u16 w;
  u32 d;
  __asm__ volatile("inb %1, %0" : "=a"(b) : "d"(port));
  __asm__ volatile("inw %1, %0" : "=a"(w) : "d"(port));
  __asm__ volatile("inl %1, %0" : "=a"(d) : "d"(port));
  return b + w + d;
}
EXPORT void port_out(u16 port, u32 value) {
  __asm__ volatile("outb %b0, %1" ::"a"(value), "d"(port));
  __asm__ volatile("outl %0, %1" ::"a"(value), "d"(port));
}
EXPORT void port_in_string(u16 port, u8* to, u64 count) {
  __asm__ volatile("rep insb" : "+D"(to), "+c"(count) : "d"(port) : "memory");
}
EXPORT u64 read_msr(u32 msr) {
  u32 low, high;
  __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
  return (u64)high << 32 | low;
}
EXPORT u64 read_msr_guarded(u32 msr) {
  __try {
    return read_msr(msr);
  } __except ((u32)__exception_code() == 0xC0000096) {
    return 0xBAD;
  }
}
EXPORT void write_msr(u32 msr, u64 value) {
  __asm__ volatile("wrmsr" ::"a"((u32)value), "d"((u32)(value >> 32)), "c"(msr));
}
EXPORT void caches(void* place) { __asm__ volatile("invlpg (%0); wbinvd" ::"r"(place)); }
EXPORT u64 read_cr3(void) {
  __try {
    u64 value;
    __asm__ volatile("movq %%cr3, %0" : "=r"(value));
    return value;
  } __except ((u32)__exception_code() == 0xC0000096) {
    return 0xBAD;
  }
}
EXPORT void fast_fail(u32 code) { __asm__ volatile("int $0x29" ::"c"(code)); }
EXPORT i32 breakpoints(void) {
  __asm__ volatile("int3");
  __asm__ volatile("int $0x2c");
  __asm__ volatile("int $0x2d");
  return 5;
}
EXPORT i32 fault_at(volatile i32* place) { return *place; }
EXPORT u64 catch_fault_at(volatile u64* place, u64* code) {
  __try {
    return *place;
  } __except (*code = (u32)__exception_code(), 1) {
    return ~0ull;
  }
}

// KUSER_SHARED_DATA and device registers, by the forms that compilers choose.
EXPORT void shared_reads(volatile u8* base, u64* out) {
  out[0] = *(volatile u64*)(base + 0x08);
  out[1] = *(volatile u32*)(base + 0x10);
  out[2] = *(volatile u16*)(base + 0x14);
  out[3] = *(volatile u8*)(base + 0x16);
  out[4] = (u64)(i64)*(volatile signed char*)(base + 0x17);
  out[5] = (u64)(i64) * (volatile i32*)(base + 0x18);
  out[6] = *(volatile u32*)(base + 0x10) > 5;
  out[7] = (*(volatile u32*)(base + 0x10) & 4) != 0;
  u64 sum = 100;
  __asm__ volatile("addq 8(%1), %0" : "+r"(sum) : "r"(base));
  out[8] = sum;
  u64 bit;
  __asm__ volatile("xorl %k0, %k0; btl $1, 0x10(%1); adcl $0, %k0" : "=&r"(bit) : "r"(base));
  out[9] = bit;
  u64 vector[2];
  __asm__ volatile("movdqu 8(%1), %%xmm9; movdqu %%xmm9, (%0)" ::"r"(vector), "r"(base) : "xmm9", "memory");
  out[10] = vector[0];
  out[11] = vector[1];
  u64 chosen = 1;
  __asm__ volatile("cmpl $0, 0x10(%1); cmovneq 8(%1), %0" : "+r"(chosen) : "r"(base));
  out[12] = chosen;
  u8 copy[8];
  void* to = copy;
  const volatile u8* from = base + 8;
  u64 count = 8;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count)::"memory");
  out[13] = *(u64*)copy;
}
EXPORT void device_writes(volatile u8* base) {
  *(volatile u32*)(base + 0) = 0x11223344;
  *(volatile u8*)(base + 4) = 0x55;
  __asm__ volatile("orl $0x80, (%0)" ::"r"(base) : "memory");
  __asm__ volatile("lock incl 4(%0)" ::"r"(base) : "memory");
  u32 old = 7;
  __asm__ volatile("xchgl %0, 8(%1)" : "+r"(old) : "r"(base) : "memory");
}
EXPORT i32 writes_shared(volatile u32* place) {
  __try {
    *place = 1;
    return 0;
  } __except (1) {
    return (i32)__exception_code();
  }
}

EXPORT i32 DriverEntry(void* driver, void* path) { return 0; }
