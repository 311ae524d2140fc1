#!/usr/bin/env python3
"""portside play --coverage, with a driver built with COVERAGE. usage: coverage_test.py PORTSIDE CABLE_COUNTED_SYS"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

PORTSIDE, COUNTED = (os.path.abspath(p) for p in sys.argv[1:3])
SPEECH = "/usr/share/sounds/alsa/Front_Center.wav"


class Coverage(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def run_it(self, *arguments):
        return subprocess.run([PORTSIDE, *arguments], cwd=self.folder.name, capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL)

    def covered(self, file, *arguments):
        run = self.run_it(*arguments, "-d", COUNTED, "--coverage", file)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run.stdout, os.path.join(self.folder.name, file)

    def counts(self, path):
        """{(source, line): count} of an lcov file."""
        found, source = {}, ""
        with open(path, encoding="utf-8") as f:
            for line in f:
                if line.startswith("SF:"):
                    source = os.path.basename(line[3:].strip())
                elif match := re.match(r"DA:(\d+),(\d+)", line):
                    found[source, int(match.group(1))] = int(match.group(2))
        return found

    def test_playing_runs_lines_that_looking_does_not(self):
        told, played_file = self.covered("played.lcov", "play", SPEECH)
        played = self.counts(played_file)
        looked = self.counts(self.covered("looked.lcov", "inspect")[1])
        self.assertRegex(told, r"coverage: \d+ of \d+ lines ran")
        ran = lambda counts, source: sum(1 for (s, _), n in counts.items() if s == source and n)
        self.assertGreater(ran(played, "wave_stream.cpp"), 50)
        self.assertEqual(ran(looked, "wave_stream.cpp"), 0)
        self.assertGreater(ran(looked, "adapter.cpp"), 20)
        self.assertEqual(set(played), set(looked))  # the same lines could have run

    def test_a_page_for_people_and_a_raw_profile_for_tools(self):
        with open(self.covered("played.txt", "play", SPEECH)[1], encoding="utf-8") as f:
            self.assertRegex(f.read(), r"\d+\|\s+[1-9]\S*\|.*AllocatePagesForMdl")
        raw = self.covered("played.profraw", "play", SPEECH)[1]
        shown = subprocess.run(["llvm-profdata-19", "show", "--all-functions", raw], capture_output=True, text=True)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertRegex(shown.stdout, r"Function count: [1-9]")

    def test_a_driver_without_counters_is_told(self):
        plain = COUNTED.replace("tests/sanitizers/cable_counted.sys", "drivers/cable/cable.sys")
        run = self.run_it("play", SPEECH, "-d", plain, "--coverage", "x.txt")
        self.assertEqual(run.returncode, 2)
        self.assertIn("was not built with COVERAGE", run.stderr)

    def test_a_file_that_cannot_be_written_is_told_before_anything_plays(self):
        run = self.run_it("play", SPEECH, "-d", COUNTED, "--coverage", "/nowhere/x.txt")
        self.assertEqual((run.returncode, run.stdout), (2, ""))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
