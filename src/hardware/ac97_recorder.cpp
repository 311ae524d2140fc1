// `--device model:ac97`: what its line-out played is written to a WAV at its end, and what stands in a WAV its line-in
// hears.
#include <fmt/format.h>

#include <fstream>

#include "hardware/ac97_model.h"
#include "hardware/sound_file.h"
#include "hardware/sound_jacks.h"

namespace portside::hardware {
namespace {

class Ac97Recorder final : public Ac97Model, public SoundJacks {
 public:
  Ac97Recorder(DeviceHost& host, bool keeps_state, std::filesystem::path heard)
      : Ac97Model(host, keeps_state), heard_(std::move(heard)) {
    keep_heard(!heard_.empty());
  }
  ~Ac97Recorder() override {
    if (!heard_.empty()) write_sound(heard_, {rate_heard(), 2, 16}, Ac97Model::heard());
  }

  void speak_at_first(std::vector<std::byte> sound) {
    spoken_ = std::move(sound);
    speak({});
  }

  SoundJacks* jacks() override { return this; }
  void start_listening() override {
    keep_heard(true);
    from_ = Ac97Model::heard().size();
  }
  Heard heard(const std::string& /*jack*/) override {
    return {"line-out", {rate_heard(), 2, 16}, Ac97Model::heard(from_)};
  }
  void stop_listening() override {
    if (!heard_.empty()) return;
    keep_heard(false);
    forget_heard();
  }
  void speak(std::vector<std::byte> frames) override {
    const bool again = frames.empty();
    play_into(again ? spoken_ : std::move(frames), again);
  }

  // Nothing notices; but a driver may record from the other input.
  bool replug(bool other_way) override {
    hear_by_microphone(other_way);
    return true;
  }

 private:
  const std::filesystem::path heard_;
  size_t from_ = 0;  // of what was heard since the model was made
  std::vector<std::byte> spoken_;
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
  auto recorder = std::make_unique<Ac97Recorder>(host, keeps, options.heard);
  if (!options.spoken.empty()) {
    TRY_ASSIGN(std::vector<std::byte> spoken,
               read_spoken(options.spoken, "model:ac97", [](uint32_t rate) { return rate >= 8000 && rate <= 48000; }));
    recorder->speak_at_first(std::move(spoken));
  }
  return recorder;
}

}  // namespace portside::hardware
