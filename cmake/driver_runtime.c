/* What the compiler expects of a C run-time library and a driver has none to take from: linked into every driver that
   portside_add_driver() builds. Microsoft's kit links its own. */

/* Names that floating-point code is present; the linker looks for it and nothing reads it. */
int _fltused = 0x9875;
