/* Linked into drivers that are built with INSTRUMENT coverage. The compiler registers a module's counters from a static
   initialiser, and nobody runs those for a driver: so its entry point does it, and goes on to DriverEntry.
   Sections with a $ are sorted by what follows it and joined: A and Z enclose what the compiler put between. */

typedef unsigned long long Address;

#pragma section(".SCOV$CA", read, write)
#pragma section(".SCOV$CZ", read, write)
#pragma section(".SCOVP$A", read)
#pragma section(".SCOVP$Z", read)
__declspec(allocate(".SCOV$CA")) Address __start___sancov_cntrs = 0;
__declspec(allocate(".SCOV$CZ")) unsigned char __stop___sancov_cntrs = 0;
__declspec(allocate(".SCOVP$A")) const Address __start___sancov_pcs = 0;
__declspec(allocate(".SCOVP$Z")) const Address __stop___sancov_pcs = 0;

__declspec(dllimport) void __sanitizer_cov_8bit_counters_init(unsigned char* start, unsigned char* stop);
__declspec(dllimport) void __sanitizer_cov_pcs_init(const Address* start, const Address* stop);
long DriverEntry(void* driver, void* registry_path);

long PortsideInstrumentedEntry(void* driver, void* registry_path) {
  __sanitizer_cov_8bit_counters_init((unsigned char*)(&__start___sancov_cntrs + 1), &__stop___sancov_cntrs);
  __sanitizer_cov_pcs_init(&__start___sancov_pcs + 1, &__stop___sancov_pcs);
  return DriverEntry(driver, registry_path);
}
