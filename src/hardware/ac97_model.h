#pragma once
// Ac97Model: a small AC'97 card with native bus mastering, through I/O ports, in a machine's virtual time (AC'97
// revision 2.3; Intel ICH7 datasheet, chapter 16): PCM out and PCM in, a codec with variable rates. No modem, no
// microphone engine.

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "hardware/ac97_box.h"
#include "hardware/ac97_mixer.h"
#include "hardware/models.h"
#include "hardware/pci_config_space.h"
#include "hardware/pci_function.h"

namespace portside::hardware {

class Ac97Model : public PciFunction {
 public:
  // `host` outlives the model.
  Ac97Model(DeviceHost& host, bool keeps_state_in_d3 = false);
  ~Ac97Model() override;

  // PciFunction
  std::string name() const override { return "AC'97 card, model"; }
  Result<uint32_t> read_config(uint32_t offset, uint32_t bytes) override;
  Result<> write_config(uint32_t offset, uint32_t bytes, uint32_t value) override;
  std::vector<BaseAddressRegister> base_address_registers() override;
  Result<uint64_t> read(uint32_t bar, uint64_t offset, uint32_t bytes) override;
  Result<> write(uint32_t bar, uint64_t offset, uint32_t bytes, uint64_t value) override;
  bool set_present(bool present) override;

  // What its line-out has played: frames of two channels of 16 bits. Any thread.
  std::vector<std::byte> heard();
  std::vector<std::byte> heard(size_t from);  // the part behind the first `from` bytes
  // Without: it is dropped.
  void keep_heard(bool keep);
  void forget_heard();
  uint32_t rate_heard();
  // What its line-in hears from here on, once or again and again.
  void play_into(std::vector<std::byte> sound, bool endless);
  // From here on its microphone hears the same.
  void hear_by_microphone(bool hears);

 private:
  // Holds the lock for a while; at its end the timer is set anew, and the line follows.
  class Turn;

  // Answers: in its slot, and in D0.
  bool awake() const REQUIRES(mutex_);
  void advance() REQUIRES(mutex_);
  void on_timer();
  void power_on_reset() REQUIRES(mutex_);
  uint32_t global_status() const REQUIRES(mutex_);
  uint8_t read_bus(uint32_t offset) REQUIRES(mutex_);
  void write_bus(uint32_t offset, uint8_t value) REQUIRES(mutex_);
  void hear(std::span<std::byte> frames) REQUIRES(mutex_);
  void speak(std::span<std::byte> frames) REQUIRES(mutex_);

  DeviceHost& host_;
  Mutex mutex_;
  PciConfigSpace config_ GUARDED_BY(mutex_);
  Ac97Mixer mixer_ GUARDED_BY(mutex_);
  Ac97Box in_ GUARDED_BY(mutex_), out_ GUARDED_BY(mutex_);
  uint32_t control_ GUARDED_BY(mutex_) = 0;
  bool present_ GUARDED_BY(mutex_) = true;
  bool codec_taken_ GUARDED_BY(mutex_) = false;  // the semaphore
  std::optional<Nanoseconds> codec_ready_at_ GUARDED_BY(mutex_);
  std::vector<std::byte> heard_ GUARDED_BY(mutex_), spoken_ GUARDED_BY(mutex_);
  size_t spoken_at_ GUARDED_BY(mutex_) = 0;
  bool endless_ GUARDED_BY(mutex_) = false;
  bool keeps_heard_ GUARDED_BY(mutex_) = true;
  uint64_t timer_ GUARDED_BY(mutex_) = 0;
  std::optional<Nanoseconds> timer_due_ GUARDED_BY(mutex_);
  bool line_ GUARDED_BY(mutex_) = false;
  // What a timer that is still on its way looks at.
  std::shared_ptr<std::atomic<Ac97Model*>> self_;
};

// For `--device model:ac97`. Options: "keeps-state=on".
Result<std::unique_ptr<PciFunction>> make_ac97_model(DeviceHost& host, const ModelOptions& options);

}  // namespace portside::hardware
