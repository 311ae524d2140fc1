#pragma once
// Jack: what a bridge pin says of the sockets behind it (KSPROPSETID_Jack), read as Windows' endpoint builder does.

#include <ks.h>
#include <ksmedia.h>
#include <wdm.h>
#include <windef.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace portside::client {

class KsFile;

struct Jack {
  KSJACK_DESCRIPTION description{};
  std::optional<KSJACK_DESCRIPTION2> capabilities;  // KSPROPERTY_JACK_DESCRIPTION2
  std::optional<uint32_t> config_id;                // KSPROPERTY_JACK_DESCRIPTION3

  bool detects_presence() const {
    return capabilities && (capabilities->JackCapabilities & JACKDESC2_PRESENCE_DETECT_CAPABILITY);
  }
  bool changes_format() const {
    return capabilities && (capabilities->JackCapabilities & JACKDESC2_DYNAMIC_FORMAT_CHANGE_CAPABILITY);
  }
  std::string connector() const;  // "3.5 mm minijack"
  std::string location() const;   // "rear, on the primary chassis"
  std::string color() const;      // "#00FF00"; empty when the driver names none
  // "3.5 mm minijack, rear, on the primary chassis, #00FF00, plugged in, tells when it is plugged"
  std::string to_string() const;
};

struct JackSink {
  bool display_port = false;  // else HDMI
  uint16_t manufacturer = 0, product = 0, latency_ms = 0;
  bool hdcp = false, ai = false;
  std::string name;
};

// Empty when the pin has no jacks to tell of.
std::vector<Jack> read_jacks(const KsFile& filter, uint32_t pin);
std::optional<JackSink> read_jack_sink(const KsFile& filter, uint32_t pin);
std::optional<GUID> read_jack_container(const KsFile& filter, uint32_t pin);

}  // namespace portside::client
