#pragma once
// Check: one way of putting a driver to the test.

#include <string_view>

namespace portside::verify {

class Campaign;

class Check {
 public:
  virtual ~Check() = default;
  virtual std::string_view name() const = 0;     // as --checks takes it
  virtual std::string_view about() const = 0;    // one line for --help
  virtual unsigned weight() const { return 1; }  // its share of the budget
  virtual void run(Campaign& campaign) = 0;
};

}  // namespace portside::verify
