/* What the compiler expects of a C run-time library and a driver has none to take from: linked into every driver that
   portside_add_driver() builds. Microsoft's kit links its own. */

/* Names that floating-point code is present; the linker looks for it and nothing reads it. */
int _fltused = 0x9875;

/* -fasync-exceptions, which lets __try see a fault of its own function, makes the compiler name the C++ exception
   handler for every function that has a destructor to run. A driver has no C++ exceptions, and with Microsoft's compiler
   (/kernel) a structured exception passes by its destructors: 1 is ExceptionContinueSearch, "not mine". */
int __CxxFrameHandler3(void* record, void* frame, void* context, void* dispatcher) {
  (void)record;
  (void)frame;
  (void)context;
  (void)dispatcher;
  return 1;
}
