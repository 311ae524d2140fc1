// For driver targets alone: placement new.
#pragma once
#include <vcruntime_new.h>
#ifdef __cplusplus
inline void* __cdecl operator new(size_t, void* place) noexcept { return place; }
inline void __cdecl operator delete(void*, void*) noexcept {}
#endif
