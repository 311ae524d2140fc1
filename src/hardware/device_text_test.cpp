#include "hardware/device_text.h"

#include <gtest/gtest.h>

#include "hardware/qemu_catalogue.h"

namespace portside::hardware {
namespace {

TEST(DeviceTextTest, ReadsADeviceAndWhatHangsOnIt) {
  const auto text = DeviceText::parse("qemu:ich9-intel-hda,debug=0,hda-duplex,mixer=off,cad=1");
  ASSERT_TRUE(text) << text.error().to_string();
  EXPECT_EQ(text->source, DeviceSource::kQemu);
  ASSERT_EQ(text->devices.size(), 2u);
  EXPECT_EQ(text->devices[0].name, "ich9-intel-hda");
  EXPECT_EQ(text->devices[0].options, std::vector<std::string>{"debug=0"});
  EXPECT_EQ(text->devices[1].name, "hda-duplex");
  EXPECT_EQ(text->devices[1].options, (std::vector<std::string>{"mixer=off", "cad=1"}));
  EXPECT_EQ(DeviceText::parse("model:hda")->source, DeviceSource::kModel);
}

TEST(DeviceTextTest, RefusesWithASentence) {
  for (const char* wrong :
       {"", "hda", "vfio:1", "qemu:", "qemu:a,,b", "qemu:x=1", "qemu:a b", "qemu:a,=1", "model:hda,"}) {
    const auto text = DeviceText::parse(wrong);
    ASSERT_FALSE(text) << wrong;
    EXPECT_NE(text.error().sentence().find("A device is written"), std::string::npos) << wrong;
  }
}

TEST(QemuCatalogueTest, FindsTheSoundCardsInQemusOwnList) {
  const auto devices = parse_sound_devices(
      "Controller/Bridge/Hub devices:\nname \"i82801b11-bridge\", bus PCI\n\nSound devices:\n"
      "name \"AC97\", bus PCI, alias \"ac97\", desc \"Intel 82801AA AC97 Audio\"\nname \"gus\", bus ISA, desc \"Gravis "
      "Ultrasound GF1\"\n"
      "name \"hda-duplex\", bus HDA, desc \"HDA Audio Codec, duplex (line-out, line-in)\"\n\nMisc devices:\nname "
      "\"pci-testdev\", bus PCI\n");
  ASSERT_EQ(devices.size(), 2u);
  EXPECT_EQ(devices[0].name, "AC97");
  EXPECT_EQ(devices[0].about, "Intel 82801AA AC97 Audio");
  EXPECT_EQ(devices[1].bus, "HDA");
  EXPECT_EQ(devices[1].about, "HDA Audio Codec, duplex (line-out, line-in)");
}

}  // namespace
}  // namespace portside::hardware
