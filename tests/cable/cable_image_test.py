#!/usr/bin/env python3
"""The images of drivers/cable as they were built: cable_image_test.py CABLE TWIN MINGW_CABLE"""
import os
import re
import subprocess
import sys
import unittest

CABLE = TWIN = MINGW = ""


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def imports(image):
    """{dll: {names}}"""
    found = {}
    for block in run("llvm-readobj-19", "--coff-imports", image).split("Import {")[1:]:
        dll = re.search(r"Name: (\S+)", block).group(1).lower()
        found.setdefault(dll, set()).update(re.findall(r"Symbol: (\S+)", block))
    return found


def sections(image):
    return dict(re.findall(r"Name: (\S+) \(.*?Characteristics \[(.*?)\]", run("llvm-readobj-19", "--sections", image),
                           re.S))


class CableImage(unittest.TestCase):
    def test_imports_windows_and_nothing_else(self):
        for image in (CABLE, TWIN, MINGW):
            self.assertLessEqual(set(imports(image)), {"ntoskrnl.exe", "hal.dll", "portcls.sys"}, image)
            self.assertIn("PcNewPort", imports(image)["portcls.sys"])

    def test_pageable_and_discarded_code_is_where_it_belongs(self):
        found = sections(CABLE)
        self.assertIn("MEM_DISCARDABLE", found["INIT"])
        self.assertNotIn("MEM_DISCARDABLE", found["PAGE"])
        self.assertNotIn(".CRT", found, "a static initialiser that nobody would run")
        # What runs in the DPC or holds the spin lock may not be paged out.
        symbols = run("llvm-pdbutil-19", "dump", "-symbols", CABLE[:-4] + ".pdb")
        segments = list(sections(CABLE))
        placed = {name: segments[int(segment) - 1] for name, segment in re.findall(
            r"S_[GL]PROC32 \[size = \d+\] `(\S+)`.*?addr = (\d+):\d+", symbols, re.S)}
        for name in ("Cable::on_timer", "Cable::run", "Cable::offset_bytes", "WaveStream::GetPosition"):
            self.assertEqual(placed[name], ".text", name)
        for name in ("Cable::advance_locked", "Cable::transfer_locked", "copy_frames"):  # or inlined into those above
            self.assertEqual(placed.get(name, ".text"), ".text", name)
        for name in ("WaveStream::allocate_buffer", "WaveStream::SetState", "Cable::create"):
            self.assertEqual(placed[name], "PAGE", name)
        self.assertEqual(placed["DriverEntry"], "INIT")

    def test_lines_are_beside_the_image(self):
        for image in (CABLE, TWIN):
            self.assertIn(f"PDBFileName: {os.path.basename(image)[:-4]}.pdb\n",
                          run("llvm-readobj-19", "--coff-debug-directory", image))
            self.assertTrue(os.path.exists(image[:-4] + ".pdb"))
        self.assertIn(".debug_line", run("llvm-readobj-19", "--sections", MINGW))

    def test_the_twin_is_another_driver(self):
        # The fault takes a call away; the good driver has all of its own.
        with open(CABLE, "rb") as a, open(TWIN, "rb") as b:
            self.assertNotEqual(a.read(), b.read())
        self.assertEqual(imports(CABLE), imports(TWIN))


if __name__ == "__main__":
    CABLE, TWIN, MINGW = sys.argv[1:4]
    unittest.main(argv=sys.argv[:1])
