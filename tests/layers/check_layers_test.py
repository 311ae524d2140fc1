#!/usr/bin/env python3
"""That check_layers.py finds what it is there to find: a test that passes whatever the code does is none."""
import contextlib
import io
import os
import subprocess
import tempfile
import unittest

import check_layers


class CheckLayers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.write("docs/layers.txt", "# a comment: not a row\nbase:\nkernel: base\nverifier: base */*_observer.h\n")
        for layer in ("base", "kernel", "verifier"):
            self.write(f"src/{layer}/README.md", "# a layer\n")
        self.write("src/base/result.h", "#pragma once\n")
        self.write("src/kernel/kernel.h", '#include "base/result.h"\n#include <wdm.h>\n#include "kernel/irql.h"\n')
        self.write("drivers/x/x.cpp", '#include "own.h"\n')
        self.write("include/ddk/wdm.h", "")

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)

    def run_it(self):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            status = check_layers.main(self.root)
        return status, output.getvalue()

    def assert_finds(self, sentence):
        status, output = self.run_it()
        self.assertEqual(status, 1)
        self.assertIn(sentence, output)

    def test_passes_what_the_matrix_allows(self):
        self.assertEqual(self.run_it()[0], 0)

    def test_finds_an_include_upwards(self):
        self.write("src/base/result.h", '#pragma once\n#  include "kernel/kernel.h"\n')
        self.assert_finds("src/base/result.h:2: base may not include kernel/kernel.h")

    def test_allows_a_pattern_and_nothing_beside_it(self):
        self.write("src/verifier/rule.h", '#include "kernel/pool_observer.h"\n')
        self.assertEqual(self.run_it()[0], 0)
        self.write("src/verifier/rule.h", '#include "kernel/pool.h"\n')
        self.assert_finds("verifier may not include kernel/pool.h")

    def test_finds_a_folder_without_a_row(self):
        self.write("src/extra/a.h", "")
        self.assert_finds("src/extra: a folder without a row")

    def test_finds_a_relative_include(self):
        self.write("src/kernel/a.cpp", '#include "../base/result.h"\n')
        self.assert_finds("includes start at src/")

    def test_finds_a_driver_that_reaches_into_the_host(self):
        self.write("drivers/x/x.cpp", '#include "kernel/kernel.h"\n')
        self.assert_finds("drivers/x/x.cpp:1: drivers may not reach into src/")

    def test_leaves_tests_free(self):
        self.write("src/base/a_test.cpp", '#include "kernel/kernel.h"\n')
        self.assertEqual(self.run_it()[0], 0)

    def test_finds_a_path_of_a_machine(self):
        self.write("README.md", "see " + "/home/" + "somebody/portside\n")
        subprocess.run(["git", "-C", self.root, "init", "-q"], check=True)
        subprocess.run(["git", "-C", self.root, "add", "README.md"], check=True)
        self.assert_finds("README.md:1: a path of somebody's machine")


if __name__ == "__main__":
    unittest.main()
