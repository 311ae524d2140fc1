#pragma once
// Text of the object name space: GUIDs and UNICODE_STRINGs.

#include <wdm.h>

#include <optional>
#include <string>
#include <string_view>

namespace portside::io {

// A driver's string as a view; empty for null. The memory is read here, so call it before taking a lock.
std::u16string copy_of(const UNICODE_STRING* text);
// "{6994ad04-93ef-11d0-a3cc-00a0c9223196}", in lower case as Windows writes it in names.
std::u16string text_of(const GUID& guid);
std::optional<GUID> guid_of(std::u16string_view text);
// "0000001a"
std::u16string hex8(uint32_t number);
// A UNICODE_STRING over text that stays where it is.
UNICODE_STRING unicode_over(const std::u16string& text);
std::string narrow(std::u16string_view text);

}  // namespace portside::io
