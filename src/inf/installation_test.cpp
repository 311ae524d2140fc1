// One device's installation as a whole, and each way in which an INF can be wrong about it.

#include <algorithm>

#include "inf/inf_fixture.h"

namespace portside::inf {
namespace {

using Strings = std::vector<std::string>;

TEST(InfInstallation, ReadsTheWhole) {
  Sample sample;
  sample.version = "DriverVer=11/22/2026,1.2.3.4\nCatalogFile=test.cat\nPnpLockdown=1\n";
  sample.install =
      "Include=ks.inf,wdmaudio.inf\nNeeds=KS.Registration,WDMAUDIO.Registration\n"
      "AddReg=Soft\nCopyFiles=Files,@other.dll\nAddProperty=Props\n";
  sample.tail = R"([Dev.NT.HW]
AddReg=Hard
[Dev.NT.Interfaces]
AddInterface={6994AD04-93EF-11D0-A3CC-00A0C9223196},"Wave",Wave
[Wave]
AddReg=WaveReg
AddProperty=Props
[WaveReg]
HKR,,FriendlyName,,"The wave"
[Soft]
HKR,,Driver,,test.sys
[Hard]
HKR,,DeviceType,0x10001,0x1D
[Props]
DeviceModel,,,,"Model T"
[Files]
test.sys,source.sys
[SourceDisksNames]
1 = "Disk",,,bin
[SourceDisksFiles]
source.sys = 1,x64
[Dev.NT.Wdf]
KmdfService = Test,WdfPart
[WdfPart]
KmdfLibraryVersion = $KMDFVERSION$
)";
  const auto got = install(sample.text());
  ASSERT_TRUE(got) << error_of(got);
  EXPECT_EQ(got->version.class_name, "MEDIA");
  EXPECT_EQ(got->version.driver_version, "1.2.3.4");
  EXPECT_TRUE(got->version.pnp_lockdown);
  EXPECT_EQ(got->model.manufacturer, "Maker");
  EXPECT_EQ(got->section, "Dev.NT");
  EXPECT_EQ(got->software.at(0).value, "Driver");
  EXPECT_EQ(got->hardware.at(0).value, "DeviceType");
  EXPECT_EQ(got->properties.at(0).strings, Strings{"Model T"});
  EXPECT_EQ(got->interfaces.at(0).reference, "Wave");
  EXPECT_EQ(got->interfaces.at(0).changes.at(0).strings, Strings{"The wave"});
  EXPECT_EQ(got->interfaces.at(0).properties.size(), 1u);
  EXPECT_EQ(got->function_service().name, "Test");
  EXPECT_EQ(got->function_service().kmdf_version, "1.33");
  EXPECT_EQ(got->driver_files().front(), "bin/x64/source.sys") << "the source of what CopyFiles calls test.sys";
  EXPECT_EQ(got->notes, Strings{});
}

TEST(InfInstallation, IncludedSections) {
  Sample sample;
  sample.install = "Include=ks.inf,wdmaudio.inf\nNeeds=KS.Registration,WDMAUDIO.Registration\nCopyFiles=@test.sys\n";
  const auto got = install(sample.text());
  ASSERT_TRUE(got) << error_of(got);
  EXPECT_EQ(got->notes, Strings{});
  ASSERT_EQ(got->software.size(), 2u);
  EXPECT_EQ(got->software[1].strings, Strings{"Speakers"});

  sample.install = "Include=ks.inf,btampm.inf\nNeeds=KS.Registration,BtaMPM.CopyFilesOnly\n";
  EXPECT_EQ(install(sample.text())->notes.at(0).substr(0, 11), "test.inf:11") << "an unknown one is told";
  sample.install = "Include=ks.inf\nNeeds=KS.Regestration\n";
  EXPECT_NE(install(sample.text())->notes.at(0).find("[KS.Regestration]"), std::string::npos);
  EXPECT_EQ(install(sample.text())->software.size(), 0u);
  sample.install = "Needs=KS.Registration\n";
  EXPECT_EQ(error_of(install(sample.text())),
            "test.inf:11: Needs names [KS.Registration], and no Include says which INF has it");
}

TEST(InfInstallation, WhatIsNotDoneIsTold) {
  Sample sample;
  sample.install = "BitReg=X\nCopyFiles=@test.sys\n";
  sample.tail =
      "[Dev.NT.CoInstallers]\nCopyFiles=@x.dll\n[Dev.NT.HW]\nAddReg=F\n[F]\nHKR,,UpperFilters,0x10008,myfilter\n";
  const auto got = install(sample.text());
  ASSERT_TRUE(got) << error_of(got);
  ASSERT_EQ(got->notes.size(), 3u);
  EXPECT_EQ(got->notes[0], "test.inf:11: BitReg is not carried out");
  EXPECT_NE(got->notes[1].find("[Dev.NT.CoInstallers]: co-installers are not run"), std::string::npos);
  EXPECT_NE(got->notes[2].find("UpperFilters: filter drivers are not loaded"), std::string::npos);
}

TEST(InfInstallation, ADateThatStampInfIsToWriteIsNone) {
  Sample sample;
  sample.version = "DriverVer = WILL_BE_FIXED_UP_BY_STAMPINF,WILL_BE_FIXED_UP_BY_STAMPINF\n";
  const auto got = install(sample.text());
  ASSERT_TRUE(got) << error_of(got);
  EXPECT_EQ(got->version.driver_date, "");
  EXPECT_EQ(got->version.driver_version, "");
  sample.version = "DriverVer = 2026-11-22,1.2.3.4\n";
  EXPECT_FALSE(install(sample.text()));
}

TEST(InfInstallation, AnImageThatIsNotCopiedIsTold) {
  Sample sample;
  sample.install = "CopyFiles=@tset.sys\n";
  const auto got = install(sample.text());
  ASSERT_TRUE(got) << error_of(got);
  ASSERT_EQ(got->notes.size(), 1u);
  EXPECT_EQ(got->notes[0].substr(0, 12), "test.inf:18:");
  EXPECT_NE(got->notes[0].find("copies test.sys"), std::string::npos);
  sample.install = "CopyFiles=@TEST.sys\n";
  EXPECT_EQ(install(sample.text())->notes, Strings{});
}

TEST(InfInstallation, AnImageThatIsCopiedElsewhereIsTold) {
  Sample sample;
  const auto notes = [&](const std::string& copied, const std::string& folders) {
    sample.install = "CopyFiles=" + copied + "\n";
    sample.tail = "[List]\ntest.sys\n[DestinationDirs]\n" + folders;
    const auto got = install(sample.text());
    return got ? got->notes : Strings{error_of(got)};
  };
  // ServiceBinary is %13%\test.sys.
  EXPECT_EQ(notes("@test.sys", "DefaultDestDir=13\n"), Strings{});
  EXPECT_EQ(notes("List", "DefaultDestDir=12\nList=13\n"), Strings{});
  EXPECT_EQ(notes("List", "Other=12\n"), Strings{}) << "it does not say";
  std::string root = sample.text();
  root.replace(root.find("%13%"), 4, "\\SystemRoot\\System32\\DRIVERS");
  root.replace(root.find("Other=12"), 8, "List=12");
  EXPECT_EQ(install(root)->notes, Strings{}) << "the same folder";
  for (const auto& [copied, folders] : {std::pair{"@test.sys", "DefaultDestDir=12\n"},
                                        {"List", "DefaultDestDir=13\nList=12\n"},
                                        {"List", "DefaultDestDir=13,deeper\n"}}) {
    const Strings told = notes(copied, folders);
    ASSERT_EQ(told.size(), 1u) << folders;
    EXPECT_EQ(told[0].substr(0, 12), "test.inf:18:");
    EXPECT_NE(told[0].find("puts test.sys into "), std::string::npos) << told[0];
  }
}

TEST(InfInstallation, AudioInterfacesWithoutTheirComponentsAreTold) {
  Sample sample;
  sample.install = "Include=wdmaudio.inf\nNeeds=WDMAUDIO.Registration.NT\nCopyFiles=@test.sys\n";
  sample.tail = "[Dev.NT.Interfaces]\nAddInterface={6994AD04-93EF-11D0-A3CC-00A0C9223196},Wave,Wave\n[Wave]\n";
  const auto got = install(sample.text());
  ASSERT_TRUE(got) << error_of(got);
  ASSERT_EQ(got->notes.size(), 1u);
  EXPECT_EQ(got->notes[0].substr(0, 46), "test.inf:10: [Dev.NT] has no Needs=KS.Registra");
  sample.tail.clear();
  EXPECT_EQ(install(sample.text())->notes, Strings{}) << "no audio interfaces";
}

TEST(InfInstallation, AClassThatIsAnotherAndADriverThatStartsByItselfAreTold) {
  Sample sample;
  sample.install = "CopyFiles=@test.sys\n";
  const auto notes_with = [&](const std::string& from, const std::string& to) {
    std::string text = sample.text();
    text.replace(text.find(from), from.size(), to);
    const auto got = install(text);
    return got ? got->notes : Strings{error_of(got)};
  };
  EXPECT_EQ(notes_with("Class=MEDIA", "Class=media"), Strings{});
  ASSERT_EQ(notes_with("{4d36e96c", "{4d36e97d").size(), 1u);
  EXPECT_EQ(notes_with("{4d36e96c", "{4d36e97d")[0].substr(0, 28), "test.inf:1: Class is MEDIA a");
  ASSERT_EQ(notes_with("StartType=3", "StartType=0").size(), 1u);
  EXPECT_NE(notes_with("StartType=3", "StartType=0")[0].find("StartType of Test is 0"), std::string::npos);
}

// Each row breaks the sample at one place.
struct Wrong {
  const char* what;
  const char* from;
  const char* to;
  const char* error;
};

class WrongInf : public testing::TestWithParam<Wrong> {};

TEST_P(WrongInf, IsToldWithItsPlace) {
  Sample sample;
  sample.tail =
      "[Dev.NT.Interfaces]\nAddInterface={6994AD04-93EF-11D0-A3CC-00A0C9223196},Wave,Wave\n[Wave]\nAddReg=WaveReg\n["
      "WaveReg]\nHKR,,a,,b\n";
  std::string text = sample.text();
  const std::string from = GetParam().from;
  const size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, from.size(), GetParam().to);
  EXPECT_EQ(error_of(install(text)), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Inf, WrongInf,
    testing::Values(
        Wrong{"version", "[Version]", "[Verson]", "test.inf:1: it has no [Version] section, which every INF has"},
        Wrong{"signature", "$Windows NT$", "$Windows 95$",
              "test.inf:2: Signature is \"$Windows 95$\", and must be \"$Windows NT$\""},
        Wrong{"class", "Class=MEDIA\n", "\n", "test.inf:1: [Version] has no Class"},
        Wrong{"guid", "{4d36e96c-e325", "{4d36e96ce325",
              "test.inf:4: ClassGuid is \"{4d36e96ce325-11ce-bfc1-08002be10318}\", which is no GUID"},
        Wrong{"provider", "Provider=%Maker%\n", "\n", "test.inf:1: [Version] has no Provider"},
        Wrong{"token", "Maker=\"Maker\"", "Baker=\"Maker\"", "test.inf:7: %Maker% is not defined in [Strings]"},
        Wrong{"models", "[Models.NTamd64]", "[Models.NTx86]",
              "test.inf:7: [Manufacturer] names [Models.NTamd64], and there is no such section"},
        Wrong{"hardware id", "Dev,ROOT\\Test", "Dev", "test.inf:9: \"A device\" has no hardware ID"},
        Wrong{"install", "[Dev.NT]", "[Dev.NTarm64]",
              "test.inf:9: \"A device\" names [Dev], and there is no [Dev.NTamd64], no [Dev.NT] and no [Dev]; there is "
              "only [Dev.NTarm64]"},
        Wrong{"services", "[Dev.NT.Services]", "[Dev.NTamd64.Services]",
              "test.inf:10: [Dev.NT] has no [Dev.NT.Services], so its device gets no driver"},
        Wrong{
            "associated", "AddService=Test,2", "AddService=Test,0",
            "test.inf:11: [Dev.NT.Services] gives the device no function driver: AddService = NAME,0x00000002,SECTION"},
        Wrong{"null driver", "AddService=Test,2", "AddService=,2",
              "test.inf:12: AddService = ,2 gives the device no driver at all, so there is nothing to run"},
        Wrong{"service section", "[Service]", "[Sevrice]",
              "test.inf:12: AddService names [Service], and there is no such section"},
        Wrong{"service type", "ServiceType=1", "ServiceType=0x10",
              "test.inf:12: the function driver Test has ServiceType 16, and must have 1 (SERVICE_KERNEL_DRIVER)"},
        Wrong{"start type", "StartType=3\n", "\n", "test.inf:13: [Service] has no StartType, which every service has"},
        Wrong{"binary", "ServiceBinary=%13%\\test.sys", "",
              "test.inf:13: [Service] has no ServiceBinary, which every service has"},
        Wrong{"dirid", "%13%", "13",
              "test.inf:17: ServiceBinary is \"13\\test.sys\", and begins with a directory: %13%\\x.sys"},
        Wrong{"two services", "AddService=Test,2,Service", "AddService=Test,2,Service\nAddService=Other,2,Service",
              "test.inf:13: Test and Other both are the device's function driver (SPSVCINST_ASSOCSERVICE)"},
        Wrong{"interface guid", "{6994AD04-", "{6994AD0-",
              "test.inf:19: AddInterface's class is \"{6994AD0-93EF-11D0-A3CC-00A0C9223196}\", which is no GUID"},
        Wrong{"interface section", "[Wave]", "[Vawe]",
              "test.inf:19: AddInterface names [Wave], and there is no such section"},
        Wrong{"reference", ",Wave,Wave", ",a\\b,Wave",
              "test.inf:19: the reference string \"a\\b\" holds a path separator"},
        Wrong{"add registry", "[WaveReg]", "[Regwave]",
              "test.inf:21: AddReg names [WaveReg], and there is no such section"}),
    [](const auto& row) {
      std::string name = row.param.what;
      std::ranges::replace(name, ' ', '_');
      return name;
    });

TEST(InfInstallation, AnExtensionIsNoDevice) {
  Sample sample;
  std::string text = sample.text();
  text.replace(text.find("MEDIA"), 5, "Extension");
  EXPECT_EQ(error_of(install(text)),
            "test.inf:1: this is an extension INF: it adds to a device that another INF installs");
}

}  // namespace
}  // namespace portside::inf
