#pragma once
// CoverageTally: the counters of a driver that was built with COVERAGE, added up over the runs of a campaign.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "report/campaign.h"

namespace portside::host {
class Machine;
}

namespace portside::verify {

class CoverageTally {
 public:
  // Takes in a machine's counters before it goes. A driver without counters costs a look at its sections.
  void add(host::Machine& machine);
  bool counted() const { return !profile_.empty(); }
  // A count a line, by LLVM's own tools. The error says what is missing.
  Result<std::vector<report::CoverageFile>> files() const;

 private:
  std::vector<uint8_t> profile_;  // the first run's, with the counters of all
  std::filesystem::path image_;
};

// The DA lines of a tracefile as llvm-cov and lcov write it.
std::vector<report::CoverageFile> parse_lcov(std::string_view text);

}  // namespace portside::verify
