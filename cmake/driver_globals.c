/* Linked into drivers that are built with SANITIZE address. The compiler has each source register its global variables
   from a static initialiser, and nobody runs those for a driver: so its entry point does, and goes on to DriverEntry.
   The initialisers stand in .CRT$XCA00001; sections with a $ are sorted by what follows it and joined, so that the two
   words below enclose them, and no initialiser of the driver's own, which Windows would not run either. */

typedef void (*Initialiser)(void);

#pragma section(".CRT$XCA00000", read)
#pragma section(".CRT$XCA00002", read)
__declspec(allocate(".CRT$XCA00000")) const Initialiser portside_first_initialiser = 0;
__declspec(allocate(".CRT$XCA00002")) const Initialiser portside_last_initialiser = 0;

long PORTSIDE_NEXT_ENTRY(void* driver, void* registry_path);

long PortsideInstrumentedEntry(void* driver, void* registry_path) {
  const Initialiser* volatile at = &portside_first_initialiser;
  for (; at != &portside_last_initialiser; ++at)
    if (*at) (*at)();
  return PORTSIDE_NEXT_ENTRY(driver, registry_path);
}
