/* Linked into drivers that are built with COVERAGE. The compiler names this symbol to draw in a run-time library that
   writes the counters out; a driver has none, and Portside reads them from the image. */
int __llvm_profile_runtime = 0;

/* LLVM's tools skip the first byte of the names in a linked image: that library begins them with one. */
#pragma section(".lprfn$A", read)
__declspec(allocate(".lprfn$A")) const char portside_before_names = 0;
/* Nothing names it, and /opt:ref keeps it all the same: it is no COMDAT. */
