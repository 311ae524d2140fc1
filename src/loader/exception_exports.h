#pragma once
// The functions of structured exceptions that a driver imports from ntoskrnl.exe. They need the unwinder, so they live
// here; the host adds them to the export table.

#include <span>

namespace portside::loader {

struct ExceptionExport {
  const char* name;
  void* address;
  bool partial;  // documented behaviour that is missing is in `note`
  const char* note;
};

// __C_specific_handler, _local_unwind, RtlUnwind, RtlUnwindEx, RtlCaptureContext, RtlRestoreContext, RtlVirtualUnwind,
// RtlLookupFunctionEntry, RtlPcToFileHeader, RtlRaiseException, ExRaiseStatus, ExRaiseAccessViolation,
// ExRaiseDatatypeMisalignment, RtlRaiseStatus, RtlCaptureStackBackTrace.
std::span<const ExceptionExport> exception_exports();

}  // namespace portside::loader
