// CUnknown: the reference count and aggregation that miniport classes are built on (DDI reference and samples). Its few
// lines are in a library, as the kit's are in stdunk.lib: a driver that writes its own takes precedence.
#pragma once
#include <punknown.h>

#ifdef __cplusplus
// Drivers allocate their objects from pool by these; a driver with operators of its own says so by the macro.
#if PORTSIDE_DDK_WINDOWS && !defined(_NEW_DELETE_OPERATORS_)
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Winline-new-delete"
#endif
inline void* __cdecl operator new(size_t size, POOL_TYPE type, ULONG tag) noexcept {
  return ExAllocatePoolZero(type, size, tag);
}
inline void* __cdecl operator new(size_t size, POOL_TYPE type) noexcept {
  return ExAllocatePoolZero(type, size, 'wNcP');
}
inline void __cdecl operator delete(void* p) noexcept {
  if (p) ExFreePool(p);
}
inline void __cdecl operator delete(void* p, size_t) noexcept {
  if (p) ExFreePool(p);
}
inline void* __cdecl operator new[](size_t size, POOL_TYPE type, ULONG tag) noexcept {
  return ExAllocatePoolZero(type, size, tag);
}
inline void* __cdecl operator new[](size_t size, POOL_TYPE type) noexcept {
  return ExAllocatePoolZero(type, size, 'wNcP');
}
inline void __cdecl operator delete[](void* p) noexcept {
  if (p) ExFreePool(p);
}
inline void __cdecl operator delete[](void* p, size_t) noexcept {
  if (p) ExFreePool(p);
}
#if defined(__clang__)
#pragma clang diagnostic pop
#endif
#endif

DECLARE_INTERFACE(INonDelegatingUnknown) {
  STDMETHOD_(NTSTATUS, NonDelegatingQueryInterface)(THIS_ REFIID riid, PVOID* ppvObject) PURE;
  STDMETHOD_(ULONG, NonDelegatingAddRef)(THIS) PURE;
  STDMETHOD_(ULONG, NonDelegatingRelease)(THIS) PURE;
};
typedef INonDelegatingUnknown* PNONDELEGATINGUNKNOWN;

class CUnknown : public INonDelegatingUnknown {
 public:
  CUnknown(PUNKNOWN pUnknownOuter);
  virtual ~CUnknown();

  STDMETHODIMP_(ULONG) NonDelegatingAddRef();
  STDMETHODIMP_(ULONG) NonDelegatingRelease();
  STDMETHODIMP_(NTSTATUS) NonDelegatingQueryInterface(REFIID rIID, PVOID* ppVoid);
  PUNKNOWN GetOuterUnknown() { return m_pUnknownOuter; }

 protected:
  LONG m_lRefCount;

 private:
  PUNKNOWN m_pUnknownOuter;
};
typedef CUnknown* PCUNKNOWN;

#define DECLARE_STD_UNKNOWN()                                                          \
  STDMETHODIMP_(NTSTATUS) NonDelegatingQueryInterface(REFIID iid, PVOID* ppvObject);   \
  STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID riid, void** ppv) {                    \
    return GetOuterUnknown()->QueryInterface(riid, ppv);                               \
  }                                                                                    \
  STDMETHODIMP_(ULONG) AddRef() { return GetOuterUnknown()->AddRef(); }                \
  STDMETHODIMP_(ULONG) Release() { return GetOuterUnknown()->Release(); }

#define DEFINE_STD_CONSTRUCTOR(Class) \
  Class(PUNKNOWN pUnknownOuter) : CUnknown(pUnknownOuter) {}

#define QICAST(Type) PVOID((Type)(this))
#define QICASTUNKNOWN(Type) PVOID(PUNKNOWN((Type)(this)))

#define STD_CREATE_BODY_WITH_TAG_(Class, ppUnknown, pUnknownOuter, poolType, tag, base) \
  NTSTATUS ntStatus;                                                                    \
  Class* p = new (poolType, tag) Class(pUnknownOuter);                                  \
  if (p) {                                                                              \
    *ppUnknown = PUNKNOWN((base)(p));                                                   \
    (*ppUnknown)->AddRef();                                                             \
    ntStatus = STATUS_SUCCESS;                                                          \
  } else {                                                                              \
    ntStatus = STATUS_INSUFFICIENT_RESOURCES;                                           \
  }                                                                                     \
  return ntStatus
#define STD_CREATE_BODY_(Class, ppUnknown, pUnknownOuter, poolType, base) \
  STD_CREATE_BODY_WITH_TAG_(Class, ppUnknown, pUnknownOuter, poolType, 'rCcP', base)
#define STD_CREATE_BODY_WITH_TAG(Class, ppUnknown, pUnknownOuter, poolType, tag) \
  STD_CREATE_BODY_WITH_TAG_(Class, ppUnknown, pUnknownOuter, poolType, tag, PUNKNOWN)
#define STD_CREATE_BODY(Class, ppUnknown, pUnknownOuter, poolType) \
  STD_CREATE_BODY_(Class, ppUnknown, pUnknownOuter, poolType, PUNKNOWN)
#endif
