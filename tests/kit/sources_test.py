#!/usr/bin/env python3
"""Drivers whose sources need TraceLogging, a peripheral's headers and the framework: they compile, and do what they can.

usage: sources_test.py BUILD_FOLDER [PROGRAM]
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = os.path.abspath(sys.argv[1])
PORTSIDE = os.path.abspath(sys.argv[2]) if len(sys.argv) > 2 else os.path.join(BUILD, "src/tools/portside/portside")
SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sources")


def run(*command, cwd=None, expect=0):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL, cwd=cwd)
    if expect is not None and done.returncode != expect:
        raise AssertionError(f"{command} gave {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def terminated(data):
    end = data.index(0)
    return data[:end].decode(), data[end + 1:]


def tags_of(data):
    """28 bits in a chain of up to four bytes, the highest first ("TraceLoggingEventTag")."""
    tags = 0
    for shift in (21, 14, 7, 0):
        tags |= (data[0] & 0x7F) << shift
        more, data = data[0] & 0x80, data[1:]
        if not more:
            return tags, data
    raise AssertionError("tags of five bytes")


def description_of(data):
    """An event's metadata: its name, its tags, and (name, in type, out type, tags, count) of each field."""
    assert int.from_bytes(data[:2], "little") == len(data)
    tags, data = tags_of(data[2:])
    name, data = terminated(data)
    fields = []
    while data:
        field, data = terminated(data)
        kind, data = data[0], data[1:]
        out = field_tags = count = 0
        if kind & 0x80:
            out, data = data[0], data[1:]
            if out & 0x80:
                field_tags, data = tags_of(data)
        if kind & 0x20:
            count, data = int.from_bytes(data[:2], "little"), data[2:]
        fields.append((field, kind & 0x7F, out & 0x7F, field_tags, count))
    return name, tags, fields


class Sources(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        project = os.path.join(folder.name, "wire")
        run(PORTSIDE, "new", project)
        for name in os.listdir(SOURCES):
            shutil.copy(os.path.join(SOURCES, name), project)
        run("cmake", "-B", "build", "-G", "Ninja", f"-DPortside_DIR={BUILD}", cwd=project)
        cls.built = run("cmake", "--build", "build", cwd=project)
        cls.project, cls.build = project, os.path.join(project, "build")
        for suffix in ("sys", "pdb"):
            shutil.copy(os.path.join(cls.build, f"traced.{suffix}"), os.path.join(cls.build, f"left.{suffix}"))

    def play(self, driver, expect):
        trace = os.path.join(self.build, driver + ".trace")
        said = run(PORTSIDE, "play", os.path.join(self.project, "tone.wav"), "-d", os.path.join(self.build, driver + ".sys"),
                   "--trace", trace, expect=expect)
        with open(trace, encoding="utf-8") as f:
            lines = [line for line in f if line.startswith("etw event {b3864c38-4273-58c5-545b-8b3608343471}")]
        events = {}
        for line in lines:
            data = [bytes.fromhex(h) for h in re.findall(r"\[([0-9a-f]*)\]", line)]
            name, tags, fields = description_of(data[1])
            events[name] = (line, data, tags, fields)
        return said, events

    def test_they_compile_without_a_word(self):
        self.assertNotIn("warning", self.built)

    def test_events_carry_their_description(self):
        said, events = self.play("traced", 0)
        self.assertIn("clean", said)
        self.assertEqual(list(events), ["Fields", "Others", "InC", "OthersInC", "Unload"])
        line, data, tags, fields = events["Fields"]
        for words in ("level 2 ", "opcode 1 ", "keywords 0x5 ", "activity {01234567-89ab-cdef-0001-020304050607}"):
            self.assertIn(words, line)
        # The provider: its size, its name, the trait of its group.
        group = "cff970390c2c114fb1cce3a1e9958833"
        self.assertEqual(data[0], b"\x22\x00Portside.Kit\x00\x13\x00\x01" + bytes.fromhex(group))
        self.assertEqual(tags, 0x1000000)
        self.assertEqual(fields, [
            ("buffer", 2, 0, 0, 0), ("Null", 2, 0, 0, 0), ("Wide", 1, 0, 0, 0), ("True", 4, 3, 0, 0), ("Mode", 7, 0, 2, 0),
            ("Guid", 15, 0, 0, 0), ("Status", 7, 14, 0, 0), ("Pair", 24, 2, 0, 0), ("A", 4, 0, 0, 0), ("B", 20, 0, 0, 0),
            ("Counted", 6 | 0x40, 0, 0, 0), ("Fixed", 6 | 0x20, 0, 0, 2), ("Bytes", 14, 0, 0, 0), ("Two", 22, 0, 0, 0)])
        self.assertEqual(b"".join(data[2:]),
                         b"text\0" b"\0" b"w\0\0\0" b"\x01" b"\x07\0\0\0" b"\x67\x45\x23\x01\xab\x89\xef\xcd\0\1\2\3\4\5\6\7"
                         b"\x03\x01\0\0" b"\x01" b"\xcd\xab\0\0" b"\3\0\1\0\2\0\3\0" b"\1\0\2\0" b"\2\0\1\0" b"\4\0x\0y\0")
        # What nobody listened to was not evaluated.
        self.assertEqual(events["Unload"][1][2], b"\0\0\0\0")

    def test_events_in_c_and_the_name_of_a_connection(self):
        _, events = self.play("traced", 0)
        _, data, _, fields = events["InC"]
        self.assertEqual([f[:2] for f in fields], [("text", 2), ("Path", 22)])
        self.assertEqual(data[2], b"from C\0")
        self.assertEqual(data[4].decode("utf-16-le"), "\\Device\\RESOURCE_HUB\\0123456789abcdef")
        self.assertEqual(events["OthersInC"][2], 0x1000000)

    def test_a_provider_left_registered_is_told(self):
        said, _ = self.play("left", 1)
        self.assertIn("ProviderNotUnregistered", said)
        self.assertRegex(said, r"left\.sys!TraceLoggingRegister .*TraceLoggingProvider\.h")

    def test_a_function_that_the_framework_has_not_is_named(self):
        said = run(PORTSIDE, "inspect", "-d", os.path.join(self.build, "framework.sys"), expect=None)
        self.assertIn("WdfControlDeviceInitAllocate", said)
        self.assertIn("not implemented", said)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
