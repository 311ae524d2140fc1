// Strings: RtlInitUnicodeString and its kin. Lengths are in bytes, and nothing promises a terminator.

#include <algorithm>
#include <cstring>

#include "base/code_page.h"
#include "exports/api.h"
#include "kernel/unicode.h"

using namespace portside;
using namespace portside::exports;

namespace {

constexpr ULONG kStringTag = 'grtS';
constexpr size_t kLongestBytes = 0xFFFE;

std::u16string_view view(PCUNICODE_STRING string) { return {string->Buffer, string->Length / sizeof(WCHAR)}; }
std::string_view view(const STRING* string) { return {string->Buffer, string->Length}; }

// The storage of a string that the caller frees with RtlFreeUnicodeString: paged pool (RtlFreeUnicodeString: <= APC_LEVEL).
void* allocate_text(size_t bytes, const char* api) {
  return services()
      .pool()
      .allocate({.bytes = bytes,
                 .tag = kStringTag,
                 .kind = kernel::PoolKind::kPaged,
                 .contents = kernel::PoolContents::kUninitialized,
                 .api = api})
      .value_or(nullptr);
}
void free_text(void* text, const char* api) { (void)services().pool().free(text, std::nullopt, api); }

// Puts the text into the destination, allocated or the caller's. `terminated`: room for a terminator is needed too.
template <class String, class Char>
NTSTATUS deliver(String* destination, std::basic_string_view<Char> text, bool allocate, bool terminated,
                 const char* api) {
  const size_t bytes = text.size() * sizeof(Char);
  const size_t with_terminator = bytes + (terminated ? sizeof(Char) : 0);
  if (with_terminator > kLongestBytes + sizeof(Char) - 1 || bytes > kLongestBytes) return STATUS_INVALID_PARAMETER_2;
  if (allocate) {
    auto* buffer = static_cast<Char*>(allocate_text(with_terminator, api));
    if (!buffer) return STATUS_NO_MEMORY;
    destination->Buffer = buffer;
    destination->MaximumLength = static_cast<USHORT>(with_terminator);
  } else if (with_terminator > destination->MaximumLength) {
    return STATUS_BUFFER_OVERFLOW;
  }
  std::memmove(destination->Buffer, text.data(), bytes);
  destination->Length = static_cast<USHORT>(bytes);
  // Without a terminator of its own a text gets one where there is room.
  if (bytes + sizeof(Char) <= destination->MaximumLength) destination->Buffer[text.size()] = 0;
  return STATUS_SUCCESS;
}

char upper(char c) { return to_code_page_1252(kernel::upcase(from_code_page_1252(c))); }

}  // namespace

extern "C" {

VOID NTAPI RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString) {
  ApiScope scope("RtlInitUnicodeString", kPassiveLevel, kDispatchLevel);
  size_t bytes = 0;
  if (SourceString)
    bytes = std::min(std::char_traits<WCHAR>::length(SourceString) * sizeof(WCHAR), kLongestBytes - sizeof(WCHAR));
  DestinationString->Buffer = const_cast<PWCH>(SourceString);
  DestinationString->Length = static_cast<USHORT>(bytes);
  DestinationString->MaximumLength = SourceString ? static_cast<USHORT>(bytes + sizeof(WCHAR)) : 0;
}
NTSTATUS NTAPI RtlInitUnicodeStringEx(PUNICODE_STRING DestinationString, PCWSTR SourceString) {
  ApiScope scope("RtlInitUnicodeStringEx", kPassiveLevel, kDispatchLevel);
  *DestinationString = {};
  if (!SourceString) return STATUS_SUCCESS;
  const size_t bytes = std::char_traits<WCHAR>::length(SourceString) * sizeof(WCHAR);
  if (bytes > kLongestBytes - sizeof(WCHAR)) return STATUS_NAME_TOO_LONG;
  *DestinationString = {static_cast<USHORT>(bytes), static_cast<USHORT>(bytes + sizeof(WCHAR)),
                        const_cast<PWCH>(SourceString)};
  return STATUS_SUCCESS;
}
VOID NTAPI RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString) {
  ApiScope scope("RtlInitAnsiString", kPassiveLevel, kDispatchLevel);
  const size_t bytes = SourceString ? std::min<size_t>(std::strlen(SourceString), 0xFFFE) : 0;
  DestinationString->Buffer = const_cast<PCHAR>(SourceString);
  DestinationString->Length = static_cast<USHORT>(bytes);
  DestinationString->MaximumLength = SourceString ? static_cast<USHORT>(bytes + 1) : 0;
}
VOID NTAPI RtlInitString(PSTRING DestinationString, PCSZ SourceString) {
  RtlInitAnsiString(DestinationString, SourceString);
}

