/* Linked into drivers that are built with COVERAGE. The compiler names this symbol to draw in a run-time library that
   writes the counters out; a driver has none, and Portside reads them from the image. */
int __llvm_profile_runtime = 0;
