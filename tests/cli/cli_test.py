"""portside as a script meets it. Usage: cli_test.py PORTSIDE CABLE_SYS FORGETS_UNMAP_SYS PRINTS_SYS"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

PORTSIDE, CABLE, FORGETS, PRINTS = (os.path.abspath(p) for p in sys.argv[1:5])
SPEECH = "/usr/share/sounds/alsa/Front_Center.wav"


class Cli(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def run_it(self, *arguments):
        return subprocess.run([PORTSIDE, *arguments], cwd=self.folder.name, capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL)

    def path(self, name, content=None):
        path = os.path.join(self.folder.name, name)
        if content is not None:
            with open(path, "wb") as out:
                out.write(content)
        return path

    def assert_bad_input(self, result, *words):
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        for word in words:
            self.assertIn(word, result.stdout + result.stderr)

    def test_verify_until_first_makes_no_check_behind_the_one_that_finds_something(self):
        found = self.run_it("verify", "-d", FORGETS, "--until-first", "--checks", "rules,streams,life", "--json")
        self.assertEqual(found.returncode, 1, found.stderr)
        checks = json.loads(found.stdout)["checks"]
        self.assertEqual([c["check"] for c in checks], ["rules"])
        self.assertIn("the checks that come after were not made", checks[0]["note"])

    def test_good_runs_end_with_zero(self):
        for arguments in (["--help"], ["--version"], ["play", "--help"], ["imports", CABLE], ["inspect", "-d", CABLE],
                          ["play", SPEECH, "-d", CABLE, "--record", "out.wav"],
                          ["record", "out.wav", "-d", CABLE, "--seconds", "0.1", "--format", "44100/24/2"]):
            result = self.run_it(*arguments)
            self.assertEqual(result.returncode, 0, f"{arguments}: {result.stdout}{result.stderr}")
            self.assertEqual(result.stderr, "", arguments)

    def test_a_driver_that_breaks_a_rule_ends_with_one(self):
        result = self.run_it("play", SPEECH, "-d", FORGETS)
        self.assertEqual(result.returncode, 1, result.stderr)
        for word in ("FreedWhileMapped", "0xC4/0x71004", "wave_stream.cpp:"):
            self.assertIn(word, result.stdout)

    def test_bad_usage_ends_with_two(self):
        self.assert_bad_input(self.run_it())
        self.assert_bad_input(self.run_it("sing"))
        self.assert_bad_input(self.run_it("play", SPEECH), "--driver")
        self.assert_bad_input(self.run_it("record", "o.wav", "-d", CABLE, "--seconds", "-1"))
        self.assert_bad_input(self.run_it("record", "o.wav", "-d", CABLE, "--seconds", "1", "--format", "48000/17/2"), "17")

    def test_a_seed_is_a_number_of_64_bits(self):
        for seed in ("-1", "18446744073709551616", "1.5", "0x10", "one", ""):
            self.assert_bad_input(self.run_it("inspect", "-d", CABLE, "--seed", seed), "seed")
        self.assertEqual(self.run_it("inspect", "-d", CABLE, "--seed", "18446744073709551615").returncode, 0)

    def test_what_to_record_needs_a_place_to_put_it(self):
        self.assert_bad_input(self.run_it("play", SPEECH, "-d", CABLE, "--capture-endpoint", "Line"), "--record")
        self.assert_bad_input(self.run_it("play", SPEECH, "-d", CABLE, "--loopback"), "--record")
        self.assert_bad_input(self.run_it("play", SPEECH, "-d", CABLE, "--record", "o.wav", "--loopback"), "no loopback pin")

    def test_the_way_of_streaming_is_chosen_and_told(self):
        for mode in ("event", "position"):
            for command in (["play", SPEECH], ["record", "o.wav", "--seconds", "0.1"]):
                run = self.run_it(*command, "-d", CABLE, "--mode", mode, "--json")
                self.assertEqual(run.returncode, 0, run.stderr)
                out = json.loads(run.stdout)
                self.assertEqual(out["play" if command[0] == "play" else "record"]["mode"], mode)
        self.assert_bad_input(self.run_it("play", SPEECH, "-d", CABLE, "--mode", "packet"), "IMiniportWaveRTOutputStream")
        self.assert_bad_input(self.run_it("play", SPEECH, "-d", CABLE, "--mode", "packet", "--notifications", "1"), "two notifications")
        self.assert_bad_input(self.run_it("play", SPEECH, "-d", CABLE, "--mode", "event", "--notifications", "0"), "notifications")
        self.assert_bad_input(self.run_it("play", SPEECH, "-d", CABLE, "--processing-mode", "loud"), "raw")
        self.assert_bad_input(self.run_it("play", SPEECH, "-d", CABLE, "--processing-mode", "raw"), "no processing mode raw")

    def test_every_format_is_tried(self):
        run = self.run_it("try", "-d", CABLE, "--mode", "event", "--ms", "20", "--json")
        self.assertEqual(run.returncode, 0, run.stderr)
        out = json.loads(run.stdout)
        self.assertEqual(out["streams"]["flawless"], len(out["trials"]))
        self.assertEqual({t["outcome"] for t in out["trials"]}, {"ok"})
        self.assertGreater(len({str(t["format"]) for t in out["trials"]}), 50)
        self.assertEqual({out["endpoints"][0]["direction"], out["endpoints"][1]["direction"]}, {"render", "capture"})
        self.assertIn("ok", self.run_it("try", "-d", CABLE, "--mode", "event", "--ms", "20", "--endpoint", "Speaker").stdout)
        self.assert_bad_input(self.run_it("try", "-d", CABLE, "--endpoint", "Trumpet"), "Speaker")
        self.assertEqual(self.run_it("try", "-d", FORGETS, "--mode", "event", "--ms", "20", "--endpoint", "Speaker").returncode, 1)

    def test_bad_input_gets_one_sentence(self):
        text = self.path("text.sys", b"this is no driver")
        with open(CABLE, "rb") as whole:
            cut = self.path("cut.sys", whole.read()[:5000])
        for arguments in (["inspect", "-d", text], ["inspect", "-d", cut], ["inspect", "-d", "/nowhere.sys"], ["imports", text],
                          ["play", text, "-d", CABLE], ["play", "/nowhere.wav", "-d", CABLE],
                          ["play", SPEECH, "-d", CABLE, "--endpoint", "Trumpet"],
                          ["play", SPEECH, "-d", CABLE, "--record", "/nowhere/out.wav"],
                          ["inspect", "-d", CABLE, "--trace", "/nowhere/trace"]):
            result = self.run_it(*arguments)
            self.assert_bad_input(result)
            self.assertRegex(result.stderr, r"\Aportside: [^\n]{10,}\n\Z", arguments)

    def test_an_unknown_endpoint_is_told_the_known_ones(self):
        self.assertIn("Speaker", self.run_it("play", SPEECH, "-d", CABLE, "--endpoint", "Trumpet").stderr)

    def test_json_is_one_document(self):
        inspected = json.loads(self.run_it("inspect", "-d", CABLE, "--json").stdout)
        self.assertEqual({e["direction"] for e in inspected["endpoints"]}, {"render", "capture"})
        self.assertEqual(inspected["verdict"], "clean")
        played = json.loads(self.run_it("play", SPEECH, "-d", CABLE, "--record", "o.wav", "--json").stdout)
        self.assertEqual(played["samples"]["played"], played["samples"]["identical"])
        self.assertGreater(played["samples"]["played"], 10_000)
        broken = json.loads(self.run_it("play", SPEECH, "-d", FORGETS, "--json").stdout)
        self.assertEqual(broken["findings"][0]["code"], "0xC4/0x71004")
        self.assertGreater(json.loads(self.run_it("imports", CABLE, "--json").stdout)["full"], 5)

    def test_json_is_json_whatever_bytes_a_name_has(self):
        driver = os.path.join(self.folder.name.encode(), b"ca\xff\xc2\x9bble.sys")
        shutil.copy(CABLE, driver)
        for arguments in (["inspect", "-d", driver], ["try", "-d", driver], ["imports", driver]):
            result = subprocess.run([PORTSIDE, *arguments, "--json"], cwd=self.folder.name, capture_output=True, timeout=60,
                                    stdin=subprocess.DEVNULL)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("ca\ufffd", json.dumps(json.loads(result.stdout.decode()), ensure_ascii=False))

    def test_quiet_says_nothing_when_all_is_well(self):
        result = self.run_it("play", SPEECH, "-d", CABLE, "--quiet")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_what_a_driver_prints_is_shown_when_asked_for(self):
        for asked in ([], ["--debug-print"]):
            result = self.run_it("inspect", "-d", PRINTS, *asked)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            self.assertEqual(result.stderr, "driver: race 1 is on\n" if asked else "")
        self.assert_bad_input(self.run_it("record", "out.wav", "--seconds", "1", "--socket", "nowhere", "--debug-print"), "--debug-print")

    def test_a_recording_is_a_wav_of_the_asked_length(self):
        self.run_it("record", "out.wav", "-d", CABLE, "--seconds", "0.25", "--format", "48000/16/2")
        self.assertEqual(os.path.getsize(self.path("out.wav")), 44 + 12_000 * 4)

    def test_the_same_seed_writes_the_same_trace(self):
        def trace(name, seed):
            self.run_it("play", SPEECH, "-d", CABLE, "--record", "o.wav", "--seed", seed, "--trace", name)
            with open(self.path(name), "rb") as trace_file:
                return trace_file.read()
        first = trace("a", "7")
        self.assertGreater(len(first), 10_000)
        self.assertEqual(first, trace("b", "7"))
        self.assertNotEqual(first, trace("c", "8"))

    def test_devices_are_listed_and_named_in_one_way(self):
        listed = self.run_it("devices", "--json")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        devices = json.loads(listed.stdout)
        self.assertTrue(devices["qemu"] or "qemu-system-x86" in devices["qemu_missing"])
        for model in devices["models"]:
            self.assertTrue(model["device"].startswith("model:"))
        self.assertEqual(self.run_it("devices").returncode, 0)
        self.assert_bad_input(self.run_it("play", SPEECH, "-d", CABLE, "--heard", "out.wav"), "--device")
        self.assert_bad_input(self.run_it("inspect", "-d", CABLE, "--device", "hda"), "A device is written")
        self.assert_bad_input(self.run_it("inspect", "-d", CABLE, "--device", "model:no-such"), "no model no-such")
        self.assert_bad_input(self.run_it("verify", "-d", CABLE, "--bus-faults", "lost=1/2"), "--device")
        # The sample driver is for no PCI card.
        if devices["models"]:
            self.assert_bad_input(self.run_it("inspect", "-d", CABLE, "--device", devices["models"][0]["device"], "--bus-faults", "slow"),
                                  "no fault of a bus")

    def test_completion_and_manual_know_the_commands(self):
        script = self.run_it("completion", "bash").stdout
        manual = self.run_it("man").stdout
        for word in ("play", "record", "inspect", "imports"):
            self.assertIn(word, script)
            self.assertIn(word, manual)
        self.assertEqual(subprocess.run(["bash", "-n"], input=script, text=True).returncode, 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