VOID NTAPI RtlCopyUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString) {
  ApiScope scope("RtlCopyUnicodeString", kPassiveLevel, kDispatchLevel);
  if (!SourceString) {
    DestinationString->Length = 0;
    return;
  }
  const USHORT bytes = std::min(SourceString->Length, DestinationString->MaximumLength);
  std::memmove(DestinationString->Buffer, SourceString->Buffer, bytes);
  DestinationString->Length = bytes;
  if (bytes + sizeof(WCHAR) <= DestinationString->MaximumLength) DestinationString->Buffer[bytes / sizeof(WCHAR)] = 0;
}
VOID NTAPI RtlCopyString(PSTRING DestinationString, const STRING* SourceString) {
  ApiScope scope("RtlCopyString", kPassiveLevel, kDispatchLevel);
  DestinationString->Length = 0;
  if (!SourceString) return;
  const USHORT bytes = std::min(SourceString->Length, DestinationString->MaximumLength);
  std::memmove(DestinationString->Buffer, SourceString->Buffer, bytes);
  DestinationString->Length = bytes;
}

NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source) {
  ApiScope scope("RtlAppendUnicodeStringToString", kPassiveLevel, kDispatchLevel);
  if (Source->Length == 0) return STATUS_SUCCESS;
  const ULONG bytes = ULONG{Destination->Length} + Source->Length;
  if (bytes > Destination->MaximumLength) return STATUS_BUFFER_TOO_SMALL;
  std::memmove(reinterpret_cast<char*>(Destination->Buffer) + Destination->Length, Source->Buffer, Source->Length);
  Destination->Length = static_cast<USHORT>(bytes);
  if (bytes + sizeof(WCHAR) <= Destination->MaximumLength) Destination->Buffer[bytes / sizeof(WCHAR)] = 0;
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source) {
  if (!Source) {
    ApiScope scope("RtlAppendUnicodeToString", kPassiveLevel, kDispatchLevel);
    return STATUS_SUCCESS;
  }
  ApiScope scope("RtlAppendUnicodeToString", kPassiveLevel, kDispatchLevel);
  const size_t source_bytes = std::char_traits<WCHAR>::length(Source) * sizeof(WCHAR);
  const size_t bytes = Destination->Length + source_bytes;
  if (bytes > Destination->MaximumLength) return STATUS_BUFFER_TOO_SMALL;
  std::memmove(reinterpret_cast<char*>(Destination->Buffer) + Destination->Length, Source, source_bytes);
  Destination->Length = static_cast<USHORT>(bytes);
  if (bytes + sizeof(WCHAR) <= Destination->MaximumLength) Destination->Buffer[bytes / sizeof(WCHAR)] = 0;
  return STATUS_SUCCESS;
}

