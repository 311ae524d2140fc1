#pragma once
// exercise_load_path: everything that happens to an image's bytes before any of them is executed.

#include <cstring>
#include <span>

#include "loader/image.h"
#include "loader/image_list.h"
#include "loader/instruction.h"
#include "loader/unwinder.h"

namespace portside::loader {

// Some imports are functions, some are data, some are missing.
class FuzzResolver final : public ImportResolver {
 public:
  Result<ResolvedImport> resolve(const ImportName& import) override {
    static int datum = 0;
    const size_t length = import.to_string().size();
    if (length % 7 == 0) return fail(StatusCode::kEntrypointNotFound, import.to_string());
    if (length % 5 == 0) return ResolvedImport{&datum, true};
    return ResolvedImport{reinterpret_cast<void*>(&function)};
  }
  static void function() {}
};

// Places in the first functions, unwound from a stack of its own.
inline void unwind_everywhere(const Image& image, std::span<const PeRuntimeFunction> functions) {
  static uint64_t stack[4096];
  const StackBounds bounds{reinterpret_cast<uint64_t>(stack), reinterpret_cast<uint64_t>(stack + std::size(stack))};
  size_t done = 0;
  for (const PeRuntimeFunction& function : functions) {
    if (++done > 32) break;
    for (uint32_t rva = function.begin; rva < function.end && rva - function.begin < 512; rva += 16) {
      ContextRecord context;
      std::memset(&context, 0, sizeof context);
      for (uint64_t& value : context.gpr) value = reinterpret_cast<uint64_t>(stack + std::size(stack) / 2);
      context.rip = image.base() + rva;
      (void)unwind_frame(image, context, bounds, {WantHandler::kException, true});
      if (const uint8_t* bytes = image.bytes_at(rva, 15)) (void)Instruction::decode(bytes, 15, context.rip);
    }
  }
}

inline void exercise_load_path(std::span<const uint8_t> bytes) {
  FuzzResolver resolver;
  auto image = Image::load(bytes, "fuzzed.sys", resolver,
                           {.allow_missing_imports = true, .check_indirect_calls = (bytes.size() & 1) != 0});
  if (!image) return;
  ImageList list;
  list.add(**image);
  (void)list.find((*image)->base());
  (void)(*image)->find_export("DriverEntry");
  (void)(*image)->is_valid_call_target((*image)->entry_point());
  const auto file = PeFile::parse(bytes);
  unwind_everywhere(**image, file->functions());
  (*image)->discard_init();
  unwind_everywhere(**image, file->functions());
  list.remove(**image);
}

}  // namespace portside::loader
