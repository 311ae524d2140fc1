#pragma once
// HdaModel: a High Definition Audio controller with a small codec, as a PCI function in a machine's virtual time.
// Written from the specification (HDA 1.0a), for no driver in particular; strict: what a driver does against the
// specification its observers are told, and what the model cannot do too.

#include <atomic>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "base/observer.h"
#include "hardware/hda_controller.h"
#include "hardware/pci_config_space.h"
#include "hardware/pci_function.h"

namespace portside::hardware {

struct HdaModelOptions {
  // PCI Power Management 1.2 §3.2.4, No_Soft_Reset: what the controller knows outlives D3hot.
  bool keeps_state_in_d3 = false;
};

class HdaModel : public PciFunction {
 public:
  // `host` outlives the model.
  explicit HdaModel(DeviceHost& host, const HdaModelOptions& options = {});
  ~HdaModel() override;

  // PciFunction
  std::string name() const override { return "HD Audio controller and codec, model"; }
  Result<uint32_t> read_config(uint32_t offset, uint32_t bytes) override;
  Result<> write_config(uint32_t offset, uint32_t bytes, uint32_t value) override;
  std::vector<BaseAddressRegister> base_address_registers() override;
  Result<uint64_t> read(uint32_t bar, uint64_t offset, uint32_t bytes) override;
  Result<> write(uint32_t bar, uint64_t offset, uint32_t bytes, uint64_t value) override;
  bool set_present(bool present) override;

  ObserverList<HdaObserver>& observers() { return observers_; }

  // The world outside; pins are HdaCodec's. Any thread.
  HdaCodec::Heard heard(uint8_t pin);
  // The part behind the first `from` bytes.
  HdaCodec::Heard heard(uint8_t pin, size_t from);
  void forget_heard();
  // Without: what comes out is dropped, and heard() stays empty.
  void keep_heard(bool keep);
  void play_into(uint8_t pin, std::vector<std::byte> sound, HdaCodec::Times times = HdaCodec::Times::kOnce);
  void plug(uint8_t pin, bool present);
  // Out of the slot: from here on it answers nothing, and does nothing.
  void unplug_card();

 private:
  static constexpr uint64_t kRegisterBytes = 0x4000;

  // Holds the lock for a while; at its end the timer is set anew and the line follows, and complaints are told
  // without it.
  class Turn;

  Result<> check(uint32_t bar, uint64_t offset, uint32_t bytes);
  void on_timer();
  void power_changed(uint8_t before);

  DeviceHost& host_;
  ObserverList<HdaObserver> observers_;
  Mutex mutex_;
  PciConfigSpace config_ GUARDED_BY(mutex_);
  HdaBench bench_ GUARDED_BY(mutex_);
  HdaController controller_ GUARDED_BY(mutex_);
  bool gone_ GUARDED_BY(mutex_) = false;
  uint64_t timer_ GUARDED_BY(mutex_) = 0;
  std::optional<Nanoseconds> timer_due_ GUARDED_BY(mutex_);
  bool line_ GUARDED_BY(mutex_) = false;
  // What a timer that is still on its way looks at. The model goes when the machine has come to rest.
  std::shared_ptr<std::atomic<HdaModel*>> self_;
};

}  // namespace portside::hardware
