#pragma once
// TestHost: what a device has around it, with time that moves on command.

#include <functional>
#include <map>
#include <utility>

#include "hardware/device_host.h"

namespace portside::hardware {

class TestHost final : public DeviceHost {
 public:
  explicit TestHost(memory::DmaView dma) : dma_(std::move(dma)) {}

  Nanoseconds now() const override { return now_; }
  uint64_t call_at(Nanoseconds due, std::function<void()> work) override {
    calls_.emplace(due, std::pair(++tokens_, std::move(work)));
    return tokens_;
  }
  void take_back(uint64_t token) override {
    std::erase_if(calls_, [&](const auto& call) { return call.second.first == token; });
  }
  memory::DmaView& dma() override { return dma_; }
  void set_interrupt(bool asserted) override {
    line = asserted;
    if (asserted) ++interrupts;
  }

  void pass(Nanoseconds time) {
    const Nanoseconds end = now_ + time;
    while (!calls_.empty() && calls_.begin()->first <= end) {
      auto call = calls_.extract(calls_.begin());
      now_ = std::max(now_, call.key());
      call.mapped().second();
    }
    now_ = end;
  }

  bool line = false;
  int interrupts = 0;

 private:
  memory::DmaView dma_;
  Nanoseconds now_{0};
  std::multimap<Nanoseconds, std::pair<uint64_t, std::function<void()>>> calls_;
  uint64_t tokens_ = 0;
};

}  // namespace portside::hardware
