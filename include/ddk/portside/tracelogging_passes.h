// What TraceLoggingWrite makes of its parameters' tuples (tracelogging_fields.h): a pass over them for each part of an event.
#pragma once
#include <ntdef.h>
#include <portside/etw_provider.h>

#define PORTSIDE_TLG_UNWRAP(...) __VA_ARGS__
#define PORTSIDE_TLG_CALL(pass, i, ...) PORTSIDE_TLG_CALL_(pass, i, __VA_ARGS__)
#define PORTSIDE_TLG_CALL_(pass, i, what, ...) pass##what(i, __VA_ARGS__)
#define PORTSIDE_TLG_UINT16(n) {(n) & 0xFF, (n) >> 8}

// Of (text [, name [, description [, tags]]]): the name; and + 4 if there are tags.
#define PORTSIDE_TLG_FIRST(a, ...) a
#define PORTSIDE_TLG_NAME(text, ...) PORTSIDE_TLG_FIRST(__VA_ARGS__ __VA_OPT__(, ) text)
#define PORTSIDE_TLG_TAGS(text, ...) __VA_OPT__(PORTSIDE_TLG_TAGS_(__VA_ARGS__))
#define PORTSIDE_TLG_TAGS_(name, ...) __VA_OPT__(PORTSIDE_TLG_TAGS__(__VA_ARGS__))
#define PORTSIDE_TLG_TAGS__(description, ...) __VA_ARGS__
#define PORTSIDE_TLG_TAGS_SIZE(...) __VA_OPT__(+4)
#define PORTSIDE_TLG_TAGS_BYTES(...) \
  __VA_OPT__(| 0x80, PORTSIDE_TLG_TAGS_HIGH(__VA_ARGS__), PORTSIDE_TLG_TAGS_LOW(__VA_ARGS__))
#define PORTSIDE_TLG_TAGS_HIGH(tags) \
  (((tags) >> 21) & 0x7F) | 0x80, (((tags) >> 14) & 0x7F) | 0x80, (((tags) >> 7) & 0x7F) | 0x80
#define PORTSIDE_TLG_TAGS_LOW(tags) ((tags) & 0x7F)

// Level, keyword and their kin are compile-time constants: of several levels the last counts, keywords and tags add up.
#define PORTSIDE_TLG_CONFIG(i, a) PORTSIDE_TLG_CALL(PORTSIDE_TLG_CONFIG_, i, PORTSIDE_TLG_UNWRAP a)
#define PORTSIDE_TLG_CONFIG_config(i, what, value) PORTSIDE_TLG_SET_##what(value)
#define PORTSIDE_TLG_CONFIG_field(...)
#define PORTSIDE_TLG_CONFIG_fixed(...)
#define PORTSIDE_TLG_CONFIG_packed(...)
#define PORTSIDE_TLG_CONSTANT(value) _Static_assert((value) || 1, "TraceLoggingWrite wants a compile-time constant here")
#define PORTSIDE_TLG_SET_level(value) PORTSIDE_TLG_CONSTANT(value); portside_tlg_event.Level = (UCHAR)(value);
#define PORTSIDE_TLG_SET_keyword(value) PORTSIDE_TLG_CONSTANT(value); portside_tlg_event.Keyword |= (ULONGLONG)(value);
#define PORTSIDE_TLG_SET_opcode(value) PORTSIDE_TLG_CONSTANT(value); portside_tlg_event.Opcode = (UCHAR)(value);
#define PORTSIDE_TLG_SET_channel(value) PORTSIDE_TLG_CONSTANT(value); portside_tlg_event.Channel = (UCHAR)(value);
#define PORTSIDE_TLG_SET_tag(value)
#define PORTSIDE_TLG_SET_nothing(value)

