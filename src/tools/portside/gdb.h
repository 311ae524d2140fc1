#pragma once
// --gdb: the same command line again, under gdb with tools/gdb/portside.py.

#include "portside/console.h"

namespace portside::tools {

// Replaces the process. Returns only when gdb or the script is not there.
ExitCode run_under_gdb(const Console& console, int argc, char** argv);

}  // namespace portside::tools