LONG NTAPI RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2, BOOLEAN CaseInSensitive) {
  ApiScope scope("RtlCompareUnicodeString", kPassiveLevel, kPassiveLevel);
  return kernel::compare(view(String1), view(String2), CaseInSensitive);
}
BOOLEAN NTAPI RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2, BOOLEAN CaseInSensitive) {
  ApiScope scope("RtlEqualUnicodeString", kPassiveLevel, kPassiveLevel);
  return String1->Length == String2->Length && kernel::compare(view(String1), view(String2), CaseInSensitive) == 0;
}
BOOLEAN NTAPI RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2, BOOLEAN CaseInSensitive) {
  ApiScope scope("RtlPrefixUnicodeString", kPassiveLevel, kPassiveLevel);
  return String1->Length <= String2->Length &&
         kernel::compare(view(String1), view(String2).substr(0, String1->Length / sizeof(WCHAR)), CaseInSensitive) == 0;
}
LONG NTAPI RtlCompareString(const STRING* String1, const STRING* String2, BOOLEAN CaseInSensitive) {
  ApiScope scope("RtlCompareString", kPassiveLevel, kPassiveLevel);
  const auto a = view(String1), b = view(String2);
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const auto x = static_cast<UCHAR>(CaseInSensitive ? upper(a[i]) : a[i]);
    const auto y = static_cast<UCHAR>(CaseInSensitive ? upper(b[i]) : b[i]);
    if (x != y) return LONG{x} - LONG{y};
  }
  return static_cast<LONG>(a.size()) - static_cast<LONG>(b.size());
}
BOOLEAN NTAPI RtlEqualString(const STRING* String1, const STRING* String2, BOOLEAN CaseInSensitive) {
  return RtlCompareString(String1, String2, CaseInSensitive) == 0;
}

NTSTATUS NTAPI RtlHashUnicodeString(PCUNICODE_STRING String, BOOLEAN CaseInSensitive, ULONG HashAlgorithm,
                                    PULONG HashValue) {
  ApiScope scope("RtlHashUnicodeString", kPassiveLevel, kApcLevel);
  if (!String || !HashValue) return STATUS_INVALID_PARAMETER;
  if (HashAlgorithm != HASH_STRING_ALGORITHM_DEFAULT && HashAlgorithm != HASH_STRING_ALGORITHM_X65599)
    return STATUS_INVALID_PARAMETER;
  ULONG hash = 0;
  for (char16_t c : view(String)) hash = hash * 65599 + (CaseInSensitive ? kernel::upcase(c) : c);
  *HashValue = hash;
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUpcaseUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString,
                                      BOOLEAN AllocateDestinationString) {
  ApiScope scope("RtlUpcaseUnicodeString", kPassiveLevel, kApcLevel);
  return deliver(DestinationString, std::u16string_view(kernel::upcase(view(SourceString))), AllocateDestinationString,
                 false, "RtlUpcaseUnicodeString");
}
NTSTATUS NTAPI RtlDowncaseUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString,
                                        BOOLEAN AllocateDestinationString) {
  ApiScope scope("RtlDowncaseUnicodeString", kPassiveLevel, kApcLevel);
  std::u16string text(view(SourceString));
  for (char16_t& c : text) c = kernel::downcase(c);
  return deliver(DestinationString, std::u16string_view(text), AllocateDestinationString, false,
                 "RtlDowncaseUnicodeString");
}
WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR SourceCharacter) {
  ApiScope scope("RtlUpcaseUnicodeChar", kPassiveLevel, kApcLevel);
  return kernel::upcase(SourceCharacter);
}
WCHAR NTAPI RtlDowncaseUnicodeChar(WCHAR SourceCharacter) {
  ApiScope scope("RtlDowncaseUnicodeChar", kPassiveLevel, kPassiveLevel);
  return kernel::downcase(SourceCharacter);
}
CHAR NTAPI RtlUpperChar(CHAR Character) {
  ApiScope scope("RtlUpperChar", kPassiveLevel, kApcLevel);
  return upper(Character);
}
VOID NTAPI RtlUpperString(PSTRING DestinationString, const STRING* SourceString) {
  ApiScope scope("RtlUpperString", kPassiveLevel, kApcLevel);
  const USHORT bytes = std::min(SourceString->Length, DestinationString->MaximumLength);
  for (USHORT i = 0; i < bytes; ++i) DestinationString->Buffer[i] = upper(SourceString->Buffer[i]);
  DestinationString->Length = bytes;
}

