"""Players that bring much with them. Usage: alsa_players_test.py PORTSIDE CABLE_INF ALSA_CONF; exits with 77 where none is installed."""
import os
import shutil
import signal
import subprocess
import sys
import unittest
import wave

import alsa_programs_test as programs

PLAYERS = [p for p in ("ffmpeg", "mpv") if shutil.which(p)]


class Players(programs.Programs):
    def setUp(self):
        super().setUp()
        self.sound = programs.noise(48000 * 2, 2, 2, 9)
        with wave.open(self.path("played.wav"), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(48000)
            file.writeframes(self.sound)

    def heard_by_arecord(self, *player):
        recorded = self.path("recorded.raw")
        recorder = ["arecord", "-D", "portside:line", "-q", "-t", "raw", "-f", "S16_LE", "-c", "2", "-r", "48000", recorded]
        self.loops([(list(player), recorder, self.sound, recorded)])

    @unittest.skipUnless("ffmpeg" in PLAYERS, "ffmpeg is not installed")
    def test_ffmpeg_plays(self):
        self.heard_by_arecord("ffmpeg", "-hide_banner", "-loglevel", "warning", "-i", "played.wav", "-f", "alsa", "portside:speakers")

    @unittest.skipUnless("ffmpeg" in PLAYERS, "ffmpeg is not installed")
    def test_ffmpeg_records(self):
        recorded = self.path("recorded.raw")
        recorder = ["ffmpeg", "-hide_banner", "-loglevel", "warning", "-f", "alsa", "-sample_rate", "48000", "-channels", "2", "-i", "portside:line",
                    "-f", "s16le", "-flush_packets", "1", "-y", recorded]
        player = ["aplay", "-q", "-D", "portside:speakers", "played.wav"]
        self.loops([(player, recorder, self.sound, recorded)])

    @unittest.skipUnless("mpv" in PLAYERS, "mpv is not installed")
    def test_mpv_plays(self):
        self.heard_by_arecord("mpv", "--no-config", "--no-video", "--really-quiet", "--ao=alsa", "--audio-device=alsa/portside:speakers",
                              "--replaygain=no", "--volume=100", "--gapless-audio=no", "played.wav")


if __name__ == "__main__":
    if not PLAYERS:
        print("SKIPPED: neither ffmpeg nor mpv is installed: apt-get install ffmpeg mpv")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1], verbosity=2)
