#include "hardware/hda_recorder.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace portside::hardware {
namespace {

// RIFF, little-endian, as Microsoft's "Multimedia Programming Interface" describes it.
void put32(std::string& out, uint32_t value) {
  for (int i = 0; i < 4; ++i) out += static_cast<char>(value >> (8 * i));
}
void put16(std::string& out, uint32_t value) {
  for (int i = 0; i < 2; ++i) out += static_cast<char>(value >> (8 * i));
}

void write_wav(const std::filesystem::path& path, const HdaCodec::Heard& heard) {
  const HdaFormat format = HdaFormat::decode(heard.format).value_or(HdaFormat{48000, 2, 16, 2});
  std::string head = "RIFF";
  const auto bytes = static_cast<uint32_t>(heard.bytes.size());
  put32(head, 36 + bytes);
  head += "WAVEfmt ";
  put32(head, 16);
  put16(head, 1);
  put16(head, format.channels);
  put32(head, format.rate);
  put32(head, format.rate * format.frame_bytes());
  put16(head, format.frame_bytes());
  put16(head, format.container_bytes * 8);
  head += "data";
  put32(head, bytes);
  std::ofstream file(path, std::ios::binary);
  file.write(head.data(), static_cast<std::streamsize>(head.size()));
  file.write(reinterpret_cast<const char*>(heard.bytes.data()), bytes);
}

uint32_t get(const std::string& bytes, size_t at, int width) {
  uint32_t value = 0;
  for (int i = width - 1; i >= 0; --i) value = value << 8 | static_cast<uint8_t>(bytes[at + static_cast<size_t>(i)]);
  return value;
}

bool is_link_rate(uint32_t rate) {
  // HDA 1.0a §3.7.1: base, multiple and divisor stand in bits 14 to 8.
  for (uint16_t ratio = 0; ratio < 0x80; ++ratio)
    if (const auto format = HdaFormat::decode(static_cast<uint16_t>(ratio << 8 | 0x11)); format && format->rate == rate) return true;
  return false;
}

// The frames of a WAV: what stands in its chunk "data". The codec hears 16 bits and two channels.
Result<std::vector<std::byte>> read_wav(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.size() < 12 || bytes.compare(0, 4, "RIFF") || bytes.compare(8, 4, "WAVE"))
    return fail(StatusCode::kInvalidParameter, fmt::format("{} is no WAV", path.string()));
  bool has_format = false;
  for (size_t at = 12; at + 8 <= bytes.size();) {
    const uint32_t length = get(bytes, at + 4, 4);
    const size_t count = std::min<size_t>(length, bytes.size() - at - 8);
    if (!bytes.compare(at, 4, "fmt ") && count >= 16) {
      const uint32_t tag = get(bytes, at + 8, 2), channels = get(bytes, at + 10, 2), rate = get(bytes, at + 12, 4), bits = get(bytes, at + 22, 2);
      if ((tag != 1 && tag != 0xFFFE) || channels != 2 || bits != 16 || !is_link_rate(rate))
        return fail(StatusCode::kInvalidParameter,
                    fmt::format("{} has {} channels, {} bits and {} Hz (format {:#x}); model:hda hears PCM of 2 channels and 16 bits at a rate that a link has",
                                path.string(), channels, bits, rate, tag));
      has_format = true;
    }
    if (!bytes.compare(at, 4, "data") && has_format && count) {
      const auto* first = reinterpret_cast<const std::byte*>(bytes.data() + at + 8);
      return std::vector<std::byte>(first, first + count / 4 * 4);
    }
    at += 8 + size_t{length} + (length & 1);
  }
  return fail(StatusCode::kInvalidParameter, fmt::format("{} has no sound in it", path.string()));
}

class HdaRecorder final : public PciFunction {
 public:
  HdaRecorder(DeviceHost& host, const HdaModelOptions& options, std::filesystem::path heard)
      : model_(host, options), heard_(std::move(heard)) {
    model_.plug(HdaCodec::kHeadphonePin, true);
  }
  ~HdaRecorder() override {
    if (!heard_.empty()) write_wav(heard_, model_.heard(HdaCodec::kHeadphonePin));
  }
  HdaModel& model() { return model_; }

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
  HdaModel model_;
  const std::filesystem::path heard_;
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
  // It is written at the end: that it cannot be is told before anything is played.
  if (!options.heard.empty() && !std::ofstream(options.heard, std::ios::binary | std::ios::app))
    return fail(StatusCode::kAccessDenied, fmt::format("{} cannot be written", options.heard.string()));
  auto recorder = std::make_unique<HdaRecorder>(host, model, options.heard);
  if (!options.spoken.empty()) {
    TRY_ASSIGN(std::vector<std::byte> spoken, read_wav(options.spoken));
    recorder->model().play_into(HdaCodec::kLineInPin, std::move(spoken), HdaCodec::Times::kEndless);
  }
  return recorder;
}

}  // namespace portside::hardware