NTSTATUS NTAPI RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString, PCANSI_STRING SourceString,
                                            BOOLEAN AllocateDestinationString) {
  ApiScope scope("RtlAnsiStringToUnicodeString", kPassiveLevel, kPassiveLevel);
  std::u16string text;
  for (char c : view(SourceString)) text += from_code_page_1252(c);
  return deliver(DestinationString, std::u16string_view(text), AllocateDestinationString, true,
                 "RtlAnsiStringToUnicodeString");
}
NTSTATUS NTAPI RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString, PCUNICODE_STRING SourceString,
                                            BOOLEAN AllocateDestinationString) {
  ApiScope scope("RtlUnicodeStringToAnsiString", kPassiveLevel, kPassiveLevel);
  std::string text;
  for (char16_t c : view(SourceString)) text += to_code_page_1252(c);
  return deliver(DestinationString, std::string_view(text), AllocateDestinationString, true,
                 "RtlUnicodeStringToAnsiString");
}
ULONG NTAPI RtlxUnicodeStringToAnsiSize(PCUNICODE_STRING UnicodeString) {
  ApiScope scope("RtlxUnicodeStringToAnsiSize", kPassiveLevel, kPassiveLevel);
  return UnicodeString->Length / sizeof(WCHAR) + 1;
}
ULONG NTAPI RtlxAnsiStringToUnicodeSize(PCANSI_STRING AnsiString) {
  ApiScope scope("RtlxAnsiStringToUnicodeSize", kPassiveLevel, kPassiveLevel);
  return (AnsiString->Length + 1) * sizeof(WCHAR);
}
VOID NTAPI RtlFreeUnicodeString(PUNICODE_STRING UnicodeString) {
  ApiScope scope("RtlFreeUnicodeString", kPassiveLevel, kApcLevel);
  if (UnicodeString->Buffer) free_text(UnicodeString->Buffer, "RtlFreeUnicodeString");
  *UnicodeString = {};
}
VOID NTAPI RtlFreeAnsiString(PANSI_STRING AnsiString) {
  ApiScope scope("RtlFreeAnsiString", kPassiveLevel, kApcLevel);
  if (AnsiString->Buffer) free_text(AnsiString->Buffer, "RtlFreeAnsiString");
  *AnsiString = {};
}
NTSTATUS NTAPI RtlDuplicateUnicodeString(ULONG Flags, PCUNICODE_STRING StringIn, PUNICODE_STRING StringOut) {
  ApiScope scope("RtlDuplicateUnicodeString", kPassiveLevel, kApcLevel);
  constexpr ULONG kTerminate = 1, kAllocateNull = 2;  // RTL_DUPLICATE_UNICODE_STRING_...
  if (Flags & ~(kTerminate | kAllocateNull) || !StringIn || !StringOut) return STATUS_INVALID_PARAMETER;
  *StringOut = {};
  if (StringIn->Length == 0 && !(Flags & kAllocateNull)) return STATUS_SUCCESS;
  return deliver(StringOut, view(StringIn), true, Flags & kTerminate, "RtlDuplicateUnicodeString");
}
BOOLEAN NTAPI RtlCreateUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString) {
  ApiScope scope("RtlCreateUnicodeString", kPassiveLevel, kApcLevel);
  return NT_SUCCESS(
      deliver(DestinationString, std::u16string_view(SourceString), true, true, "RtlCreateUnicodeString"));
}

