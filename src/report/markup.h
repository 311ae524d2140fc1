#pragma once
// What the HTML and XML renderers write text with. A driver's strings are untrusted: every one goes through escape().

#include <string>
#include <string_view>

namespace portside::report {

// For text and for attribute values in quotes. What is no UTF-8, and what XML has no character for, becomes U+FFFD.
std::string escape(std::string_view text);

// For a name in text: a file, a function, a command. A narrow page breaks it between its words and not inside one.
std::string escape_name(std::string_view text);

// A number that a person reads: "1 234 567" with thin spaces.
std::string grouped(uint64_t number);

// "1.50 ms", "120 ns", "2.00 s".
std::string time_text(double nanoseconds);

}  // namespace portside::report
