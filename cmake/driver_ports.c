/* The compiler's intrinsics for I/O ports (hal.h declares them), in the library that portside_add_driver() links into every
   driver: clang has them in <intrin.h> alone, and sources use what wdm.h declares. */
#include <wdm.h>

#define PORT(width, type, suffix, reg)                                                           \
  type __in##width(unsigned short port) {                                                        \
    type value;                                                                                  \
    __asm__ __volatile__("in" suffix " %w1, %" reg "0" : "=a"(value) : "Nd"(port) : "memory");   \
    return value;                                                                                \
  }                                                                                              \
  void __out##width(unsigned short port, type value) {                                           \
    __asm__ __volatile__("out" suffix " %" reg "0, %w1" : : "a"(value), "Nd"(port) : "memory");  \
  }

PORT(byte, unsigned char, "b", "b")
PORT(word, unsigned short, "w", "w")
PORT(dword, unsigned long, "l", "k")
