// CUnknown (stdunk.h), in the library that portside_add_driver() links into every driver: taken from it only by drivers
// that have none of their own.
#include <stdunk.h>

CUnknown::CUnknown(PUNKNOWN pUnknownOuter)
    : m_lRefCount(0),
      m_pUnknownOuter(pUnknownOuter ? pUnknownOuter
                                    : reinterpret_cast<PUNKNOWN>(static_cast<PNONDELEGATINGUNKNOWN>(this))) {}

CUnknown::~CUnknown() {}

STDMETHODIMP_(ULONG) CUnknown::NonDelegatingAddRef() { return static_cast<ULONG>(InterlockedIncrement(&m_lRefCount)); }

STDMETHODIMP_(ULONG) CUnknown::NonDelegatingRelease() {
  LONG count = InterlockedDecrement(&m_lRefCount);
  if (count == 0) {
    // The destructor may take and drop references to this object: one is lent to it.
    ++m_lRefCount;
    delete this;
  }
  return static_cast<ULONG>(count);
}

STDMETHODIMP_(NTSTATUS) CUnknown::NonDelegatingQueryInterface(REFIID rIID, PVOID* ppVoid) {
  if (!IsEqualGUID(rIID, IID_IUnknown)) {
    *ppVoid = nullptr;
    return STATUS_NOINTERFACE;
  }
  *ppVoid = reinterpret_cast<PUNKNOWN>(static_cast<PNONDELEGATINGUNKNOWN>(this));
  NonDelegatingAddRef();
  return STATUS_SUCCESS;
}