#define PORTSIDE_TLG_EVENT_TAG(i, a) PORTSIDE_TLG_CALL(PORTSIDE_TLG_EVENT_TAG_, i, PORTSIDE_TLG_UNWRAP a)
#define PORTSIDE_TLG_EVENT_TAG_config(i, what, value) PORTSIDE_TLG_EVENT_TAG_OF_##what(value)
#define PORTSIDE_TLG_EVENT_TAG_field(...)
#define PORTSIDE_TLG_EVENT_TAG_fixed(...)
#define PORTSIDE_TLG_EVENT_TAG_packed(...)
#define PORTSIDE_TLG_EVENT_TAG_OF_level(value)
#define PORTSIDE_TLG_EVENT_TAG_OF_keyword(value)
#define PORTSIDE_TLG_EVENT_TAG_OF_opcode(value)
#define PORTSIDE_TLG_EVENT_TAG_OF_channel(value)
#define PORTSIDE_TLG_EVENT_TAG_OF_nothing(value)
#define PORTSIDE_TLG_EVENT_TAG_OF_tag(value) | (value)
#define PORTSIDE_TLG_EVENT_TAG_MEMBER(...) UCHAR tags[1 __VA_OPT__(+3)];
#define PORTSIDE_TLG_EVENT_TAG_BYTES(...) \
  { __VA_OPT__(PORTSIDE_TLG_TAGS_HIGH(0 __VA_ARGS__), ) PORTSIDE_TLG_TAGS_LOW(0 __VA_ARGS__) }

// The description: members of bytes, which need no packing.
#define PORTSIDE_TLG_MEMBER(i, a) PORTSIDE_TLG_CALL(PORTSIDE_TLG_MEMBER_, i, PORTSIDE_TLG_UNWRAP a)
#define PORTSIDE_TLG_MEMBER_config(...)
#define PORTSIDE_TLG_MEMBER_packed(...)
#define PORTSIDE_TLG_MEMBER_field(i, n, put, in, out, names, ...) \
  CHAR name##i[sizeof(PORTSIDE_TLG_NAME names)];                  \
  UCHAR type##i[2 PORTSIDE_TLG_TAGS_SIZE(PORTSIDE_TLG_TAGS names)];
#define PORTSIDE_TLG_MEMBER_fixed(i, n, put, in, out, names, ...) \
  PORTSIDE_TLG_MEMBER_field(i, n, put, in, out, names)            \
  UCHAR count##i[2];
#define PORTSIDE_TLG_INIT(i, a) PORTSIDE_TLG_CALL(PORTSIDE_TLG_INIT_, i, PORTSIDE_TLG_UNWRAP a)
#define PORTSIDE_TLG_INIT_config(...)
#define PORTSIDE_TLG_INIT_packed(...)
#define PORTSIDE_TLG_INIT_field(i, n, put, in, out, names, ...) \
  , PORTSIDE_TLG_NAME names, {(in) | TlgInChain, (out)PORTSIDE_TLG_TAGS_BYTES(PORTSIDE_TLG_TAGS names)}
#define PORTSIDE_TLG_INIT_fixed(i, n, put, in, out, names, count, ...) \
  PORTSIDE_TLG_INIT_field(i, n, put, in, out, names), PORTSIDE_TLG_UINT16(count)

// The data.
#define PORTSIDE_TLG_COUNT(i, a) PORTSIDE_TLG_CALL(PORTSIDE_TLG_COUNT_, i, PORTSIDE_TLG_UNWRAP a)
#define PORTSIDE_TLG_COUNT_config(...)
#define PORTSIDE_TLG_COUNT_field(i, n, ...) +n
#define PORTSIDE_TLG_COUNT_fixed(i, n, ...) +n
#define PORTSIDE_TLG_COUNT_packed(i, n, ...) +n
#define PORTSIDE_TLG_DATA(i, a) PORTSIDE_TLG_CALL(PORTSIDE_TLG_DATA_, i, PORTSIDE_TLG_UNWRAP a)
#define PORTSIDE_TLG_DATA_config(...)
#define PORTSIDE_TLG_DATA_field(i, n, put, in, out, names, ...) PORTSIDE_TLG_PUT_##put(i __VA_OPT__(, ) __VA_ARGS__)
#define PORTSIDE_TLG_DATA_fixed(i, n, put, in, out, names, count, ...) PORTSIDE_TLG_PUT_##put(i, __VA_ARGS__)
#define PORTSIDE_TLG_DATA_packed(i, n, put, ...) PORTSIDE_TLG_PUT_##put(i, __VA_ARGS__)

