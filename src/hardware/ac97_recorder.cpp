// `--device model:ac97`: what its line-out played is written to a WAV at its end, and what stands in a WAV its line-in
// hears.
#include <fmt/format.h>

#include <fstream>

#include "hardware/ac97_model.h"
#include "hardware/sound_file.h"

namespace portside::hardware {
namespace {

class Ac97Recorder final : public PciFunction {
 public:
  Ac97Recorder(DeviceHost& host, bool keeps_state, std::filesystem::path heard)
      : model_(host, keeps_state), heard_(std::move(heard)) {}
  ~Ac97Recorder() override {
    if (!heard_.empty()) write_sound(heard_, {model_.rate_heard(), 2, 16}, model_.heard());
  }
  Ac97Model& model() { return model_; }

  std::string name() const override { return model_.name(); }
  Result<uint32_t> read_config(uint32_t offset, uint32_t bytes) override { return model_.read_config(offset, bytes); }
  Result<> write_config(uint32_t offset, uint32_t bytes, uint32_t value) override {
    return model_.write_config(offset, bytes, value);
  }
  std::vector<BaseAddressRegister> base_address_registers() override { return model_.base_address_registers(); }
  Result<uint64_t> read(uint32_t bar, uint64_t offset, uint32_t bytes) override {
    return model_.read(bar, offset, bytes);
  }
  Result<> write(uint32_t bar, uint64_t offset, uint32_t bytes, uint64_t value) override {
    return model_.write(bar, offset, bytes, value);
  }

 private:
  Ac97Model model_;
  const std::filesystem::path heard_;
};

}  // namespace

Result<std::unique_ptr<PciFunction>> make_ac97_model(DeviceHost& host, const ModelOptions& options) {
  bool keeps = false;
  for (const std::string& option : options.options) {
    if (option != "keeps-state=on" && option != "keeps-state=off")
      return fail(StatusCode::kInvalidParameter,
                  fmt::format("model:ac97 knows no option {}; there is keeps-state=on|off", option));
    keeps = option.ends_with("on");
  }
  if (!options.heard.empty() && !std::ofstream(options.heard, std::ios::binary | std::ios::app))
    return fail(StatusCode::kAccessDenied, fmt::format("{} cannot be written", options.heard.string()));
  auto recorder = std::make_unique<Ac97Recorder>(host, keeps, options.heard);
  if (!options.spoken.empty()) {
    TRY_ASSIGN(std::vector<std::byte> spoken,
               read_spoken(options.spoken, "model:ac97", [](uint32_t rate) { return rate >= 8000 && rate <= 48000; }));
    recorder->model().play_into(std::move(spoken), true);
  }
  return recorder;
}

}  // namespace portside::hardware
