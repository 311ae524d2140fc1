// Which device an INF offers a target, and which install section that device gets.

#include "inf/inf_fixture.h"

namespace portside::inf {
namespace {

Target windows(uint32_t major, uint32_t minor, uint32_t build) {
  Target target;
  target.major = major;
  target.minor = minor;
  target.build = build;
  return target;
}

// The description of the first model that the decorations leave for the target; each section has one, called after itself.
std::string chosen(const std::vector<std::string>& decorations, const Target& target = {}) {
  std::string text = "[Manufacturer]\nMaker = M";
  for (const auto& d : decorations) text += "," + d;
  text += "\n";
  for (const auto& d : decorations) text += "[M." + d + "]\n" + d + " = Dev,ROOT\\x\n";
  const auto file = parse(text);
  if (!file) return error_of(file);
  const auto models = read_models(*file, target);
  return models ? models->front().description : error_of(models);
}

TEST(InfModels, TheClosestDecorationIsChosen) {
  EXPECT_EQ(chosen({"NTx86", "NTamd64", "NTarm64"}), "NTamd64");
  EXPECT_EQ(chosen({"NTamd64", "NTamd64.10.0...16299", "NTamd64.10.0...22000"}), "NTamd64.10.0...22000");
  EXPECT_EQ(chosen({"NTamd64.10.0...16299", "NTamd64.10.0...99999"}), "NTamd64.10.0...16299")
      << "a later build does not fit";
  EXPECT_EQ(chosen({"NTamd64.6.1", "NTamd64.10.0"}, windows(6, 3, 9600)), "NTamd64.6.1");
  EXPECT_EQ(chosen({"NTamd64.6.0...99999"}, windows(10, 0, 10240)), "NTamd64.6.0...99999")
      << "a build counts within its version alone";
  EXPECT_EQ(chosen({"NTamd64.10.0.3", "NTamd64.10.0"}), "NTamd64.10.0") << "3 is a server";
  EXPECT_EQ(chosen({"NTamd64.10.0", "NTamd64.10.0.1"}), "NTamd64.10.0.1");
  EXPECT_EQ(chosen({"NTamd64....0x80", "NTamd64"}), "NTamd64") << "0x80 is the data center suite";
}

TEST(InfModels, WhatIsOfferedIsToldWhenNothingFits) {
  EXPECT_EQ(chosen({"NTx86", "NTarm64.10.0"}),
            "test.inf:1: it offers nothing for NTamd64 10.0 build 22631, only: NTx86, NTarm64.10.0");
  EXPECT_EQ(chosen({"NTamd64.11"}), "test.inf:1: it offers nothing for NTamd64 10.0 build 22631, only: NTamd64.11");
  EXPECT_EQ(chosen({"NTalpha"}),
            "test.inf:2: \"NTalpha\" is no decoration of a target: NTamd64.10.0...16299, for example");
  EXPECT_EQ(error_of(read_models(*parse("[Manufacturer]\nMaker = M\n[M]\nx = Dev,ROOT\\x"), {})),
            "test.inf:1: it offers nothing for NTamd64 10.0 build 22631, only: [M] without a decoration, which is x86");
  EXPECT_EQ(error_of(read_models(*parse("[Manufacturer]\nMaker = M,NTamd64\n"), {})),
            "test.inf:2: [Manufacturer] names [M.NTamd64], and there is no such section");
  EXPECT_EQ(error_of(read_models(*parse("[Manufacturer]\nMaker = M,NTamd64\n[M.NTamd64]\n"), {})),
            "test.inf:1: [M.NTamd64] is empty, which excludes this Windows");
  EXPECT_EQ(error_of(read_models(*parse("[Version]\n"), {})),
            "test.inf:1: it has no [Manufacturer] section, so it installs no device");
}

constexpr std::string_view kThree =
    "[Manufacturer]\nA = M,NTamd64\nB = N,NTamd64\n[M.NTamd64]\nCard = Dev,HDAUDIO\\FUNC_01&VEN_10EC\nVirtual = "
    "Dev,ROOT\\One,ROOT\\Also\n"
    "[N.NTamd64]\nSecond = Other,,ROOT\\Two\n";

TEST(InfModels, ChoosesByIdAndElseTheFirstOfTheRoot) {
  const auto file = parse(kThree);
  const auto models = read_models(*file, {});
  ASSERT_TRUE(models) << error_of(models);
  EXPECT_EQ(choose_model(*file, *models, "")->description, "Virtual");
  EXPECT_EQ(choose_model(*file, *models, "root\\TWO")->description, "Second");
  EXPECT_EQ(choose_model(*file, *models, "root\\TWO")->manufacturer, "B");
  EXPECT_EQ(choose_model(*file, *models, "ROOT\\Also")->description, "Virtual") << "a compatible ID";
  EXPECT_EQ(error_of(choose_model(*file, *models, "ROOT\\Three")),
            "test.inf has no device ROOT\\Three; it has: HDAUDIO\\FUNC_01&VEN_10EC, ROOT\\One, ROOT\\Also, ROOT\\Two");
}

TEST(InfModels, AmongSeveralOfABusOneMustBeNamed) {
  const auto file = parse("[Manufacturer]\nA = M,NTamd64\n[M.NTamd64]\nx = Dev,PCI\\1\ny = Dev,PCI\\2\n");
  EXPECT_EQ(error_of(choose_model(*file, *read_models(*file, {}), "")),
            "test.inf has several devices; name the one that is to be under it by --device (portside devices): PCI\\1, "
            "PCI\\2");
}

TEST(InfModels, InstallSectionForTheTarget) {
  Model model;
  model.install_section = "Dev";
  model.description = "A device";
  model.entry.line = 7;
  const auto section = [&](std::string_view text) {
    const auto file = parse(text);
    const auto name = choose_install_section(*file, model, {});
    return name ? *name : error_of(name);
  };
  EXPECT_EQ(section("[Dev]\n[Dev.NT]\n[Dev.NTx86]\n[Dev.NTAMD64]\n"), "Dev.NTAMD64");
  EXPECT_EQ(section("[Dev]\n[Dev.NT]\n[Dev.NT.Services]\n"), "Dev.NT");
  EXPECT_EQ(section("[Dev]\n[Dev.Services]\n"), "Dev");
  EXPECT_EQ(section("[Dev.NTarm64]\n[Device.NT]\n"),
            "test.inf:7: \"A device\" names [Dev], and there is no [Dev.NTamd64], no [Dev.NT] and no [Dev]; there is "
            "only [Dev.NTarm64]");
}

}  // namespace
}  // namespace portside::inf
