// Which devices go under a driver, and what is refused of it before anything is played.

#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "host/device_choice.h"

namespace portside {
namespace {

std::string refusal(const host::DeviceRequest& request) {
  const auto choice = host::DeviceChoice::create(request);
  return choice ? "" : choice.error().sentence();
}

TEST(DeviceChoice, AFileThatCannotBeWrittenIsRefused) {
  const TemporaryFolder folder;
  const auto heard = folder.path() / "heard.wav";
  EXPECT_EQ(refusal({.devices = {"model:hda"}, .heard = heard}), "");
  EXPECT_FALSE(std::filesystem::exists(heard)) << "looking leaves nothing";
  EXPECT_NE(refusal({.devices = {"model:hda"}, .heard = folder.path() / "nowhere" / "heard.wav"})
                .find("heard.wav cannot be written"),
            std::string::npos);
  EXPECT_NE(refusal({.devices = {"model:ac97"}, .heard = folder.path()}).find("cannot be written"), std::string::npos);
}

TEST(DeviceChoice, OneFileTakesOneDevice) {
  const TemporaryFolder folder;
  const auto heard = folder.path() / "heard.wav";
  EXPECT_NE(refusal({.devices = {"model:hda", "model:ac97"}, .heard = heard}).find("several were named"),
            std::string::npos);
  EXPECT_EQ(refusal({.devices = {"model:hda", "model:ac97"}}), "");
}

TEST(DeviceChoice, NamesThatThereAreNotAreRefused) {
  EXPECT_NE(refusal({.devices = {"model:nothing"}}).find("there is no model nothing"), std::string::npos);
  EXPECT_EQ(refusal({.devices = {"model:card,id=10EC:5670,bar0=4K"}}), "");
}

}  // namespace
}  // namespace portside
