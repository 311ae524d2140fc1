#include "portcls/refused_class.h"

#include <fmt/format.h>

namespace portside::portcls {
namespace {

struct Known {
  GUID id;
  const char* name;
  const char* lost;
};

// PcNewPort and PcNewMiniport, Remarks.
const Known kKnown[] = {
    {CLSID_PortWaveCyclic, "CLSID_PortWaveCyclic", "a WaveCyclic subdevice"},
    {CLSID_PortWavePci, "CLSID_PortWavePci", "a WavePci subdevice"},
    {CLSID_PortMidi, "CLSID_PortMidi", "a MIDI subdevice"},
    {CLSID_PortDMus, "CLSID_PortDMus", "a DirectMusic (MIDI) subdevice"},
    {{0xB4C90AE0, 0x5791, 0x11D0, {0x86, 0xF9, 0x00, 0xA0, 0xC9, 0x11, 0xB5, 0x44}},
     "CLSID_MiniportDriverFmSynth",
     "an FM synthesizer subdevice"},
    {{0xE5A3C139, 0xF0F2, 0x11D1, {0x81, 0xAF, 0x00, 0x60, 0x08, 0x33, 0x16, 0xC1}},
     "CLSID_MiniportDriverFmSynthWithVol",
     "an FM synthesizer subdevice"},
    {{0xD3F0CE1C, 0xFFFC, 0x11D1, {0x81, 0xB0, 0x00, 0x60, 0x08, 0x33, 0x16, 0xC1}},
     "CLSID_MiniportDriverDMusUART",
     "an MPU-401 UART subdevice"},
    {{0xD3F0CE1D, 0xFFFC, 0x11D1, {0x81, 0xB0, 0x00, 0x60, 0x08, 0x33, 0x16, 0xC1}},
     "CLSID_MiniportDriverDMusUARTCapture",
     "an MPU-401 UART capture subdevice"},
};

}  // namespace

RefusedClass refuse_class(const char* function, const GUID& class_id) {
  RefusedClass refused{.function = function,
                       .class_id = class_id,
                       .name = {},
                       .lost = "a subdevice",
                       .status = STATUS_INVALID_PARAMETER};
  for (const Known& known : kKnown) {
    if (!IsEqualGUID(known.id, class_id)) continue;
    refused.name = known.name;
    refused.lost = known.lost;
    refused.status = STATUS_NOT_IMPLEMENTED;
    return refused;
  }
  const GUID& g = class_id;
  refused.name = fmt::format("{{{:08X}-{:04X}-{:04X}-{:02X}{:02X}-{:02X}{:02X}{:02X}{:02X}{:02X}{:02X}}}", g.Data1,
                             g.Data2, g.Data3, g.Data4[0], g.Data4[1], g.Data4[2], g.Data4[3], g.Data4[4], g.Data4[5],
                             g.Data4[6], g.Data4[7]);
  return refused;
}

}  // namespace portside::portcls
