// UndefinedBehaviorSanitizer's handlers. Each gets a record that the compiler laid down beside the check (compiler-rt's
// ubsan_handlers.h), which begins with the place in the source, and the values at hand.

#include <fmt/format.h>

#include "sanitizer/callbacks.h"
#include "sanitizer/sanitizer.h"
#include "sanitizer/undefined_value.h"

#define CALLBACK extern "C" __attribute__((ms_abi))

namespace portside::sanitizer {
namespace {

struct SourceLocation {
  const char* file;
  uint32_t line;
  uint32_t column;
};
struct OneType {
  SourceLocation at;
  const TypeDescriptor* type;
};
struct TwoTypes {
  SourceLocation at;
  const TypeDescriptor* first;
  const TypeDescriptor* second;
};
struct TypeMismatch {
  SourceLocation at;
  const TypeDescriptor* type;
  uint8_t log_alignment;
  uint8_t kind;
};
struct AlignmentAssumption {
  SourceLocation at;
  SourceLocation assumed_at;
  const TypeDescriptor* type;
};
struct NonNullArgument {
  SourceLocation at;
  SourceLocation attribute_at;
  int index;
};
struct InvalidBuiltin {
  SourceLocation at;
  uint8_t kind;
};

void tell(const SourceLocation& at, std::string sentence, bool must_stop = false) {
  UndefinedBehaviour seen{
      .sentence = std::move(sentence), .line = at.line, .column = at.column, .must_stop = must_stop};
  if (at.file) seen.file = at.file;
  current<Sanitizer>().tell_undefined(std::move(seen));
}

void overflow(const OneType& data, uint64_t left, uint64_t right, char sign) {
  tell(data.at, fmt::format("{} integer overflow: {} {} {} cannot be represented in type {}",
                            data.type->is_signed() ? "signed" : "unsigned", value_text(*data.type, left), sign,
                            value_text(*data.type, right), data.type->name));
}

// Of TypeMismatch::kind (clang's TypeCheckKind).
const char* access_name(uint8_t kind) {
  static constexpr const char* kNames[] = {"load of",
                                           "store to",
                                           "reference binding to",
                                           "member access within",
                                           "member call on",
                                           "constructor call on",
                                           "downcast of",
                                           "downcast of",
                                           "upcast of",
                                           "cast to virtual base of",
                                           "_Nonnull binding to",
                                           "dynamic operation on"};
  return kind < std::size(kNames) ? kNames[kind] : "use of";
}

}  // namespace

CALLBACK void portside_ubsan_add_overflow(const OneType* d, uint64_t l, uint64_t r) { overflow(*d, l, r, '+'); }
CALLBACK void portside_ubsan_sub_overflow(const OneType* d, uint64_t l, uint64_t r) { overflow(*d, l, r, '-'); }
CALLBACK void portside_ubsan_mul_overflow(const OneType* d, uint64_t l, uint64_t r) { overflow(*d, l, r, '*'); }
CALLBACK void portside_ubsan_negate_overflow(const OneType* d, uint64_t value) {
  tell(d->at,
       fmt::format("negation of {} cannot be represented in type {}", value_text(*d->type, value), d->type->name));
}
CALLBACK void portside_ubsan_divrem_overflow(const OneType* d, uint64_t l, uint64_t r) {
  if (value_text(*d->type, r) == "0") return tell(d->at, "division by zero");
  tell(d->at, fmt::format("division of {} by {} cannot be represented in type {}", value_text(*d->type, l),
                          value_text(*d->type, r), d->type->name));
}
CALLBACK void portside_ubsan_shift_out_of_bounds(const TwoTypes* d, uint64_t left, uint64_t right) {
  const std::string by = value_text(*d->second, right), what = value_text(*d->first, left);
  if (is_negative(*d->second, right)) return tell(d->at, fmt::format("shift exponent {} is negative", by));
  if (by.size() > 4 || std::stoul(by) >= d->first->bits())
    return tell(d->at, fmt::format("shift exponent {} is too large for the {}-bit type {}", by, d->first->bits(),
                                   d->first->name));
  tell(d->at,
       is_negative(*d->first, left)
           ? fmt::format("left shift of the negative value {}", what)
           : fmt::format("left shift of {} by {} places cannot be represented in type {}", what, by, d->first->name));
}
CALLBACK void portside_ubsan_out_of_bounds(const TwoTypes* d, uint64_t index) {
  tell(d->at, fmt::format("index {} is out of bounds for type {}", value_text(*d->second, index), d->first->name));
}
CALLBACK void portside_ubsan_type_mismatch(const TypeMismatch* d, uint64_t pointer) {
  const uint64_t alignment = uint64_t{1} << d->log_alignment;
  if (pointer == 0)
    return tell(d->at, fmt::format("{} a null pointer of type {}", access_name(d->kind), d->type->name));
  if (pointer % alignment)
    return tell(d->at, fmt::format("{} address 0x{:X}, which is not aligned to {} bytes as type {} must be",
                                   access_name(d->kind), pointer, alignment, d->type->name));
  tell(d->at, fmt::format("{} address 0x{:X} with too little space for an object of type {}", access_name(d->kind),
                          pointer, d->type->name));
}
CALLBACK void portside_ubsan_alignment_assumption(const AlignmentAssumption* d, uint64_t pointer, uint64_t alignment,
                                                  uint64_t) {
  tell(d->at, fmt::format("address 0x{:X} was promised to be aligned to {} bytes and is not", pointer, alignment));
}
CALLBACK void portside_ubsan_vla_bound_not_positive(const OneType* d, uint64_t bound) {
  tell(d->at, fmt::format("an array of variable length has the length {}", value_text(*d->type, bound)));
}
CALLBACK void portside_ubsan_float_cast_overflow(const TwoTypes* d, uint64_t from) {
  tell(d->at, fmt::format("{} is outside the range of type {}", value_text(*d->first, from), d->second->name));
}
CALLBACK void portside_ubsan_load_invalid_value(const OneType* d, uint64_t value) {
  tell(d->at, fmt::format("load of {}, which is no value of type {}", value_text(*d->type, value), d->type->name));
}
CALLBACK void portside_ubsan_invalid_builtin(const InvalidBuiltin* d) {
  tell(d->at, "a count of leading or trailing zeros of 0, which is not defined");
}
CALLBACK void portside_ubsan_implicit_conversion(const TwoTypes* d, uint64_t from, uint64_t to) {
  tell(d->at, fmt::format("implicit conversion of {} of type {} to type {} changed the value to {}",
                          value_text(*d->first, from), d->first->name, d->second->name, value_text(*d->second, to)));
}
CALLBACK void portside_ubsan_nonnull_arg(const NonNullArgument* d) {
  tell(d->at, fmt::format("a null pointer as argument {}, which is declared never to be null", d->index));
}
CALLBACK void portside_ubsan_nonnull_return(const void*, const SourceLocation* at) {
  tell(*at, "a null pointer returned from a function that is declared never to return null");
}
CALLBACK void portside_ubsan_pointer_overflow(const OneType* d, uint64_t base, uint64_t result) {
  if (base == 0) return tell(d->at, fmt::format("an offset of {} applied to a null pointer", result));
  tell(d->at, fmt::format("pointer arithmetic from 0x{:X} overflowed to 0x{:X}", base, result));
}
CALLBACK void portside_ubsan_unreachable(const SourceLocation* at) {
  tell(*at, "a place that was declared unreachable was reached", true);
}
CALLBACK void portside_ubsan_missing_return(const SourceLocation* at) {
  tell(*at, "a function that must return a value ended without a return", true);
}

std::span<const Callback> undefined_callbacks() {
  // With and without "_abort": the driver's options say that it shall stop at a mistake; here none stops the machine
  // (docs/decisions/0007).
#define BOTH(name, function) \
  {"__ubsan_handle_" name, (void*)&function}, { "__ubsan_handle_" name "_abort", (void*)&function }
  static const Callback kAll[] = {
      BOTH("add_overflow", portside_ubsan_add_overflow),
      BOTH("sub_overflow", portside_ubsan_sub_overflow),
      BOTH("mul_overflow", portside_ubsan_mul_overflow),
      BOTH("negate_overflow", portside_ubsan_negate_overflow),
      BOTH("divrem_overflow", portside_ubsan_divrem_overflow),
      BOTH("shift_out_of_bounds", portside_ubsan_shift_out_of_bounds),
      BOTH("out_of_bounds", portside_ubsan_out_of_bounds),
      BOTH("type_mismatch_v1", portside_ubsan_type_mismatch),
      BOTH("alignment_assumption", portside_ubsan_alignment_assumption),
      BOTH("vla_bound_not_positive", portside_ubsan_vla_bound_not_positive),
      BOTH("float_cast_overflow", portside_ubsan_float_cast_overflow),
      BOTH("load_invalid_value", portside_ubsan_load_invalid_value),
      BOTH("invalid_builtin", portside_ubsan_invalid_builtin),
      BOTH("implicit_conversion", portside_ubsan_implicit_conversion),
      BOTH("nonnull_arg", portside_ubsan_nonnull_arg),
      BOTH("nullability_arg", portside_ubsan_nonnull_arg),
      BOTH("nonnull_return_v1", portside_ubsan_nonnull_return),
      BOTH("nullability_return_v1", portside_ubsan_nonnull_return),
      BOTH("pointer_overflow", portside_ubsan_pointer_overflow),
      {"__ubsan_handle_builtin_unreachable", (void*)&portside_ubsan_unreachable},
      {"__ubsan_handle_missing_return", (void*)&portside_ubsan_missing_return},
  };
#undef BOTH
  return kAll;
}

}  // namespace portside::sanitizer
