// Codec. See codec.h.
#include "codec.h"

#include "com_object.h"

#pragma code_seg("PAGE")

NTSTATUS Codec::command(UCHAR node, ULONG verb, ULONG payload, ULONG* response) const {
  PAGED_CODE();
  return ring_->send(address_, node, verb, payload, response);
}

NTSTATUS Codec::get_parameter(UCHAR node, ULONG id, ULONG* value) const {
  PAGED_CODE();
  return command(node, verb::kGetParameter, id, value);
}

NTSTATUS Codec::discover(CommandRing& ring, UCHAR address) {
  PAGED_CODE();
  forget();
  ring_ = &ring;
  address_ = address;
  NTSTATUS status = get_parameter(0, parameter::kVendor, &vendor_);
  if (!NT_SUCCESS(status)) return status;
  status = find_function_group();
  if (!NT_SUCCESS(status)) return status;
  status = set_power(kPowerD0);
  if (!NT_SUCCESS(status)) return status;

  ULONG nodes;
  status = get_parameter(group_, parameter::kSubordinateNodes, &nodes);
  if (!NT_SUCCESS(status)) return status;
  const ULONG first = nodes >> 16 & 0xFF, count = nodes & 0xFF;
  if (count == 0 || first + count > 256) return STATUS_DEVICE_CONFIGURATION_ERROR;
  widgets_ = static_cast<Widget*>(ExAllocatePool2(POOL_FLAG_NON_PAGED, count * sizeof(Widget), kPoolTag));
  if (!widgets_) return STATUS_INSUFFICIENT_RESOURCES;
  for (ULONG i = 0; i < count; ++i) {
    status = read_widget(static_cast<UCHAR>(first + i), widgets_[i]);
    if (!NT_SUCCESS(status)) return status;
    count_ = i + 1;
  }
  return STATUS_SUCCESS;
}

// §7.2.1: the root node's children are function groups; the first that is for audio is ours.
NTSTATUS Codec::find_function_group() {
  PAGED_CODE();
  ULONG nodes;
  NTSTATUS status = get_parameter(0, parameter::kSubordinateNodes, &nodes);
  if (!NT_SUCCESS(status)) return status;
  const ULONG first = nodes >> 16 & 0xFF, count = nodes & 0xFF;
  for (ULONG node = first; node < first + count && node < 256; ++node) {
    ULONG type;
    status = get_parameter(static_cast<UCHAR>(node), parameter::kFunctionGroupType, &type);
    if (!NT_SUCCESS(status)) return status;
    if ((type & 0xFF) == kAudioFunctionGroup) {
      group_ = static_cast<UCHAR>(node);
      return STATUS_SUCCESS;
    }
  }
  return STATUS_NOT_FOUND;
}

NTSTATUS Codec::read_widget(UCHAR node, Widget& widget) const {
  PAGED_CODE();
  RtlZeroMemory(&widget, sizeof(widget));
  widget.node = node;
  NTSTATUS status = get_parameter(node, parameter::kWidgetCapabilities, &widget.capabilities);
  widget.type = static_cast<WidgetType>(widget.capabilities >> 20 & 0xF);
  if (NT_SUCCESS(status) && widget.is_pin()) {
    status = get_parameter(node, parameter::kPinCapabilities, &widget.pin_capabilities);
    if (NT_SUCCESS(status)) status = command(node, verb::kGetConfiguration, 0, &widget.configuration);
  }
  if (NT_SUCCESS(status) && widget.is_converter()) {
    // Without an override the function group's answer is the converter's (§7.3.4.6, Format Override).
    const UCHAR source = widget.capabilities & widget_caps::kFormatOverride ? node : group_;
    status = get_parameter(source, parameter::kPcmSizesAndRates, &widget.pcm);
    if (NT_SUCCESS(status)) status = get_parameter(source, parameter::kStreamFormats, &widget.formats);
  }
  if (NT_SUCCESS(status)) status = read_amplifiers(widget);
  if (NT_SUCCESS(status)) status = read_connections(widget);
  return status;
}

NTSTATUS Codec::read_amplifiers(Widget& widget) const {
  PAGED_CODE();
  const UCHAR source = widget.capabilities & widget_caps::kAmplifierOverride ? widget.node : group_;
  NTSTATUS status = STATUS_SUCCESS;
  if (widget.capabilities & widget_caps::kInputAmplifier)
    status = get_parameter(source, parameter::kInputAmplifier, &widget.input_amplifier);
  if (NT_SUCCESS(status) && (widget.capabilities & widget_caps::kOutputAmplifier))
    status = get_parameter(source, parameter::kOutputAmplifier, &widget.output_amplifier);
  return status;
}

// §7.3.3.3, §7.1.2: entries of 8 or 16 bits, some of which mean "and all from the one before up to this".
NTSTATUS Codec::read_connections(Widget& widget) const {
  PAGED_CODE();
  if (!(widget.capabilities & widget_caps::kConnectionList)) return STATUS_SUCCESS;
  ULONG length;
  NTSTATUS status = get_parameter(widget.node, parameter::kConnectionCount, &length);
  if (!NT_SUCCESS(status)) return status;
  const bool wide = length & 0x80;
  const ULONG entries = length & 0x7F, per_response = wide ? 2 : 4;
  const ULONG range_bit = wide ? 1u << 15 : 1u << 7;
  ULONG previous = 0;
  for (ULONG i = 0; i < entries; i += per_response) {
    ULONG response;
    status = command(widget.node, verb::kGetConnections, i, &response);
    if (!NT_SUCCESS(status)) return status;
    for (ULONG k = 0; k < per_response && i + k < entries; ++k) {
      const ULONG entry = wide ? response >> (16 * k) & 0xFFFF : response >> (8 * k) & 0xFF;
      const ULONG node = entry & (range_bit - 1);
      ULONG from = node;
      if ((entry & range_bit) && i + k > 0 && previous < node) from = previous + 1;
      for (ULONG n = from; n <= node && widget.connection_count < Widget::kMaxConnections; ++n)
        widget.connections[widget.connection_count++] = static_cast<UCHAR>(n);
      previous = node;
    }
  }
  return STATUS_SUCCESS;
}

const Widget* Codec::find(UCHAR node) const {
  PAGED_CODE();
  for (ULONG i = 0; i < count_; ++i)
    if (widgets_[i].node == node) return &widgets_[i];
  return nullptr;
}

NTSTATUS Codec::set_power(ULONG state) const {
  PAGED_CODE();
  NTSTATUS status = command(group_, verb::kSetPowerState, state);
  for (ULONG i = 0; NT_SUCCESS(status) && i < count_; ++i) {
    if (widgets_[i].capabilities & widget_caps::kPowerControl)
      status = command(widgets_[i].node, verb::kSetPowerState, state);
  }
  return status;
}

void Codec::forget() {
  PAGED_CODE();
  if (widgets_) ExFreePoolWithTag(widgets_, kPoolTag);
  widgets_ = nullptr;
  count_ = 0;
}

#pragma code_seg()
