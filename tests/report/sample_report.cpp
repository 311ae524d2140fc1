// Writes a report in which every field is filled, for the tests of what a browser and other programs make of it.

#include <cstdio>
#include <string>

#include "report/report_fixture.h"
#include "report/report_folder.h"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string folder = argv[1], root = argv[2], source = argv[3];
  portside::report::SourceFiles sources({root}, root);
  const auto written = portside::report::write_report_folder(folder, portside::report::full_report(source), sources);
  if (!written) std::fprintf(stderr, "%s\n", written.error().to_string().c_str());
  return written ? 0 : 1;
}
