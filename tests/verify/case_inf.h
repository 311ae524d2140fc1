#pragma once
// An INF for faulty.sys that names its mistake, in a folder of its own beside a copy of the image.

#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

namespace portside::testing_support {

class CaseInf {
 public:
  // `name` empty: the right twin.
  CaseInf(const std::filesystem::path& image, const std::string& name)
      : folder_(std::filesystem::temp_directory_path() /
                ("portside_case_" + std::to_string(getpid()) + "_" + (name.empty() ? "Right" : name))) {
    std::filesystem::create_directories(folder_);
    for (const char* extension : {".sys", ".pdb"}) {
      std::filesystem::path source = image;
      source.replace_extension(extension);
      std::filesystem::copy_file(source, folder_ / source.filename(),
                                 std::filesystem::copy_options::overwrite_existing);
    }
    std::ofstream(inf())
        << "[Version]\nSignature=\"$Windows NT$\"\nClass=MEDIA\nClassGuid={4d36e96c-e325-11ce-bfc1-08002be10318}\n"
           "Provider=%P%\nDriverVer=11/22/2026,0.1.0.0\nCatalogFile=faulty.cat\nPnpLockdown=1\n"
           "[SourceDisksNames]\n1=%P%\n[SourceDisksFiles]\nfaulty.sys=1\n[DestinationDirs]\nF.Copy=13\n"
           "[Manufacturer]\n%P%=Models,NTamd64.10.0...16299\n[Models.NTamd64.10.0...16299]\n%P%=F,"
           "ROOT\\PortsideFaulty\n"
           "[F.NT]\nCopyFiles=F.Copy\n[F.Copy]\nfaulty.sys\n"
           "[F.NT.Services]\nAddService=PortsideFaulty,0x00000002,F.Service\n"
           "[F.Service]\nServiceType=1\nStartType=3\nErrorControl=1\nServiceBinary=%13%\\faulty.sys\nAddReg=F."
           "ServiceReg\n"
           "[F.ServiceReg]\nHKR,Parameters,Case,,\""
        << name << "\"\nHKR,Parameters,Level,0x00010001,5\n[Strings]\nP=\"Portside Faulty\"\n";
  }
  ~CaseInf() {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }
  CaseInf(const CaseInf&) = delete;
  CaseInf& operator=(const CaseInf&) = delete;

  std::filesystem::path inf() const { return folder_ / "faulty.inf"; }

 private:
  std::filesystem::path folder_;
};

}  // namespace portside::testing_support
