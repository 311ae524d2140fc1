#pragma once
// ComPtr: one COM reference, held for a lifetime; and the base of COM objects written here.

#include <portcls.h>
#include <wdm.h>

#include <atomic>
#include <cstdint>
#include <utility>

namespace portside::portcls {

// IUnknown's identifier: the kernel's (punknown.h), and COM's, which drivers built with other headers ask by.
inline bool is_iunknown(REFIID iid) {
  static constexpr GUID kOfCom = {0x00000000, 0x0000, 0x0000, {0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46}};
  return IsEqualGUID(iid, IID_IUnknown) || IsEqualGUID(iid, kOfCom);
}

template <class T>
class ComPtr {
 public:
  ComPtr() = default;
  ComPtr(const ComPtr& other) : pointer_(other.pointer_) {
    if (pointer_) pointer_->AddRef();
  }
  ComPtr(ComPtr&& other) noexcept : pointer_(std::exchange(other.pointer_, nullptr)) {}
  ComPtr& operator=(ComPtr other) noexcept {
    std::swap(pointer_, other.pointer_);
    return *this;
  }
  ~ComPtr() { reset(); }

  // Takes over a reference that the caller owns.
  static ComPtr adopt(T* pointer) {
    ComPtr result;
    result.pointer_ = pointer;
    return result;
  }
  // Adds a reference.
  static ComPtr share(T* pointer) {
    if (pointer) pointer->AddRef();
    return adopt(pointer);
  }
  // QueryInterface; null when the object does not offer the interface.
  static ComPtr query(IUnknown* object, REFIID iid) {
    void* found = nullptr;
    if (!object || object->QueryInterface(iid, &found) < 0) return {};
    return adopt(static_cast<T*>(found));
  }

  // The references that remain, as Release tells; 0 for an empty pointer.
  uint32_t reset() {
    T* pointer = std::exchange(pointer_, nullptr);
    return pointer ? pointer->Release() : 0;
  }
  T* release() { return std::exchange(pointer_, nullptr); }
  T* get() const { return pointer_; }
  T* operator->() const { return pointer_; }
  explicit operator bool() const { return pointer_ != nullptr; }

 private:
  T* pointer_ = nullptr;
};

// A COM object of its own: born with one reference, offers IUnknown and the interfaces named. The destructor's slots
// stand behind Interface's, where no driver looks.
template <class Interface, const GUID&... kIids>
class ComObject : public Interface {
 public:
  STDMETHODIMP_(NTSTATUS) QueryInterface(REFIID iid, PVOID* object) override {
    if (!object) return STATUS_INVALID_PARAMETER;
    if (is_iunknown(iid) || (IsEqualGUID(iid, kIids) || ...)) {
      *object = static_cast<Interface*>(this);
      AddRef();
      return STATUS_SUCCESS;
    }
    *object = nullptr;
    return STATUS_INVALID_PARAMETER;  // what PortCls' own objects answer for an interface they do not offer
  }
  STDMETHODIMP_(ULONG) AddRef() override { return references_.fetch_add(1, std::memory_order_relaxed) + 1; }
  STDMETHODIMP_(ULONG) Release() override {
    const uint32_t left = references_.fetch_sub(1, std::memory_order_acq_rel) - 1;
    if (left == 0) delete this;
    return left;
  }

 protected:
  ComObject() = default;
  virtual ~ComObject() = default;
  ComObject(const ComObject&) = delete;
  ComObject& operator=(const ComObject&) = delete;
  uint32_t references() const { return references_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint32_t> references_{1};
};

}  // namespace portside::portcls
