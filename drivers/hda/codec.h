// Codec: what one codec on the link says of itself: its audio function group's widgets, how they are wired, and what
// each can do (HDA 1.0a §7.2, §7.3.4). Found by walking from the root; this driver knows no node by its number.
#pragma once

#include "command_ring.h"
#include "verbs.h"

struct Widget {
  static constexpr ULONG kMaxConnections = 32;

  UCHAR node;
  WidgetType type;
  ULONG capabilities;      // §7.3.4.6
  ULONG pin_capabilities;  // §7.3.4.9, pins alone
  ULONG configuration;     // §7.3.3.31, pins alone
  ULONG input_amplifier;   // §7.3.4.10; 0: it has none
  ULONG output_amplifier;
  ULONG pcm;      // §7.3.4.7, converters alone
  ULONG formats;  // §7.3.4.8
  ULONG connection_count;
  UCHAR connections[kMaxConnections];

  bool is_pin() const { return type == WidgetType::kPinComplex; }
  bool is_converter() const { return type == WidgetType::kAudioOutput || type == WidgetType::kAudioInput; }
  bool is_digital() const { return capabilities & widget_caps::kDigital; }
};

class Codec {
 public:
  Codec() = default;
  ~Codec() { forget(); }
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;

  // PASSIVE_LEVEL, all of it. STATUS_NOT_FOUND: no audio function group (a modem, say).
  NTSTATUS discover(CommandRing& ring, UCHAR address);

  UCHAR address() const { return address_; }
  ULONG vendor() const { return vendor_; }
  UCHAR function_group() const { return group_; }
  ULONG widget_count() const { return count_; }
  const Widget& widget(ULONG index) const { return widgets_[index]; }
  const Widget* find(UCHAR node) const;

  // A verb to a node; `response` may be nullptr.
  NTSTATUS command(UCHAR node, ULONG verb, ULONG payload, ULONG* response = nullptr) const;
  // §7.3.3.10: the function group, and with it each widget that has no switch of its own.
  NTSTATUS set_power(ULONG state) const;

 private:
  NTSTATUS get_parameter(UCHAR node, ULONG id, ULONG* value) const;
  NTSTATUS find_function_group();
  NTSTATUS read_widget(UCHAR node, Widget& widget) const;
  NTSTATUS read_amplifiers(Widget& widget) const;
  NTSTATUS read_connections(Widget& widget) const;
  void forget();

  CommandRing* ring_ = nullptr;
  UCHAR address_ = 0;
  UCHAR group_ = 0;
  ULONG vendor_ = 0;
  Widget* widgets_ = nullptr;
  ULONG count_ = 0;
};
