#pragma once
// Support: what of Windows is here, as rows: exports, the framework's functions, the methods of PortCls' interfaces, and
// properties. Each is read from what runs: the export tables, the framework's function table, the port's property tables;
// for interfaces from the rows beside their classes (portcls/interfaces.inc), which a test holds against the sources.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace portside::host {

enum class Standing { kFull, kPartial, kStub, kMissing };
std::string_view name_of(Standing);

struct SupportRow {
  std::string group;  // "portcls.sys", "IPortWaveRTStream", "KSPROPSETID_RtAudio"
  std::string name;
  Standing standing{};
  std::string note;
};

// What the image may export by Windows' documentation: `documented` holds names, one a line, # a comment. What is here
// besides is added.
std::vector<SupportRow> support_of_exports(std::string_view image, std::string_view documented);
std::vector<SupportRow> support_of_framework();
std::vector<SupportRow> support_of_interfaces();
std::vector<SupportRow> support_of_properties();

}  // namespace portside::host
