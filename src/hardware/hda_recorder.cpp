#include "hardware/hda_recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include "hardware/sound_file.h"
#include "hardware/sound_jacks.h"

namespace portside::hardware {
namespace {

bool is_link_rate(uint32_t rate) {
  // HDA 1.0a §3.7.1: base, multiple and divisor stand in bits 14 to 8.
  for (uint16_t ratio = 0; ratio < 0x80; ++ratio)
    if (const auto format = HdaFormat::decode(static_cast<uint16_t>(ratio << 8 | 0x11)); format && format->rate == rate)
      return true;
  return false;
}

void write_heard(const std::filesystem::path& path, const HdaCodec::Heard& heard) {
  // Nothing was played: a file of the usual shape all the same.
  const HdaFormat format = heard.bytes.empty() ? HdaFormat{48000, 2, 16, 2} : *HdaFormat::decode(heard.format);
  write_sound(path, {format.rate, format.channels, format.container_bytes * 8}, heard.bytes);
}

class HdaRecorder final : public HdaModel, public SoundJacks {
 public:
  HdaRecorder(DeviceHost& host, const HdaModelOptions& options, std::filesystem::path heard)
      : HdaModel(host, options), heard_(std::move(heard)) {
    plug(HdaCodec::kHeadphonePin, true);
    keep_heard(!heard_.empty());
  }
  ~HdaRecorder() override {
    if (heard_.empty()) return;
    const HdaCodec::Heard speaker = HdaModel::heard(HdaCodec::kSpeakerPin),
                          headphones = HdaModel::heard(HdaCodec::kHeadphonePin);
    write_heard(heard_, speaker.bytes.size() > headphones.bytes.size() ? speaker : headphones);
  }

  void speak_at_first(std::vector<std::byte> sound) {
    spoken_ = std::move(sound);
    speak({});
  }

  SoundJacks* jacks() override { return this; }
  void start_listening() override {
    keep_heard(true);
    for (Jack& jack : jacks_) jack.from = HdaModel::heard(jack.pin).bytes.size();
  }
  Heard heard(const std::string& name) override {
    Heard most;
    for (const Jack& jack : jacks_) {
      if (!name.empty() && name != jack.name) continue;
      HdaCodec::Heard its = HdaModel::heard(jack.pin, jack.from);
      const auto format = HdaFormat::decode(its.format);
      if (!format || its.bytes.size() <= most.frames.size()) continue;
      most = {jack.name, {format->rate, format->channels, format->container_bytes * 8}, std::move(its.bytes)};
    }
    return most;
  }
  void stop_listening() override {
    if (!heard_.empty()) return;
    keep_heard(false);
    forget_heard();
  }
  void speak(std::vector<std::byte> frames) override {
    for (const uint8_t pin : {HdaCodec::kMicrophonePin, HdaCodec::kLineInPin}) {
      if (!frames.empty()) play_into(pin, frames);
      else if (pin == HdaCodec::kLineInPin) play_into(pin, spoken_, HdaCodec::Times::kEndless);
      else play_into(pin, {});
    }
  }

  bool replug(bool other_way) override {
    if (std::exchange(other_way_, other_way) == other_way) return false;
    plug(HdaCodec::kHeadphonePin, !other_way);
    for (const uint8_t pin : {HdaCodec::kMicrophonePin, HdaCodec::kLineInPin}) plug(pin, other_way);
    return true;
  }

 private:
  struct Jack {
    uint8_t pin;
    const char* name;
    size_t from = 0;  // of what it has played since the model was made
  };
  const std::filesystem::path heard_;
  std::array<Jack, 2> jacks_{{{HdaCodec::kSpeakerPin, "speaker"}, {HdaCodec::kHeadphonePin, "headphones"}}};
  std::vector<std::byte> spoken_;
  bool other_way_ = false;
};

}  // namespace

Result<std::unique_ptr<PciFunction>> make_hda_model(DeviceHost& host, const ModelOptions& options) {
  HdaModelOptions model;
  for (const std::string& option : options.options) {
    if (option != "keeps-state=on" && option != "keeps-state=off")
      return fail(StatusCode::kInvalidParameter,
                  fmt::format("model:hda knows no option {}; there is keeps-state=on|off", option));
    model.keeps_state_in_d3 = option.ends_with("on");
  }
  auto recorder = std::make_unique<HdaRecorder>(host, model, options.heard);
  if (!options.spoken.empty()) {
    TRY_ASSIGN(std::vector<std::byte> spoken, read_spoken(options.spoken, "model:hda", is_link_rate));
    recorder->speak_at_first(std::move(spoken));
  }
  return recorder;
}

}  // namespace portside::hardware
