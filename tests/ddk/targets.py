#!/usr/bin/python3
"""The host reads include/ddk as a driver does: the same sizes, offsets, values, GUIDs and vtables on both targets.

Static facts alone: what a driver built for the MSVC target writes, the host must read in the same place.
"""
import sys
import tempfile

import oracle

FLOORS = {"type": 1200, "member": 3000, "enumerator": 850, "macro": 1650, "guid": 430, "method": 360, "function": 550}


def main():
    o = oracle.arguments()
    with tempfile.TemporaryDirectory(prefix="targets") as work:
        host = oracle.Side("host", oracle.common_options(o.clang) + ["-std=c++23", "-isystem", o.ddk], "our_side.h", work)
        compared, differences = oracle.compare(oracle.msvc_side(o, work), host)
    return oracle.report(compared, differences, FLOORS, None, o.verbose, "host")


if __name__ == "__main__":
    sys.exit(main())
