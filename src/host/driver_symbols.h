#pragma once
// DriverSymbols: report's Symbols over the loader's symbolizer.

#include "loader/image_list.h"
#include "loader/symbolizer.h"
#include "report/symbols.h"

namespace portside::host {

class DriverSymbols final : public report::Symbols {
 public:
  DriverSymbols(const loader::ImageList& images, std::shared_ptr<loader::SourceLines> lines)
      : images_(images), symbolizer_(images, std::move(lines)) {}
  std::vector<report::SourceFrame> resolve(uint64_t return_address) override;
  // Starts what it asks now: the host will not be allowed to later.
  void prepare() { symbolizer_.prepare(); }

 private:
  const loader::ImageList& images_;
  loader::Symbolizer symbolizer_;
};

}  // namespace portside::host
