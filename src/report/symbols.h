#pragma once
// Symbols: turns a return address into places in the driver's source. The host implements it over the loader.

#include <cstdint>
#include <string>
#include <vector>

namespace portside::report {

struct SourceFrame {
  std::string image;     // "cable.sys"
  std::string function;  // empty: unknown
  std::string file;      // empty: unknown
  uint32_t line = 0;
  uint64_t offset_in_image = 0;
  bool inlined = false;

  // An operator new or delete, a class's own among them: whose mistake with memory it is, its caller says.
  bool is_allocator() const {
    const std::string name = function.substr(0, function.find('('));
    for (const char* op : {"operator new", "operator delete"})
      if (const size_t at = name.rfind(op); at != std::string::npos && (at == 0 || name[at - 1] == ':')) return true;
    return false;
  }
};

class Symbols {
 public:
  virtual ~Symbols() = default;
  // The source frames at a return address, innermost inlined function first. Empty: the address is in no driver.
  virtual std::vector<SourceFrame> resolve(uint64_t return_address) = 0;
};

}  // namespace portside::report
