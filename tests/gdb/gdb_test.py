#!/usr/bin/env python3
"""gdb with tools/gdb/portside.py, in batch mode. usage: gdb_test.py PORTSIDE SOURCE_FOLDER CABLE_SYS"""
import os
import re
import subprocess
import sys
import unittest

PORTSIDE, SOURCES, CABLE = (os.path.abspath(p) for p in sys.argv[1:4])
SPEECH = "/usr/share/sounds/alsa/Front_Center.wav"


def line_of(file, text):
    """The number of the first line of a source that holds the text."""
    with open(os.path.join(SOURCES, "drivers/cable", file), encoding="utf-8") as f:
        return next(n for n, line in enumerate(f, 1) if text in line)


class Gdb(unittest.TestCase):
    def run_gdb(self, *commands):
        command = ["gdb", "-nx", "-q", "-batch", "-x", os.path.join(SOURCES, "tools/gdb/portside.py")]
        for text in commands:
            command += ["-ex", text]
        command += ["--args", PORTSIDE, "play", SPEECH, "-d", CABLE, "--quiet"]
        run = subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
        return run.stdout + run.stderr

    def test_it_stops_in_driver_entry_before_the_driver_was_known(self):
        output = self.run_gdb("break DriverEntry", "run", "info args", "backtrace 3", "continue")
        line = line_of("adapter.cpp", "return PcInitializeAdapterDriver")
        self.assertRegex(output, r"Breakpoint \d+, DriverEntry \(.*adapter\.cpp:%d" % line)
        self.assertRegex(output, r"driver = 0x[0-9a-f]+")
        self.assertRegex(output, r"exited normally")

    def test_a_local_variable_and_the_way_here_are_shown(self):
        # From the stream's method back to the port that called it: through the driver's frames, into Portside's.
        line = line_of("wave_stream.cpp", "miniport_->cable().attach_buffer(end_")
        output = self.run_gdb("break wave_stream.cpp:%d" % line, "run", "print frames", "print bytes", "backtrace", "finish")
        self.assertRegex(output, r"wave_stream\.cpp:%d" % line)
        values = [int(v) for v in re.findall(r"^\$\d+ = (\d+)$", output, re.M)]
        self.assertEqual(len(values), 2, output)
        self.assertGreater(values[0], 0)
        self.assertEqual(values[1] % values[0], 0, output)
        frames = re.findall(r"^#\d+ .*", output, re.M)
        names = " ".join(frames)
        self.assertIn("WaveStream::allocate_buffer", names)
        self.assertIn("WaveStream::AllocateBufferWithNotification", names)
        self.assertIn("portside::portcls", names)
        self.assertIn("Value returned is", output)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
