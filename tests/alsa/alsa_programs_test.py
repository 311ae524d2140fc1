"""ALSA's applications on a served driver, in real time. Usage: alsa_programs_test.py PORTSIDE CABLE_INF ALSA_CONF

What one plays another records, sample for sample. A machine that is too busy for that says so: an application that tells of an
under- or overrun did not lose a sample in silence, and is asked again, a few times; samples that differ without a word fail. Where
that never helps it is skipped only when others took the machine's time, by its own account; else something is slow that is ours.
"""
import array
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PORTSIDE, CABLE = (os.path.abspath(p) for p in sys.argv[1:3])
os.environ["ALSA_CONFIG_PATH"] = os.path.abspath(sys.argv[3])
TRIES = 4
MUCH = 0.5  # of all processors


def noise(frames, channels, sample_bytes, seed):
    """Numbers that look like none, never zero, so that no piece of it is found twice."""
    state, out = seed, bytearray()
    while len(out) < frames * channels * sample_bytes:
        state = (state * 6364136223846793005 + 1442695040888963407) & (1 << 64) - 1
        out += (state >> 24 | 0x0101010101).to_bytes(8, "little")[:5]
    return bytes(out[:frames * channels * sample_bytes])


class MachineTime:
    """What others did with this machine's processors since it was made: 0 to 1 of all their time. A virtual machine's host counts."""

    def __init__(self, host):
        self.host = host
        self.before = self.read()

    def read(self):
        with open("/proc/stat") as file:
            user, nice, system, idle, iowait, irq, softirq, steal = map(int, file.readline().split()[1:9])
        with open(f"/proc/{self.host.pid}/stat") as file:
            ours = sum(map(int, file.read().rpartition(")")[2].split()[11:13]))
        children = os.times()  # those that have ended, and ourselves
        ours += sum(children[:4]) * os.sysconf("SC_CLK_TCK")
        busy = user + nice + system + irq + softirq + steal
        return busy + idle + iowait, busy - ours

    def taken_by_others(self):
        whole, others = (now - then for now, then in zip(self.read(), self.before))
        return others / max(whole, 1)


