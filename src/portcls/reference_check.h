#pragma once
// ReferenceCheck: whether a driver's objects count their references as COM wants it. The port knows how many it holds
// itself; AddRef and Release tell the object's count, if they tell one.

#include <portcls.h>
#include <wdm.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/stack.h"
#include "portcls/com_ptr.h"
#include "portcls/portcls_observer.h"

namespace portside::portcls {

class PortCls;

class ReferenceCheck {
 public:
  // `owner`: what the object is, in a sentence: "the stream on pin 0 of Wave". Checks nothing unless verifying.
  ReferenceCheck(PortCls& port_cls, std::string owner);

  // A pointer that NewStream gave: one without a reference is told, and gets one.
  void adopt(IUnknown& object, const char* method_name, const StackTrace& place);
  // QueryInterface. A pointer without a reference is told, and gets one, so that the port's Release is not one too
  // many.
  template <class T>
  ComPtr<T> query(IUnknown* object, REFIID iid, const char* interface_name) {
    return ComPtr<T>::adopt(static_cast<T*>(query_any(object, iid, interface_name)));
  }
  // The same for a moment: the pointer goes again, and its reference is not counted among the port's.
  ComPtr<IUnknown> borrow(IUnknown& object, REFIID iid, const char* interface_name);
  // References of the port that the object's own count includes; a tear-off's are not.
  void hold(uint32_t references) { held_ += references; }
  // Tells, once, when the object counts less than the port holds. `place`: the method that has run last.
  void check(IUnknown& object, const char* method_name, const StackTrace& place);

  bool checks() const { return on_; }
  // "<owner> <sentence>", as a misuse.
  void tell(Misuse kind, const char* function, const std::string& sentence, const StackTrace& place) const;

 private:
  IUnknown* query_any(IUnknown* object, REFIID iid, const char* interface_name);

  PortCls& port_cls_;
  const std::string owner_;
  const bool on_;
  uint32_t held_ = 0;
  bool told_ = false;
};

// None when AddRef and Release do not tell counts ("The resulting value should be used for test purposes only"). An
// object that counts none at all keeps one reference, as it would die of being asked.
std::optional<uint32_t> reference_count(IUnknown& object);

}  // namespace portside::portcls
