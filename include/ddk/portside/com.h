// The macros that interfaces and their implementations are declared with (public COM documentation).
#pragma once
#include <ntdef.h>

#define STDMETHODCALLTYPE NTAPI
#define STDAPICALLTYPE NTAPI
#define STDAPI EXTERN_C HRESULT STDAPICALLTYPE
#define STDAPI_(type) EXTERN_C type STDAPICALLTYPE
#define STDMETHODIMP HRESULT STDMETHODCALLTYPE
#define STDMETHODIMP_(type) type STDMETHODCALLTYPE
#define STDMETHODIMPV HRESULT STDMETHODCALLTYPE
#define COM_DECLSPEC_NOTHROW
#ifdef __cplusplus
#define PURE = 0
#define THIS_
#define THIS void
#define STDMETHOD(method) virtual HRESULT STDMETHODCALLTYPE method
#define STDMETHOD_(type, method) virtual type STDMETHODCALLTYPE method
#define DECLARE_INTERFACE(iface) struct DECLSPEC_NOVTABLE iface
#define DECLARE_INTERFACE_(iface, baseiface) struct DECLSPEC_NOVTABLE iface : public baseiface
// What an interface has of its bases: C++ inherits it.
#define PORTSIDE_INHERITED(methods)
#else
// In C an interface is a pointer to its table of functions, each of which takes the object first. INTERFACE names the
// interface that is being declared. (A method that returns a structure cannot be told right in C: members of C++ classes
// return it through a hidden pointer, functions of C in a register.)
#define PURE
#define THIS_ INTERFACE* This,
#define THIS INTERFACE* This
#define STDMETHOD(method) HRESULT(STDMETHODCALLTYPE* method)
#define STDMETHOD_(type, method) type(STDMETHODCALLTYPE* method)
#ifdef CONST_VTABLE
#define CONST_VTBL const
#else
#define CONST_VTBL
#endif
#define DECLARE_INTERFACE(iface)       \
  typedef struct iface##Vtbl iface##Vtbl; \
  typedef struct iface {               \
    CONST_VTBL iface##Vtbl* lpVtbl;    \
  } iface;                             \
  struct iface##Vtbl
#define DECLARE_INTERFACE_(iface, baseiface) DECLARE_INTERFACE(iface)
#define PORTSIDE_INHERITED(methods) methods
#endif
#if PORTSIDE_DDK_WINDOWS
#ifndef interface
#define interface struct
#endif
#endif

#ifndef S_OK
#define S_OK ((HRESULT)0L)
#define S_FALSE ((HRESULT)1L)
#define SUCCEEDED(hr) (((HRESULT)(hr)) >= 0)
#define FAILED(hr) (((HRESULT)(hr)) < 0)
#define E_NOTIMPL ((HRESULT)0x80004001L)
#define E_NOINTERFACE ((HRESULT)0x80004002L)
#define E_POINTER ((HRESULT)0x80004003L)
#define E_FAIL ((HRESULT)0x80004005L)
#define E_OUTOFMEMORY ((HRESULT)0x8007000EL)
#define E_INVALIDARG ((HRESULT)0x80070057L)
#define HRESULT_FROM_NT(x) ((HRESULT)((x) | 0x10000000))
#endif

// Both are aligned in the driver's tables, so eight bytes at a time would do; the result is the same.
#define IsEqualGUIDAligned(guid1, guid2) (IsEqualGUID((guid1), (guid2)) != 0)