NTSTATUS NTAPI RtlUnicodeToMultiByteN(PCHAR MultiByteString, ULONG MaxBytesInMultiByteString,
                                      PULONG BytesInMultiByteString, PCWCH UnicodeString, ULONG BytesInUnicodeString) {
  ApiScope scope("RtlUnicodeToMultiByteN", kPassiveLevel, kPassiveLevel);
  const ULONG count = std::min<ULONG>(BytesInUnicodeString / sizeof(WCHAR), MaxBytesInMultiByteString);
  for (ULONG i = 0; i < count; ++i) MultiByteString[i] = to_code_page_1252(UnicodeString[i]);
  if (BytesInMultiByteString) *BytesInMultiByteString = count;
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI RtlMultiByteToUnicodeN(PWCH UnicodeString, ULONG MaxBytesInUnicodeString, PULONG BytesInUnicodeString,
                                      const CHAR* MultiByteString, ULONG BytesInMultiByteString) {
  ApiScope scope("RtlMultiByteToUnicodeN", kPassiveLevel, kPassiveLevel);
  const ULONG count = std::min<ULONG>(BytesInMultiByteString, MaxBytesInUnicodeString / sizeof(WCHAR));
  for (ULONG i = 0; i < count; ++i) UnicodeString[i] = from_code_page_1252(MultiByteString[i]);
  if (BytesInUnicodeString) *BytesInUnicodeString = count * sizeof(WCHAR);
  return STATUS_SUCCESS;
}
NTSTATUS NTAPI RtlUnicodeToUTF8N(PCHAR UTF8StringDestination, ULONG UTF8StringMaxByteCount,
                                 PULONG UTF8StringActualByteCount, PCWCH UnicodeStringSource,
                                 ULONG UnicodeStringByteCount) {
  ApiScope scope("RtlUnicodeToUTF8N", kPassiveLevel, kPassiveLevel);
  if (!UnicodeStringSource || !UTF8StringActualByteCount) return STATUS_INVALID_PARAMETER;
  const std::u16string_view source(UnicodeStringSource, UnicodeStringByteCount / sizeof(WCHAR));
  const std::string text = kernel::to_utf8(source);
  const bool replaced = text.find("\xEF\xBF\xBD") != text.npos && source.find(u'\uFFFD') == source.npos;
  if (!UTF8StringDestination) {  // how much room is needed
    *UTF8StringActualByteCount = static_cast<ULONG>(text.size());
    return STATUS_SUCCESS;
  }
  size_t count = std::min<size_t>(text.size(), UTF8StringMaxByteCount);
  while (count < text.size() && count > 0 && (text[count] & 0xC0) == 0x80) --count;  // whole characters
  std::memcpy(UTF8StringDestination, text.data(), count);
  *UTF8StringActualByteCount = static_cast<ULONG>(count);
  return count < text.size() ? STATUS_BUFFER_TOO_SMALL : replaced ? STATUS_SOME_NOT_MAPPED : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlStringFromGUID(REFGUID Guid, PUNICODE_STRING GuidString) {
  ApiScope scope("RtlStringFromGUID", kPassiveLevel, kPassiveLevel);
  std::u16string text = u"{";
  const auto hex = [&](uint64_t value, int digits) {
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) text += u"0123456789ABCDEF"[value >> shift & 0xF];
  };
  hex(Guid.Data1, 8);
  text += u'-';
  hex(Guid.Data2, 4);
  text += u'-';
  hex(Guid.Data3, 4);
  for (int i = 0; i < 8; ++i) {
    if (i == 0 || i == 2) text += u'-';
    hex(Guid.Data4[i], 2);
  }
  text += u'}';
  return deliver(GuidString, std::u16string_view(text), true, true, "RtlStringFromGUID");
}
NTSTATUS NTAPI RtlGUIDFromString(PCUNICODE_STRING GuidString, GUID* Guid) {
  ApiScope scope("RtlGUIDFromString", kPassiveLevel, kPassiveLevel);
  const auto text = view(GuidString);
  constexpr std::u16string_view kShape = u"{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}";
  if (text.size() != kShape.size()) return STATUS_INVALID_PARAMETER;
  UCHAR nibbles[32];
  size_t n = 0;
  for (size_t i = 0; i < kShape.size(); ++i) {
    const char16_t c = text[i];
    if (kShape[i] != u'x') {
      if (c != kShape[i]) return STATUS_INVALID_PARAMETER;
      continue;
    }
    if (c >= u'0' && c <= u'9') nibbles[n++] = static_cast<UCHAR>(c - u'0');
    else if ((c | 0x20) >= u'a' && (c | 0x20) <= u'f') nibbles[n++] = static_cast<UCHAR>((c | 0x20) - u'a' + 10);
    else return STATUS_INVALID_PARAMETER;
  }
  const auto number = [&](size_t from, size_t count) {
    uint64_t value = 0;
    for (size_t i = from; i < from + count; ++i) value = value << 4 | nibbles[i];
    return value;
  };
  Guid->Data1 = static_cast<ULONG>(number(0, 8));
  Guid->Data2 = static_cast<USHORT>(number(8, 4));
  Guid->Data3 = static_cast<USHORT>(number(12, 4));
  for (size_t i = 0; i < 8; ++i) Guid->Data4[i] = static_cast<UCHAR>(number(16 + 2 * i, 2));
  return STATUS_SUCCESS;
}

}  // extern "C"

