#!/usr/bin/env python3
"""Installs Portside, writes a project with `portside new`, builds it and plays through it. usage: kit_test.py BUILD_FOLDER"""
import os
import subprocess
import sys
import tempfile
import unittest

BUILD = os.path.abspath(sys.argv[1])


def run(*command, cwd=None, expect=0, env=None):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, cwd=cwd,
                          env={**os.environ, **(env or {})})
    if expect is not None and done.returncode != expect:
        raise AssertionError(f"{command} gave {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


class Kit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = folder.name
        cls.prefix = os.path.join(cls.root, "prefix")
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        cls.portside = os.path.join(cls.prefix, "bin/portside")

    def test_the_prefix_holds_what_a_package_would(self):
        for file in ("bin/portside", "include/portside/ddk/portcls.h", "lib/cmake/Portside/PortsideConfig.cmake",
                     "share/portside/gdb/portside.py", "share/man/man1/portside.1",
                     "share/bash-completion/completions/portside", "share/zsh/site-functions/_portside",
                     "share/fish/vendor_completions.d/portside.fish"):
            path = os.path.join(self.prefix, file)
            self.assertGreater(os.path.getsize(path), 200, file)
        for directory, _, names in os.walk(os.path.join(self.prefix, "lib")):
            for name in names:
                with open(os.path.join(directory, name), "rb") as f:
                    self.assertFalse(BUILD.encode() in f.read(), name)  # nothing points back to where it was built

    def test_a_new_driver_builds_plays_and_is_checked(self):
        project = os.path.join(self.root, "wire")
        said = run(self.portside, "new", project)
        self.assertIn("cmake -B build", said)
        run("cmake", "-B", "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}", cwd=project)
        built = run("cmake", "--build", "build", cwd=project)
        self.assertNotIn("warning", built)
        tested = run("ctest", "--test-dir", "build", "--output-on-failure", "-j2", cwd=project)
        self.assertIn("100% tests passed, 0 tests failed out of 4", tested)
        # The image, its symbols, the stamped INF; and what the tests left: the recording and the report.
        build = os.path.join(project, "build")
        for file in ("wire.sys", "wire.pdb", "wire.dwarf", "recorded.wav", "coverage.txt"):
            self.assertGreater(os.path.getsize(os.path.join(build, file)), 1000, file)
        with open(os.path.join(build, "wire.inf"), encoding="utf-8") as f:
            inf = f.read()
        self.assertIn("NTamd64.10.0...16299", inf)
        self.assertNotIn("$ARCH$", inf)
        seen = run(self.portside, "inspect", "-d", os.path.join(build, "wire.sys"))
        self.assertIn("2 ch", seen.replace("channels", "ch"))
        # What people begin with is right: not one deviation, and nothing advised.
        self.assertIn("verdict: clean\n", run(self.portside, "verify", "-d", os.path.join(build, "wire.sys"), "--loopback", "--checks",
                                              "rules,streams,conformance"))
        # A driver that loses samples fails the same test: the engine skips the copy of every frame.
        with open(os.path.join(project, "loopback.cpp"), "r+", encoding="utf-8") as f:
            text = f.read()
            f.seek(0)
            f.truncate()
            f.write(text.replace("if (render.running)", "if (render.running && i % 2)"))
        run("cmake", "--build", "build", "--target", "wire", cwd=project)
        self.assertIn("--identical asks for all", run("ctest", "--test-dir", "build", "-R", "^plays$", "-V", cwd=project, expect=8))

    def test_the_build_tree_serves_as_well(self):
        project = os.path.join(self.root, "tree")
        run(self.portside, "new", project, "--name", "from_tree")
        run("cmake", "-B", "build", "-G", "Ninja", f"-DPortside_DIR={BUILD}", cwd=project)

    def test_bad_names_and_places_get_a_sentence(self):
        existing = os.path.join(self.root, "existing")
        os.makedirs(existing, exist_ok=True)
        for arguments, words in ((["new", existing], "exists already"),
                                 (["new", os.path.join(self.root, "1st")], "cannot be a driver's name"),
                                 (["new", os.path.join(self.root, "a-b")], "letters, digits and _"),
                                 (["new", os.path.join(self.root, "x"), "--name", "portcls"], "it is taken"),
                                 (["new", os.path.join(self.root, "x"), "--name", "a" * 33], "1 to 32"),
                                 (["new", "/proc/x"], "cannot be written"),
                                 (["new"], "folder")):
            said = run(self.portside, *arguments, expect=2)
            self.assertIn(words, said)
        self.assertEqual(os.listdir(existing), [])
        self.assertFalse(os.path.exists(os.path.join(self.root, "x")))

    def test_the_completions_are_scripts_and_know_files(self):
        bash = os.path.join(self.prefix, "share/bash-completion/completions/portside")
        run("bash", "-n", bash)
        ask = (f'cd {self.root}; touch song.wav; source {bash}; COMP_WORDS=({{}}); COMP_CWORD=$((${{{{#COMP_WORDS[@]}}}}-1)); '
               '_portside; printf "%s " "${{COMPREPLY[@]}}"')
        self.assertIn("play", run("bash", "-c", ask.format('portside ""')))
        self.assertIn("song.wav", run("bash", "-c", ask.format('portside play so')))
        self.assertIn("song.wav", run("bash", "-c", ask.format('portside play x --driver so')))
        self.assertIn("song.wav", run("bash", "-c", ask.format('portside play -d so')))
        self.assertIn("song.wav", run("bash", "-c", ask.format('portside demo --sound so')))
        self.assertIn("fish", run("bash", "-c", ask.format('portside completion ""')))
        self.assertNotIn("song.wav", run("bash", "-c", ask.format('portside completion so')))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