class Programs(unittest.TestCase):
    instances = 1

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.environ["PORTSIDE_SOCKET"] = os.path.join(self.folder, "host")
        self.host = subprocess.Popen([PORTSIDE, "serve", "--driver", CABLE, "--instances", str(self.instances)], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end_host)
        self.assertIn("serving", self.host.stdout.readline())

    def end_host(self):
        if self.host.poll() is None:
            self.host.send_signal(signal.SIGTERM)
        said = self.host.stdout.read()
        self.host.stdout.close()
        self.assertIn(self.host.wait(60), (0, -signal.SIGKILL), said)

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, *words):
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=self.folder)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def end(self, process):
        _, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, f"{process.args}: {said}")
        return said

    def wait_for_more(self, recorders, count):
        """Until each recording has grown by so many bytes."""
        def size(path):
            return os.path.getsize(path) if os.path.exists(path) else 0
        before = {recorded: size(recorded) for _, recorded in recorders}
        for process, recorded in recorders:
            while size(recorded) < before[recorded] + count and process.poll() is None:
                time.sleep(0.01)

    def endpoints(self, direction):
        listed = subprocess.run([PORTSIDE, "list"], capture_output=True, text=True).stdout
        return [line.split("\t")[0] for line in listed.splitlines() if line.split("\t")[1:2] == [direction]]

    def loops(self, pairs):
        """pairs: (player, recorder, raw played, raw recorded) with the recorder running until it is stopped. Each must hear all."""
        machine = MachineTime(self.host)
        for again in range(TRIES):
            recorders = [(self.start(*recorder), recorded) for _, recorder, _, recorded in pairs]
            self.wait_for_more(recorders, 1)
            players = [self.start(*player) for player, _, _, _ in pairs]
            said = [self.end(player) for player in players]
            # What was heard last may still be in the recorder: half a second more, and it is in the file.
            self.wait_for_more(recorders, 48000 * 8 // 2)
            for process, _ in recorders:
                process.send_signal(signal.SIGINT)
            said += [process.communicate(timeout=60)[1] for process, _ in recorders]
            missing = []
            for player, recorder, played, recorded in pairs:
                with open(recorded, "rb") as file:
                    if played not in file.read():
                        missing.append(f"{player[0]} -> {recorder[0]}")
                os.remove(recorded)
            if not missing:
                return
            troubled = any(word in text.lower() for text in said for word in ("underrun", "overrun", "xrun", "buffer under", "buffer over"))
            self.assertTrue(troubled, f"samples are missing, and nobody tells of it: {missing}: {said}")
        others = machine.taken_by_others()
        told = f"in {TRIES} tries applications told of under- or overruns each time, while others took {others:.0%} of this machine"
        self.assertGreater(others, MUCH, told)
        self.skipTest(told)


@unittest.skipUnless(shutil.which("aplay"), "alsa-utils is not installed")
class OneEndpoint(Programs):
    def test_endpoints_are_listed_one_by_one(self):
        listed = subprocess.run(["aplay", "-L"], capture_output=True, text=True).stdout
        self.assertIn("portside:speakers\n    Speakers (Portside Cable)\n", listed)
        self.assertNotIn("portside:line-connector", listed)
        listed = subprocess.run(["arecord", "-L"], capture_output=True, text=True).stdout
        self.assertIn("portside:line-connector\n    Line connector (Portside Cable)\n", listed)

    def test_speaker_test_is_heard(self):
        recorder = self.start("arecord", "-q", "-D", "portside:line", "-t", "raw", "-f", "S16_LE", "-r", "48000", "-c", "2", "heard.raw")
        # By the name that stands in the host's list, as PortAudio's programs have it.
        self.end(self.start("speaker-test", "-D", "portside-speakers", "-r", "48000", "-c", "2", "-F", "S16_LE", "-t", "sine", "-f", "440", "-l", "1",
                            "-b", "200000", "-p", "50000"))
        recorder.send_signal(signal.SIGINT)
        recorder.communicate(timeout=60)
        heard = array.array("h")
        with open(self.path("heard.raw"), "rb") as file:
            heard.frombytes(file.read())
        self.assertGreater(max(heard[0::2]), 1000)
        self.assertGreater(max(heard[1::2]), 1000)

    def test_a_host_that_is_killed_ends_its_player(self):
        with open(self.path("long.raw"), "wb") as file:
            file.write(noise(48000 * 60, 2, 2, 1))
        player = self.start("aplay", "-D", "portside:speakers", "-t", "raw", "-f", "S16_LE", "-r", "48000", "-c", "2", "long.raw")
        sight = ""
        while '"state":"run"' not in sight and player.poll() is None:
            sight = subprocess.run([PORTSIDE, "monitor", "--json"], capture_output=True, text=True).stdout
        self.host.kill()
        _, said = player.communicate(timeout=60)
        self.assertNotEqual(player.returncode, 0)
        self.assertIn("No such device", said)


@unittest.skipUnless(shutil.which("aplay"), "alsa-utils is not installed")
class ThreeAtOnce(Programs):
    instances = 3

    def test_what_one_plays_another_records_sample_for_sample(self):
        """Three applications on three endpoints at once: read/write, mmap, and one that is not ALSA's own; three formats."""
        pairs = []
        speakers, lines = self.endpoints("render"), self.endpoints("capture")
        self.assertEqual((len(speakers), len(lines)), (3, 3))
        forms = [("S16_LE", 2, 48000, 2, []), ("S32_LE", 2, 44100, 4, ["-M"]), ("S24_3LE", 6, 48000, 3, ["--period-size=1200", "--buffer-size=9600"])]
        for number, (form, channels, rate, sample_bytes, more) in enumerate(forms, 1):
            played = noise(rate * 3, channels, sample_bytes, number)
            source, recorded = self.path(f"played{number}.raw"), self.path(f"recorded{number}.raw")
            with open(source, "wb") as file:
                file.write(played)
            words = ["-q", "-t", "raw", "-f", form, "-c", str(channels), "-r", str(rate), *more]
            player = ["aplay", "-D", f"portside:{speakers[number - 1]}", *words, source]
            if form == "S16_LE" and shutil.which("sox"):
                player = ["sox", "-q", "-V2", "--buffer", "65536", "-t", "raw", "-e", "signed", "-b", "16", "-c", "2", "-r", "48000", source,
                          "-t", "alsa", f"portside:{speakers[number - 1]}"]
            pairs.append((player, ["arecord", "-D", f"portside:{lines[number - 1]}", *words, recorded], played, recorded))
        self.loops(pairs)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