namespace portside::exports {
namespace {
const Export kRtlStringRows[] = {
    EXPORT(NtosKrnl, RtlInitUnicodeString),
    EXPORT(NtosKrnl, RtlInitUnicodeStringEx),
    EXPORT(NtosKrnl, RtlInitAnsiString),
    EXPORT(NtosKrnl, RtlInitString),
    EXPORT(NtosKrnl, RtlCopyUnicodeString),
    EXPORT(NtosKrnl, RtlCopyString),
    EXPORT(NtosKrnl, RtlAppendUnicodeStringToString),
    EXPORT(NtosKrnl, RtlAppendUnicodeToString),
    EXPORT(NtosKrnl, RtlCompareUnicodeString),
    EXPORT(NtosKrnl, RtlEqualUnicodeString),
    EXPORT(NtosKrnl, RtlPrefixUnicodeString),
    EXPORT(NtosKrnl, RtlCompareString),
    EXPORT(NtosKrnl, RtlEqualString),
    EXPORT(NtosKrnl, RtlHashUnicodeString),
    EXPORT(NtosKrnl, RtlUpcaseUnicodeString),
    EXPORT(NtosKrnl, RtlDowncaseUnicodeString),
    EXPORT(NtosKrnl, RtlUpcaseUnicodeChar),
    EXPORT(NtosKrnl, RtlDowncaseUnicodeChar),
    EXPORT(NtosKrnl, RtlUpperChar),
    EXPORT(NtosKrnl, RtlUpperString),
    EXPORT(NtosKrnl, RtlAnsiStringToUnicodeString),
    EXPORT(NtosKrnl, RtlUnicodeStringToAnsiString),
    EXPORT(NtosKrnl, RtlxUnicodeStringToAnsiSize),
    EXPORT(NtosKrnl, RtlxAnsiStringToUnicodeSize),
    EXPORT(NtosKrnl, RtlFreeUnicodeString),
    EXPORT(NtosKrnl, RtlFreeAnsiString),
    EXPORT(NtosKrnl, RtlDuplicateUnicodeString),
    EXPORT(NtosKrnl, RtlCreateUnicodeString),
    EXPORT(NtosKrnl, RtlUnicodeToMultiByteN),
    EXPORT(NtosKrnl, RtlMultiByteToUnicodeN),
    EXPORT(NtosKrnl, RtlUnicodeToUTF8N),
    EXPORT(NtosKrnl, RtlStringFromGUID),
    EXPORT(NtosKrnl, RtlGUIDFromString),
};
}  // namespace
const ExportSet kRtlStringExports{kRtlStringRows};
}  // namespace portside::exports
