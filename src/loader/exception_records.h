#pragma once
// The records of structured exceptions, in Windows' x64 layout: a driver's filters and language handlers read and write
// them. "x64 exception handling", "CONTEXT (winnt.h)", "EXCEPTION_RECORD" (Microsoft Learn).

#include <cstddef>
#include <cstdint>

#include "loader/pe_file.h"
#include "loader/shadow_stack.h"

namespace portside::loader {

enum Register : unsigned {
  kRax,
  kRcx,
  kRdx,
  kRbx,
  kRsp,
  kRbp,
  kRsi,
  kRdi,
  kR8,
  kR9,
  kR10,
  kR11,
  kR12,
  kR13,
  kR14,
  kR15
};

struct alignas(16) ContextRecord {
  uint64_t home[6];
  uint32_t flags;
  uint32_t mx_csr;
  uint16_t cs, ds, es, fs, gs, ss;
  uint32_t eflags;
  uint64_t dr[6];
  uint64_t gpr[16];  // in the order of Register
  uint64_t rip;
  // The FXSAVE image.
  uint8_t fx_head[160];
  Xmm xmm[16];
  uint8_t fx_tail[96];
  Xmm vector_registers[26];
  uint64_t vector_control, debug_control, last_branch_to, last_branch_from, last_exception_to, last_exception_from;

  uint8_t* fx_area() { return fx_head; }
};
static_assert(sizeof(ContextRecord) == 0x4D0 && offsetof(ContextRecord, gpr) == 0x78 &&
              offsetof(ContextRecord, rip) == 0xF8 && offsetof(ContextRecord, fx_head) == 0x100 &&
              offsetof(ContextRecord, xmm) == 0x1A0 && offsetof(ContextRecord, eflags) == 0x44);
inline constexpr uint32_t kContextFull = 0x0010000B;  // CONTEXT_FULL: control, integer, floating point

struct ExceptionRecord {
  static constexpr uint32_t kMostParameters = 15;
  uint32_t code;
  uint32_t flags;
  ExceptionRecord* previous;
  uint64_t address;
  uint32_t parameter_count;
  uint64_t parameters[kMostParameters];
};
static_assert(sizeof(ExceptionRecord) == 0x98);

inline constexpr uint32_t kNonContinuable = 0x01;
inline constexpr uint32_t kUnwinding = 0x02;
inline constexpr uint32_t kExitUnwind = 0x04;
inline constexpr uint32_t kNestedCall = 0x10;
inline constexpr uint32_t kTargetUnwind = 0x20;
inline constexpr uint32_t kCollidedUnwind = 0x40;
inline constexpr uint32_t kAnyUnwind = kUnwinding | kExitUnwind | kTargetUnwind | kCollidedUnwind;

struct ExceptionPointers {
  ExceptionRecord* record;
  ContextRecord* context;
};

enum class Disposition : int32_t { kContinueExecution = 0, kContinueSearch = 1, kNested = 2, kCollided = 3 };

struct DispatcherContext;
using LanguageHandler = __attribute__((ms_abi)) Disposition(ExceptionRecord*, void* frame, ContextRecord*,
                                                            DispatcherContext*);

struct DispatcherContext {
  uint64_t control_pc;
  uint64_t image_base;
  const PeRuntimeFunction* function;  // in the image
  uint64_t establisher_frame;
  uint64_t target_ip;
  ContextRecord* context;
  LanguageHandler* handler;
  const void* handler_data;
  void* history_table;
  uint32_t scope_index;
  // Windows' padding. Ours: not 0 when control_pc is a return address, so that a scope is looked up by the call before
  // it.
  uint32_t at_call;
};
static_assert(sizeof(DispatcherContext) == 0x50 && offsetof(DispatcherContext, scope_index) == 0x48);

// NTSTATUS values of exceptions.
inline constexpr uint32_t kStatusGuardPage = 0x80000001;
inline constexpr uint32_t kStatusMisalignment = 0x80000002;
inline constexpr uint32_t kStatusBreakpoint = 0x80000003;
inline constexpr uint32_t kStatusAccessViolation = 0xC0000005;
inline constexpr uint32_t kStatusInPageError = 0xC0000006;
inline constexpr uint32_t kStatusIllegalInstruction = 0xC000001D;
inline constexpr uint32_t kStatusNoncontinuable = 0xC0000025;
inline constexpr uint32_t kStatusInvalidDisposition = 0xC0000026;
inline constexpr uint32_t kStatusUnwind = 0xC0000027;
inline constexpr uint32_t kStatusBadStack = 0xC0000028;
inline constexpr uint32_t kStatusInvalidUnwindTarget = 0xC0000029;
inline constexpr uint32_t kStatusFloatDivideByZero = 0xC000008E;
inline constexpr uint32_t kStatusFloatInexact = 0xC000008F;
inline constexpr uint32_t kStatusFloatInvalid = 0xC0000090;
inline constexpr uint32_t kStatusFloatOverflow = 0xC0000091;
inline constexpr uint32_t kStatusFloatUnderflow = 0xC0000093;
inline constexpr uint32_t kStatusIntegerDivideByZero = 0xC0000094;
inline constexpr uint32_t kStatusIntegerOverflow = 0xC0000095;
inline constexpr uint32_t kStatusPrivilegedInstruction = 0xC0000096;

}  // namespace portside::loader
