#include "inf/system_infs.h"

#include <array>
#include <optional>
#include <span>
#include <utility>

namespace portside::inf {
namespace {

// "Friendly Names for Audio Endpoint Devices": ks.inf holds the names of the predefined pin categories, of which that page gives
// these two; for the others a client sees the category. What else KS.Registration does (proxies, files) is for programs.
constexpr std::string_view kKs = R"([Version]
Signature = "$Windows NT$"
[KS.Registration]
AddReg = PinNames
[KS.Registration.NT]
AddReg = PinNames
[PinNames]
HKLM,System\CurrentControlSet\Control\MediaCategories\{DFF21BE1-F70F-11D0-B917-00A0C9223196},Name,,"Microphone"
HKLM,System\CurrentControlSet\Control\MediaCategories\{DFF21CE1-F70F-11D0-B917-00A0C9223196},Name,,"Speakers"
)";

// Capture of pictures: nothing that an audio driver reads.
constexpr std::string_view kKsCapture = R"([Version]
Signature = "$Windows NT$"
[KSCAPTUR.Registration]
[KSCAPTUR.Registration.NT]
)";

// "Installing Core System Components for an Audio Adapter": files and user-mode components of WDM audio, and of the system's
// effects. They write nothing that a driver reads.
constexpr std::string_view kWdmAudio = R"([Version]
Signature = "$Windows NT$"
[WDMAUDIO.Registration]
[WDMAUDIO.Registration.NT]
[WDMPORTCLS.CopyFilesOnly]
[WDMAUDIOSYSFX.Registration]
[WDMAUDIOSYSFX.Registration.NT]
[mssysfx.CopyFilesAndRegister]
[mssysfx.CopyFilesAndRegister.NT]
[mssysfx.CopyFilesAndRegisterCapX]
[MsApoFxProxy.Registration]
)";

// "Default Audio Volume Settings": a wrapper needs these sections to get Microsoft's own driver for HD Audio, which is not here; the
// names of its service and its file are from memory.
constexpr std::string_view kHdAudio = R"([Version]
Signature = "$Windows NT$"
[HdAudModel]
[HdAudModel.HW]
[HdAudModel.Interfaces]
[HdAudModel.Services]
AddService = HdAudAddService,0x00000002,HdAudio.Service
[HdAudio.Service]
ServiceType   = 1
StartType     = 3
ErrorControl  = 1
ServiceBinary = %12%\HdAudio.sys
)";

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kFiles = {
    {{"ks.inf", kKs}, {"kscaptur.inf", kKsCapture}, {"wdmaudio.inf", kWdmAudio}, {"hdaudio.inf", kHdAudio}}};

}  // namespace

const InfFile* system_inf(std::string_view name) {
  static const auto parsed = [] {
    std::array<std::optional<InfFile>, kFiles.size()> files;
    for (size_t i = 0; i < kFiles.size(); ++i)
      if (auto file = InfFile::parse(std::as_bytes(std::span(kFiles[i].second)), std::string(kFiles[i].first)))
        files[i] = std::move(*file);
    return files;
  }();
  for (size_t i = 0; i < kFiles.size(); ++i)
    if (same_name(kFiles[i].first, name)) return parsed[i] ? &*parsed[i] : nullptr;
  return nullptr;
}

}  // namespace portside::inf
