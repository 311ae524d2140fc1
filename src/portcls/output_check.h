#pragma once
// OutputCheck: a miniport's outputs hold a pattern before the call, so that what it left alone is seen after it.

#include <cstring>
#include <string>

#include "portcls/portcls.h"
#include "portcls/stream_observer.h"

namespace portside::portcls {

class OutputCheck {
 public:
  // `method_name` is a literal, `place` where the method begins.
  OutputCheck(PortCls& port_cls, StreamId stream, const char* method_name, const StackTrace& place)
      : port_cls_(port_cls), stream_(stream), method_name_(method_name), place_(place) {}

  template <class T>
  static void prepare(T& output) {
    std::memset(static_cast<void*>(&output), kPattern, sizeof output);
  }
  // After a success: tells of an output that still holds the pattern; it becomes zero.
  template <class T>
  void require(T& output, const char* name) const {
    if (clear(output))
      port_cls_.stream_observers().notify(&StreamObserver::on_output_unfilled,
                                          UnfilledOutput{stream_, method_name_, name, place_});
  }
  // An output that may stay as it was. True: it did, and is zero now.
  template <class T>
  static bool clear(T& output) {
    T untouched;
    std::memset(static_cast<void*>(&untouched), kPattern, sizeof untouched);
    if (std::memcmp(&output, &untouched, sizeof output) != 0) return false;
    std::memset(static_cast<void*>(&output), 0, sizeof output);
    return true;
  }

 private:
  static constexpr int kPattern = 0xC7;

  PortCls& port_cls_;
  const StreamId stream_;
  const char* const method_name_;
  const StackTrace& place_;
};

}  // namespace portside::portcls
