#!/usr/bin/env python3
"""Clients and hosts are killed at random, and nothing is left: no hang, no memory, descriptor, process or file; the next start works.
usage: kill_at_random.py PORTSIDE CABLE_INF [SECONDS] [SEED]"""
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

PORTSIDE, CABLE = (os.path.abspath(p) for p in sys.argv[1:3])
SECONDS = float(sys.argv[3]) if len(sys.argv) > 3 else 6
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else 1
SPEECH = "/usr/share/sounds/alsa/Front_Center.wav"
PATIENCE = 30

chance = random.Random(SEED)
folder = tempfile.TemporaryDirectory()
socket = os.path.join(folder.name, "run", "host")
os.mkdir(os.path.dirname(socket), 0o700)
log = open(os.path.join(folder.name, "log"), "a+b")
clients, counts = [], {"hosts": 0, "hosts killed": 0, "hosts ended": 0, "clients": 0, "clients killed": 0, "clients ended": 0}


def start_host():
    log.truncate(0)
    counts["hosts"] += 1
    host = subprocess.Popen([PORTSIDE, "serve", "--driver", CABLE, "--socket", socket], stdout=log, stderr=log)
    deadline = time.monotonic() + PATIENCE
    while b"serving " not in said():
        if host.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"the next host did not start: {host.poll()} {said()}")
        time.sleep(0.01)
    return host


def said():
    with open(log.name, "rb") as out:
        return out.read()


def descriptors(host):
    return len(os.listdir(f"/proc/{host.pid}/fd"))


def memory_files(host):
    with open(f"/proc/{host.pid}/maps", encoding="utf-8") as maps:
        return sum("memfd:portside-pages" in line or "memfd:portside-stream" in line for line in maps)


def settled(host, want, what, count):
    """What a killed client held is given back."""
    deadline = time.monotonic() + PATIENCE
    while count(host) != want:
        if time.monotonic() > deadline:
            sys.exit(f"{what} left: {count(host)} where {want} were before")
        time.sleep(0.02)


def start_client():
    counts["clients"] += 1
    out = os.path.join(folder.name, "out.wav")
    command = chance.choice([["play", SPEECH, "--buffer-ms", "40"], ["record", out, "--seconds", "2"], ["list"]])
    clients.append(subprocess.Popen([PORTSIDE, *command, "--socket", socket], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))


def end_client(client, kill):
    if kill and client.poll() is None:
        counts["clients killed"] += 1
        client.send_signal(signal.SIGKILL)
    try:
        code = client.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        sys.exit(f"a client hangs: {client.args}")
    # 0: done; 1: it glitched, on a busy machine; 2: its host was gone; -9: killed. A signal of its own is none of these.
    if code not in (0, 1, 2, -signal.SIGKILL):
        sys.exit(f"a client ended with {code}: {client.args}")
    counts["clients ended"] += 1


host = start_host()
fresh = descriptors(host), memory_files(host)
end = time.monotonic() + SECONDS
while time.monotonic() < end:
    for client in [c for c in clients if c.poll() is not None]:
        clients.remove(client)
        end_client(client, False)
    action = chance.random()
    if len(clients) < 6 and action < 0.6:
        start_client()
    elif clients and action < 0.9:
        client = chance.choice(clients)
        clients.remove(client)
        end_client(client, True)
    elif action > 0.95:
        hard = chance.random() < 0.7
        host.send_signal(signal.SIGKILL if hard else signal.SIGTERM)
        counts["hosts killed" if hard else "hosts ended"] += 1
        try:
            host.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            sys.exit("a host does not end")
        if not hard and host.returncode != 0:
            sys.exit(f"a host ended with {host.returncode}: {said().decode()}")
        for client in clients:
            end_client(client, False)
        clients.clear()
        host = start_host()
        fresh = descriptors(host), memory_files(host)
    time.sleep(chance.random() * 0.1)
for client in clients:
    end_client(client, True)
settled(host, fresh[0], "descriptors", descriptors)
settled(host, fresh[1], "memory files", memory_files)
host.send_signal(signal.SIGTERM)
if host.wait(PATIENCE) != 0:
    sys.exit(f"the last host ended with {host.returncode}: {said().decode()}")
left = os.listdir(os.path.dirname(socket))
if left:
    sys.exit(f"files left: {left}")
print(f"seed {SEED}, {SECONDS:.0f} s: " + ", ".join(f"{n} {what}" for what, n in counts.items()) + "; nothing is left")
