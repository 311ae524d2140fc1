#include "hardware/hda_recorder.h"

#include <fstream>

#include "base/temporary_folder.h"
#include "hardware/hda_fixture.h"

namespace portside::hardware {
namespace {

std::string number(uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

class HdaRecorderTest : public ::testing::Test {
 protected:
  HdaRecorderTest() : memory_(*memory::Memory::create()), host_(*memory_->dma()) {}
  std::filesystem::path wav(uint32_t channels, uint32_t rate, uint32_t bits, uint32_t data_bytes = 8) {
    const auto path = folder_.path() / "spoken.wav";
    std::ofstream(path, std::ios::binary)
        << "RIFF" << number(36 + data_bytes, 4) << "WAVEfmt " << number(16, 4) << number(1, 2) << number(channels, 2)
        << number(rate, 4) << number(rate * channels * bits / 8, 4) << number(channels * bits / 8, 2) << number(bits, 2)
        << "data" << number(data_bytes, 4) << std::string(data_bytes, 'x');
    return path;
  }
  // The sentence of a refusal; empty: it was made.
  std::string refusal(const ModelOptions& options) {
    const auto made = make_hda_model(host_, options);
    return made ? "" : made.error().sentence();
  }

  const TemporaryFolder folder_;
  std::unique_ptr<memory::Memory> memory_;
  TestHost host_;
};

TEST_F(HdaRecorderTest, HearsWhatItsLinkCarriesAndRefusesTheRest) {
  EXPECT_EQ(refusal({.options = {}, .heard = {}, .spoken = wav(2, 48000, 16)}), "");
  EXPECT_EQ(refusal({.options = {}, .heard = {}, .spoken = wav(2, 44100, 16)}), "");
  EXPECT_NE(refusal({.options = {}, .heard = {}, .spoken = wav(1, 48000, 16)}).find("has 1 channels"),
            std::string::npos);
  EXPECT_NE(refusal({.options = {}, .heard = {}, .spoken = wav(2, 48000, 24)}).find("24 bits"), std::string::npos);
  EXPECT_NE(refusal({.options = {}, .heard = {}, .spoken = wav(2, 12345, 16)}).find("12345 Hz"), std::string::npos);
  EXPECT_NE(refusal({.options = {}, .heard = {}, .spoken = wav(2, 48000, 16, 0)}).find("no sound"), std::string::npos);
}

TEST_F(HdaRecorderTest, ASilentRunLeavesASilentFileOfTheUsualShape) {
  const auto path = folder_.path() / "heard.wav";
  EXPECT_EQ(refusal({.options = {}, .heard = path, .spoken = {}}), "");
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  ASSERT_EQ(bytes.size(), 44u);
  EXPECT_EQ(bytes.substr(22, 2), number(2, 2)) << "channels";
  EXPECT_EQ(bytes.substr(24, 4), number(48000, 4)) << "rate";
  EXPECT_EQ(bytes.substr(34, 2), number(16, 2)) << "bits";
}

}  // namespace
}  // namespace portside::hardware
