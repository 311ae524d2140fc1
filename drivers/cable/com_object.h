// Counted, ComObject: the part of a COM object that is the same in each of this driver's: counting references.
//
// PortCls talks to a driver through COM interfaces, and the rules are small: whoever is handed an interface pointer
// to keep calls AddRef, calls Release when done with it, and the last Release frees the object. Microsoft's kit brings
// CUnknown (stdunk.h) for this; it is written out here because it is short, and because seeing it once helps.
#pragma once

#include <portcls.h>

#ifndef SAMPLE_POOL_TAG
#define SAMPLE_POOL_TAG 'lbaC'  // "Cabl" in a pool dump: bytes are stored lowest first
#endif
constexpr ULONG kPoolTag = SAMPLE_POOL_TAG;

// An object that others of this driver share, and nobody outside of it. It goes with the last reference.
template <class Derived>
class Counted {
 public:
  Counted() = default;
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  ULONG AddRef() { return static_cast<ULONG>(InterlockedIncrement(&references_)); }

  ULONG Release() {
    const LONG left = InterlockedDecrement(&references_);
    if (left == 0) delete static_cast<Derived*>(this);
    return static_cast<ULONG>(left);
  }

  // Objects hold locks and are touched by a DPC, so they live in pool that is never paged out. nullptr when there is
  // none: a driver has no exceptions, and each `new` is checked.
  static void* operator new(size_t bytes) noexcept { return ExAllocatePool2(POOL_FLAG_NON_PAGED, bytes, kPoolTag); }
  static void operator delete(void* object) { ExFreePoolWithTag(object, kPoolTag); }

 protected:
  // No virtual destructor: it would take a place in the vtable that PortCls shares with us, and Release knows the type.
  ~Counted() = default;

 private:
  LONG references_ = 1;  // the creator's
};

// An object with several interfaces inherits from each; all share the one count.
template <class Derived, class... Interfaces>
class ComObject : public Interfaces..., public Counted<Derived> {
 public:
  STDMETHODIMP_(ULONG) AddRef() override { return Counted<Derived>::AddRef(); }
  STDMETHODIMP_(ULONG) Release() override { return Counted<Derived>::Release(); }

 protected:
  ~ComObject() = default;

  // The usual end of a QueryInterface: hands out `interface_pointer` with a reference.
  template <class Pointer>
  NTSTATUS hand_out(Pointer* interface_pointer, PVOID* result) {
    *result = interface_pointer;
    this->AddRef();
    return STATUS_SUCCESS;
  }
};

// ComPointer: holds one reference for as long as it lives, so that every way out of a function gives it back.
template <class T>
class ComPointer {
 public:
  ComPointer() = default;
  ~ComPointer() { reset(); }
  ComPointer(const ComPointer&) = delete;
  ComPointer& operator=(const ComPointer&) = delete;

  void reset() {
    if (pointer_) {
      pointer_->Release();
      pointer_ = nullptr;
    }
  }
  // Takes over the creator's reference.
  void adopt(T* pointer) {
    reset();
    pointer_ = pointer;
  }
  // Shares: takes a reference of its own.
  void share(T* pointer) {
    pointer->AddRef();
    adopt(pointer);
  }
  // For functions that return a referenced interface through a pointer.
  T** receive() {
    reset();
    return &pointer_;
  }
  T* get() const { return pointer_; }
  T* operator->() const { return pointer_; }
  explicit operator bool() const { return pointer_ != nullptr; }

 private:
  T* pointer_ = nullptr;
};
