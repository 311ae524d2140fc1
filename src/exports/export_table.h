#pragma once
// The export table: which function of ours stands behind a name that a driver imports, and how complete it is. A name
// that is not in the table is missing, and the loader says so.
//
// A file of exports ends with its rows:
//     const Export kKeEventRows[] = {   // named apart: sources are compiled together
//         EXPORT(NtosKrnl, KeSetEvent),
//         EXPORT_PARTIAL(NtosKrnl, EtwWrite, "collected in the machine's log; no session listens"),
//         EXPORT_AS(NtosKrnl, "memcpy", portside_crt_memcpy),
//         EXPORT_DATA(NtosKrnl, "NtBuildNumber", &build_number),
//     };
//     const ExportSet kKeEventExports{kKeEventRows};   // in namespace portside::exports
// and is named once in export_sets.inc. Nothing registers itself.

#include <cstdint>
#include <span>
#include <string_view>

namespace portside::exports {

enum class Completeness : uint8_t { kFull, kPartial, kStub };
const char* name_of(Completeness);

struct Export {
  const char* dll;
  const char* name;
  void* address;
  Completeness completeness;
  const char* note;      // what is missing, when partial or a stub; else ""
  bool is_data = false;  // the import's slot holds the address of a variable
  bool direct = false;   // takes its arguments in unusual registers: bound without a thunk
};

struct ExportSet {
  std::span<const Export> rows;
};

// Declared here, so that `const ExportSet kXxxExports{kXxxRows};` has external linkage where it is defined.
#define EXPORT_SET(set) extern const ExportSet set;
#include "exports/export_sets.inc"
#undef EXPORT_SET

// The row for a name, or null. DLL names compare without case and with or without ".sys"/".exe"/".dll"; hal.dll and
// ntoskrnl.exe (ntkrnlpa, ntkrnlmp) are one namespace, since HAL functions have moved between them. Constant time.
const Export* find_export(std::string_view dll, std::string_view name);
// Every row, by DLL and name.
std::span<const Export* const> all_exports();

namespace dll {
inline constexpr const char* NtosKrnl = "ntoskrnl.exe";
inline constexpr const char* Hal = "hal.dll";
inline constexpr const char* PortCls = "portcls.sys";
inline constexpr const char* Ks = "ks.sys";
inline constexpr const char* WdfLdr = "WDFLDR.SYS";
inline constexpr const char* Drmk = "drmk.sys";
}  // namespace dll

}  // namespace portside::exports

// The cast is a link-time address; rows cannot be constexpr for its sake, and are constant-initialised all the same.
#define EXPORT(dll_, function) \
  {::portside::exports::dll::dll_, #function, (void*)&function, ::portside::exports::Completeness::kFull, ""}
#define EXPORT_PARTIAL(dll_, function, note) \
  {::portside::exports::dll::dll_, #function, (void*)&function, ::portside::exports::Completeness::kPartial, note}
#define EXPORT_STUB(dll_, function, note) \
  {::portside::exports::dll::dll_, #function, (void*)&function, ::portside::exports::Completeness::kStub, note}
#define EXPORT_AS(dll_, name_, function) \
  {::portside::exports::dll::dll_, name_, (void*)&function, ::portside::exports::Completeness::kFull, ""}
#define EXPORT_AS_PARTIAL(dll_, name_, function, note) \
  {::portside::exports::dll::dll_, name_, (void*)&function, ::portside::exports::Completeness::kPartial, note}
#define EXPORT_DIRECT(dll_, name_, function) \
  {::portside::exports::dll::dll_, name_, (void*)&function, ::portside::exports::Completeness::kFull, "", false, true}
#define EXPORT_DATA(dll_, name_, variable) \
  {::portside::exports::dll::dll_, name_, (void*)(variable), ::portside::exports::Completeness::kFull, "", true}
