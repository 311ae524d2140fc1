#include "client/jack.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "client/filter.h"

namespace portside::client {
namespace {

// The items of a KSMULTIPLE_ITEM of Ts; nothing when the pin does not have the property.
template <class T>
std::vector<T> items_of(const KsFile& filter, ULONG id, uint32_t pin) {
  std::vector<T> items;
  const auto bytes = filter.get_bytes(pin_request(KSPROPSETID_Jack, id, pin));
  if (!bytes) return items;
  for (const auto item : fixed_items(*bytes, sizeof(T))) {
    T value;
    std::memcpy(&value, item.data(), sizeof value);
    items.push_back(value);
  }
  return items;
}

}  // namespace

std::string Jack::connector() const {
  static constexpr const char* kNames[] = {"unknown connector",
                                           "3.5 mm minijack",
                                           "1/4-inch jack",
                                           "ATAPI internal connector",
                                           "RCA jack",
                                           "optical connector",
                                           "digital connector",
                                           "analog connector",
                                           "multichannel analog DIN connector",
                                           "XLR connector",
                                           "RJ11 modem connector",
                                           "combined connector"};
  const auto index = static_cast<size_t>(description.ConnectionType);
  return index < std::size(kNames) ? kNames[index] : fmt::format("connector type {}", index);
}

std::string Jack::location() const {
  static constexpr const char* kGeometric[] = {"",
                                               "rear",
                                               "front",
                                               "left",
                                               "right",
                                               "top",
                                               "bottom",
                                               "rear panel",
                                               "riser card",
                                               "inside the lid",
                                               "drive bay",
                                               "HDMI connector",
                                               "outside of the lid",
                                               "ATAPI connector",
                                               ""};
  static constexpr const char* kGeneral[] = {"on the primary chassis", "inside the primary chassis",
                                             "on a separate chassis", "elsewhere"};
  const auto geometric = static_cast<size_t>(description.GeoLocation),
             general = static_cast<size_t>(description.GenLocation);
  const std::string place =
      geometric < std::size(kGeometric) ? kGeometric[geometric] : fmt::format("location {}", geometric);
  const std::string body =
      general < std::size(kGeneral) ? kGeneral[general] : fmt::format("general location {}", general);
  return place.empty() ? body : place + ", " + body;
}

std::string Jack::color() const {
  return description.Color ? fmt::format("#{:06X}", description.Color & 0xFFFFFF) : "";
}

std::string Jack::to_string() const {
  std::string text = connector() + ", " + location();
  if (const std::string c = color(); !c.empty()) text += ", " + c;
  switch (description.PortConnection) {
    case ePortConnIntegratedDevice: text += ", built in"; break;
    case ePortConnBothIntegratedAndJack: text += ", built in and jack"; break;
    default: break;
  }
  text += description.IsConnected ? ", plugged in" : ", nothing plugged in";
  if (detects_presence()) text += ", tells when it is plugged";
  if (changes_format()) text += ", formats may change";
  if (config_id) text += fmt::format(", configuration {}", *config_id);
  return text;
}

std::vector<Jack> read_jacks(const KsFile& filter, uint32_t pin) {
  std::vector<Jack> jacks;
  for (const auto& d : items_of<KSJACK_DESCRIPTION>(filter, KSPROPERTY_JACK_DESCRIPTION, pin))
    jacks.push_back({.description = d, .capabilities = {}, .config_id = {}});
  const auto second = items_of<KSJACK_DESCRIPTION2>(filter, KSPROPERTY_JACK_DESCRIPTION2, pin);
  const auto third = items_of<KSJACK_DESCRIPTION3>(filter, KSPROPERTY_JACK_DESCRIPTION3, pin);
  for (size_t i = 0; i < jacks.size(); ++i) {
    if (i < second.size()) jacks[i].capabilities = second[i];
    if (i < third.size()) jacks[i].config_id = third[i].ConfigId;
  }
  return jacks;
}

std::optional<JackSink> read_jack_sink(const KsFile& filter, uint32_t pin) {
  const auto sink = filter.get<KSJACK_SINK_INFORMATION>(pin_request(KSPROPSETID_Jack, KSPROPERTY_JACK_SINK_INFO, pin));
  if (!sink) return std::nullopt;
  JackSink out{.display_port = sink->ConnType == KSJACK_SINK_CONNECTIONTYPE_DISPLAYPORT,
               .manufacturer = sink->ManufacturerId,
               .product = sink->ProductId,
               .latency_ms = sink->AudioLatency,
               .hdcp = sink->HDCPCapable != FALSE,
               .ai = sink->AICapable != FALSE,
               .name = {}};
  const size_t length = std::min<size_t>(sink->SinkDescriptionLength, MAX_SINK_DESCRIPTION_NAME_LENGTH);
  std::u16string name(sink->SinkDescription, sink->SinkDescription + length);
  name.resize(std::min(name.find(u'\0'), name.size()));
  out.name = to_utf8(name);
  return out;
}

std::optional<GUID> read_jack_container(const KsFile& filter, uint32_t pin) {
  const auto id = filter.get<GUID>(pin_request(KSPROPSETID_Jack, KSPROPERTY_JACK_CONTAINERID, pin));
  return id ? std::optional(*id) : std::nullopt;
}

}  // namespace portside::client
