#!/usr/bin/env python3
"""Portside::client as its user has it: installed into a prefix, the examples built against it with no other path, and run at a host.
In a steady stream such a program waits, and does nothing else. usage: client_package_test.py BUILD_FOLDER EXAMPLES CABLE_INF"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

BUILD, EXAMPLES, CABLE = (os.path.abspath(p) for p in sys.argv[1:4])
SPEECH = "/usr/share/sounds/alsa/Front_Center.wav"


def run(*command, expect=0, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, **options)
    if done.returncode != expect:
        raise AssertionError(f"{command} gave {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


class ClientPackage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = folder.name
        cls.prefix = os.path.join(cls.root, "prefix")
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        shutil.copytree(EXAMPLES, os.path.join(cls.root, "examples"))
        cls.build = os.path.join(cls.root, "build")
        run("cmake", "-S", os.path.join(cls.root, "examples"), "-B", cls.build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={cls.prefix}",
            "-DCMAKE_CXX_COMPILER=clang++-19")
        said = run("cmake", "--build", cls.build)
        assert "warning" not in said, said
        cls.socket = os.path.join(cls.root, "host")
        cls.log = open(os.path.join(cls.root, "log"), "w+", encoding="utf-8")
        cls.host = subprocess.Popen([os.path.join(cls.prefix, "bin/portside"), "serve", "--driver", CABLE, "--socket", cls.socket],
                                    stdout=cls.log, stderr=cls.log)
        cls.addClassCleanup(cls.end_host)
        while "serving " not in cls.said():
            if cls.host.poll() is not None:
                raise AssertionError(cls.said())
            time.sleep(0.02)

    @classmethod
    def said(cls):
        with open(cls.log.name, encoding="utf-8") as log:
            return log.read()

    @classmethod
    def end_host(cls):
        cls.host.send_signal(signal.SIGTERM)
        ended = cls.host.wait(30)
        cls.log.close()
        assert ended == 0, ended

    def example(self, name, *arguments):
        return run(os.path.join(self.build, "portside-" + name), *arguments, self.socket)

    def test_the_prefix_has_what_a_client_needs(self):
        for file in ("include/portside/client.h", "include/portside/base/status.h", "lib/libportside-client.a",
                     "lib/cmake/Portside/PortsideClientTargets.cmake", "lib/systemd/user/portside@.service"):
            self.assertTrue(os.path.exists(os.path.join(self.prefix, file)), file)

    def test_list(self):
        said = self.example("list")
        self.assertIn("speakers: Speakers (Portside Cable), plays", said)
        self.assertIn("Speakers volume: 0.0 dB 0.0 dB", said)

    def test_play(self):
        self.assertIn("played 48000 frames", self.example("play", "speakers"))

    def test_full_duplex(self):
        self.assertRegex(self.example("full-duplex", "line", "speakers", "1"), r"4\d{4} frames")

    def test_the_command_line_is_a_client(self):
        portside = os.path.join(self.prefix, "bin/portside")
        self.assertIn("line-connector", run(portside, "list", "--socket", self.socket))
        out = os.path.join(self.root, "o.wav")
        run(portside, "record", out, "--seconds", "0.5", "--buffer-ms", "400", "--socket", self.socket)
        self.assertGreater(os.path.getsize(out), 90_000)
        self.assertIn("record --socket", run(portside, "play", SPEECH, "--socket", self.socket, "--record", out, expect=2))

    def test_a_steady_stream_waits_and_does_nothing_else(self):
        # Ten seconds by hand; here as many as show it.
        self.assert_waits_alone(os.path.join(self.build, "portside-play"), "speakers", self.socket)
        self.assert_waits_alone(os.path.join(self.prefix, "bin/portside"), "play", SPEECH, "--socket", self.socket, glitches=True)

    def assert_waits_alone(self, *command, glitches=False):
        trace = os.path.join(self.root, "trace")
        # strace makes it slow: a glitch is told by exit code 1, and is not what is looked for here.
        done = subprocess.run(["strace", "-f", "-o", trace, *command], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        self.assertIn(done.returncode, (0, 1) if glitches else (0,), done.stderr)
        with open(trace, encoding="utf-8") as lines:
            calls = [match.group(1) for match in (re.match(r"\d+ +(\w+)\(", line) for line in lines) if match]
        waits = [i for i, call in enumerate(calls) if call in ("poll", "ppoll")]
        self.assertGreater(len(waits), 20)
        self.assertLessEqual(set(calls[waits[0]:waits[-1]]), {"poll", "ppoll", "read"})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
