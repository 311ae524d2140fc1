#include "host/driver_symbols.h"

namespace portside::host {

std::vector<report::SourceFrame> DriverSymbols::resolve(uint64_t return_address) {
  std::vector<report::SourceFrame> frames;
  if (!images_.find(return_address)) return frames;
  for (const loader::SourceFrame& f : symbolizer_.resolve(return_address))
    frames.push_back({f.module, f.function, f.file, f.line, f.offset, f.inlined});
  return frames;
}

}  // namespace portside::host