#define PORTSIDE_TLG_APPEND(p, size) EventDataDescCreate(&portside_tlg_data[portside_tlg_count++], p, (ULONG)(size));
#define PORTSIDE_TLG_PUT_nothing(i)
#define PORTSIDE_TLG_PUT_scalar(i, type, value)  \
  const type portside_tlg_value##i = (value);    \
  PORTSIDE_TLG_APPEND(&portside_tlg_value##i, sizeof(portside_tlg_value##i))
#define PORTSIDE_TLG_PUT_block(i, p, size) PORTSIDE_TLG_APPEND(p, size)
#define PORTSIDE_TLG_PUT_string(i, value)                                   \
  const CHAR* portside_tlg_value##i = (value);                              \
  if (!portside_tlg_value##i) portside_tlg_value##i = "";                   \
  PORTSIDE_TLG_APPEND(portside_tlg_value##i, PortsideTlgSize(portside_tlg_value##i))
#define PORTSIDE_TLG_PUT_wide(i, value)                                     \
  const WCHAR* portside_tlg_value##i = (value);                             \
  if (!portside_tlg_value##i) portside_tlg_value##i = L"";                  \
  PORTSIDE_TLG_APPEND(portside_tlg_value##i, PortsideTlgWideSize(portside_tlg_value##i))
// Of `count`: 16 bits that say how many units there are, and so many steps of bytes.
#define PORTSIDE_TLG_PUT_counted(i, type, p, count, unit, step)                \
  const type* const portside_tlg_value##i = (p);                               \
  const USHORT portside_tlg_count##i = (USHORT)((count) * (unit));             \
  PORTSIDE_TLG_APPEND(&portside_tlg_count##i, sizeof(USHORT))                  \
  PORTSIDE_TLG_APPEND(portside_tlg_value##i, portside_tlg_count##i / (unit) * (step))
#define PORTSIDE_TLG_PUT_buffer(i, type, p)                                    \
  const type* const portside_tlg_value##i = (p);                               \
  const USHORT portside_tlg_count##i = (USHORT)portside_tlg_value##i->Length;  \
  PORTSIDE_TLG_APPEND(&portside_tlg_count##i, sizeof(USHORT))                  \
  PORTSIDE_TLG_APPEND(portside_tlg_value##i->Buffer, portside_tlg_count##i)
// A SID's second byte is the number of its sub-authorities of four bytes, which stand behind eight others.
#define PORTSIDE_TLG_PUT_sid(i, p)                                             \
  const UCHAR* const portside_tlg_value##i = (const UCHAR*)(p);                \
  PORTSIDE_TLG_APPEND(portside_tlg_value##i, 8 + 4 * portside_tlg_value##i[1])
#define PORTSIDE_TLG_PUT_deduced(i, value)                                     \
  const auto portside_tlg_value##i = (value);                                  \
  decltype(portside_tlg_deduce(portside_tlg_value##i))::put(&portside_tlg_data[portside_tlg_count++], portside_tlg_value##i);

// With the terminating null.
FORCEINLINE ULONG PortsideTlgSize(const CHAR* String) {
  ULONG n = 1;
  while (*String++) ++n;
  return n;
}
FORCEINLINE ULONG PortsideTlgWideSize(const WCHAR* String) {
  ULONG n = 1;
  while (*String++) ++n;
  return n * (ULONG)sizeof(WCHAR);
}
