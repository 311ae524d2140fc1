// How kernel streaming names a GUID: a struct with a uuid, and a macro that asks for it, so that no library of GUIDs is
// needed and tables may take its address. In C they are constants of a library.
#pragma once
#include <guiddef.h>

#undef DEFINE_GUIDSTRUCT
#undef DEFINE_GUIDNAMED
#if defined(__cplusplus) && (defined(_MSC_VER) || defined(__clang__))
#define DEFINE_GUIDSTRUCT(guid, name) struct DECLSPEC_UUID(guid) name
#define DEFINE_GUIDNAMED(name) __uuidof(struct name)
#define STATICGUIDOF(guid) STATIC_##guid
#elif defined(PORTSIDE_KSGUID)  // where C's GUIDs are, as Microsoft's are in ksguid.lib
#define DEFINE_GUIDSTRUCT(guid, name) __declspec(selectany) extern const GUID name = {STATIC_##name}
#define DEFINE_GUIDEX(name) __declspec(selectany) extern const GUID name = {STATIC_##name}
#define DEFINE_GUIDNAMED(name) name
#define STATICGUIDOF(guid) STATIC_##guid
#else
#define DEFINE_GUIDSTRUCT(guid, name) EXTERN_C const GUID name
#define DEFINE_GUIDNAMED(name) name
#define STATICGUIDOF(guid) STATIC_##guid
#endif
#ifndef DEFINE_GUIDEX
#define DEFINE_GUIDEX(name) EXTERN_C const GUID name
#endif
#ifndef STATICGUIDOF
#define STATICGUIDOF(guid) STATIC_##guid
#endif

#define STATIC_GUID_NULL 0x00000000L, 0x0000, 0x0000, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00
DEFINE_GUIDSTRUCT("00000000-0000-0000-0000-000000000000", GUID_NULL);
#define GUID_NULL DEFINE_GUIDNAMED(GUID_NULL)
