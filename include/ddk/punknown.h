// IUnknown of the kernel: QueryInterface gives an NTSTATUS (DDI reference: punknown).
#pragma once
// "All the GUIDs end up in this object": old sources ask for definitions by this name.
#ifdef PUT_GUIDS_HERE
#include <initguid.h>
#endif
#include <wdm.h>
#include <portside/com.h>

// Not COM's value: the kernel's has C0 two bytes later. Compiled drivers carry it, and mingw-w64's copy agrees.
DEFINE_GUID(IID_IUnknown, 0x00000000, 0x0000, 0x0000, 0x00, 0x00, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x46);

#define DEFINE_ABSTRACT_UNKNOWN()                                                 \
  STDMETHOD_(NTSTATUS, QueryInterface)(THIS_ REFIID riid, PVOID* ppvObject) PURE; \
  STDMETHOD_(ULONG, AddRef)(THIS) PURE;                                           \
  STDMETHOD_(ULONG, Release)(THIS) PURE;
#undef INTERFACE
#define INTERFACE IUnknown
DECLARE_INTERFACE(IUnknown) {
  DEFINE_ABSTRACT_UNKNOWN()
};
typedef IUnknown* PUNKNOWN;
typedef HRESULT(NTAPI* PFNCREATEINSTANCE)(PUNKNOWN* Unknown, REFCLSID ClassId, PUNKNOWN OuterUnknown,
                                          POOL_TYPE PoolType);
#undef INTERFACE  // wdm.h has a structure of that name
