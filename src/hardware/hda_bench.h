#pragma once
// HdaBench: what the parts of the HD Audio model have around them: time, memory, and somebody to complain to.
// Used with the model's lock held; complaints are kept and told when it is free.

#include <functional>
#include <string>
#include <vector>

#include "hardware/device_host.h"
#include "hardware/hda_observer.h"

namespace portside::hardware {

class HdaBench {
 public:
  explicit HdaBench(DeviceHost& host) : host_(host) {}

  Nanoseconds now() const { return host_.now(); }
  DeviceHost& host() { return host_; }
  void set_bus_master(bool allowed) { bus_master_ = allowed; }

  void complain(HdaRule rule, std::string sentence) { complaints_.push_back({rule, now(), std::move(sentence)}); }
  std::vector<HdaViolation> take_complaints() { return std::exchange(complaints_, {}); }

  // As bus master. False: it was forbidden or failed, as has been complained of, and nothing was moved.
  bool read(uint64_t address, std::span<std::byte> to, const char* what) {
    return allowed(what) && judge(host_.dma().read(PhysicalAddress(address), to), what);
  }
  bool write(uint64_t address, std::span<const std::byte> from, const char* what) {
    return allowed(what) && judge(host_.dma().write(PhysicalAddress(address), from), what);
  }
  template <class T>
  bool read(uint64_t address, T& value, const char* what) {
    return read(address, std::as_writable_bytes(std::span(&value, 1)), what);
  }
  template <class T>
  bool store(uint64_t address, const T& value, const char* what) {
    return write(address, std::as_bytes(std::span(&value, 1)), what);
  }

 private:
  bool allowed(const char* what) {
    if (!bus_master_)
      complain(HdaRule::kNoBusMaster,
               std::string(what) + ": the command register does not let the controller master the bus");
    return bus_master_;
  }
  bool judge(const Result<>& result, const char* what) {
    if (!result) complain(HdaRule::kDmaFailed, std::string(what) + ": " + result.error().sentence());
    return result.has_value();
  }

  DeviceHost& host_;
  bool bus_master_ = false;
  std::vector<HdaViolation> complaints_;
};

}  // namespace portside::hardware
