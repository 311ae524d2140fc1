"""How a driver was built, read from its build folder; and the same once more with one source changed, in a folder aside."""
import hashlib
import os
import re
import shlex
import shutil
import subprocess


class BuildError(Exception):
    pass


class DriverBuild:
    """The commands that made DRIVER.sys: for each object its source and compiler call, and the linker's call."""

    def __init__(self, source_root, build_root, driver, variant=None, place=None):
        """`variant`: the name under which it is built another way, as cable_preemptible. `place`: of a driver that is none of the good
        ones in drivers/: (the folder where it is built, its sources' folder in there)."""
        self.driver, variant = driver, variant or driver
        root, own = place or ("drivers", driver)
        built_in = root if place else f"{root}/{driver}"
        self.drivers_root = os.path.join(source_root, root)
        self.own = os.path.join(self.drivers_root, own)
        self.build_root = build_root
        self.folder = os.path.join(build_root, built_in)
        image = f"{built_in}/{variant}.sys"
        listed = subprocess.run(["ninja", "-C", build_root, "-t", "commands", image], capture_output=True, text=True)
        if listed.returncode:
            raise BuildError(f"{build_root} does not know {image}: {listed.stdout}{listed.stderr}")
        self.compiles = {}  # object -> (source, arguments before -c)
        self.behind = {}    # object -> the files of ours that it is made of
        self.link = None
        for line in listed.stdout.splitlines():
            for command in self._commands(line):
                program = os.path.basename(command[0])
                if program.startswith("clang") and "-c" in command and f"/{variant}.dir/" in command[-1]:
                    self._add_compile(command)
                elif program.startswith("lld-link") and any(a.endswith(f"/{variant}.sys") and a.startswith("/out:") for a in command):
                    self.link = command
        if not self.compiles or not self.link:
            raise BuildError(f"{image} has no compiler or linker call in {build_root}")
        self.behind = {o: self.files_behind(source) for o, (source, _) in self.compiles.items()}

    @staticmethod
    def _commands(line):
        words = shlex.split(line)
        while words:
            end = words.index("&&") if "&&" in words else len(words)
            command = words[:end]
            if command and os.path.basename(command[0]) == "ccache":
                command = command[1:]
            if command:
                yield command
            words = words[end + 1:]

    def _add_compile(self, command):
        source = command[command.index("-c") + 1]
        object_ = command[command.index("-o") + 1]
        arguments, i = [], 0
        while i < len(command):
            if command[i] in ("-MF", "-MT", "-o", "-c"):
                i += 2
                continue
            if command[i] not in ("-MD", "-gdwarf-4"):  # the image carries no DWARF
                arguments.append(command[i])
            i += 1
        self.compiles[re.sub(r"\.dwarf$", "", object_)] = (source, arguments)

    def sources(self):
        """The driver's own files that are part of it: {name: text}, each source and each header that one of them includes."""
        found = {}
        for source in sorted(self.files_behind(*[s for s, _ in self.compiles.values()])):
            if os.path.dirname(source) == self.own:
                with open(source, encoding="utf-8") as f:
                    found[os.path.basename(source)] = f.read()
        return found

    def files_behind(self, *files):
        """These files, and those of ours that they include, and so on."""
        seen, waiting = set(), list(files)
        while waiting:
            path = waiting.pop()
            if path in seen or not path.startswith(self.drivers_root + os.sep):
                continue
            seen.add(path)
            with open(path, encoding="utf-8") as f:
                names = re.findall(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', f.read(), re.M)
            for name in names:
                for folder in [os.path.dirname(path)] + self._include_folders():
                    candidate = os.path.normpath(os.path.join(folder, name))
                    if os.path.exists(candidate):
                        waiting.append(candidate)
                        break
        return seen

    def _include_folders(self):
        folders = set()
        for _, arguments in self.compiles.values():
            for at, argument in enumerate(arguments):
                if argument.startswith("-I"):
                    folders.add(os.path.normpath(argument[2:] or arguments[at + 1]))
        return sorted(f for f in folders if f.startswith(self.drivers_root))

    def objects_of(self, name):
        """The objects that are made again when that file of the driver changes."""
        path = os.path.join(self.own, name)
        return [o for o, files in self.behind.items() if path in files]

    def fingerprint(self):
        """Of all sources and commands: what a cached result depends on."""
        digest = hashlib.sha256()
        for path in sorted(self.files_behind(*[s for s, _ in self.compiles.values()])):
            with open(path, "rb") as f:
                digest.update(path.encode() + b"\0" + f.read())
        digest.update(repr(sorted(self.compiles.items())).encode() + repr(self.link).encode())
        return digest.hexdigest()


# What a driver's INF leaves switched off, switched on: of code that never runs no mistake could be seen.
SWITCHED_ON = {"studio": [("HKR,,RecordToFile,0x00010001,0", "HKR,,RecordToFile,0x00010001,1")]}


def install_inf(inf, driver, folder):
    with open(inf, encoding="utf-8") as f:
        text = f.read()
    for off, on in SWITCHED_ON.get(driver, []):
        if off not in text:
            raise ValueError(f"{inf}: there is no line {off}")
        text = text.replace(off, on)
    with open(os.path.join(folder, os.path.basename(inf)), "w", encoding="utf-8") as f:
        f.write(text)


class Workshop:
    """A folder with a copy of the drivers' sources, where one mutant at a time is compiled and linked."""

    def __init__(self, build, folder, symbols=False, processor=None):
        """`symbols`: with a PDB, for a person to look at. A campaign is faster without, and the machine code is the same.
        `processor`: the one that its mutants are verified on."""
        self.build, self.folder, self.symbols, self.processor = build, folder, symbols, processor
        self.drivers = os.path.join(folder, "drivers")
        self.out = os.path.join(folder, "out")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(build.drivers_root, self.drivers)
        os.makedirs(self.out)
        self.image = os.path.join(self.out, f"{build.driver}.sys")
        inf = os.path.join(build.folder, f"{build.driver}.inf")
        if os.path.exists(inf):
            install_inf(inf, build.driver, self.out)

    def _here(self, text):
        return text.replace(self.build.drivers_root + os.sep, self.drivers + os.sep)

    def make(self, name, text, build=None):
        """Compiles and links with that file's text changed. Returns (the code's hash, "") or (None, the compiler's first error).
        `build`: another variant of the same driver."""
        build = build or self.build
        path = self._here(os.path.join(self.build.own, name))
        with open(path, encoding="utf-8") as f:
            good = f.read()
        objects = {}
        try:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            for at, object_ in enumerate(build.objects_of(name)):
                source, arguments = build.compiles[object_]
                objects[object_] = os.path.join(self.folder, f"{at}.obj")
                command = [self._here(a) for a in arguments if self.symbols or a not in ("-g", "-gcodeview")]
                command += [f"-ffile-prefix-map={self.drivers}={self.build.drivers_root}", "-c", self._here(source), "-o", objects[object_]]
                done = subprocess.run(command, cwd=self.build.folder, capture_output=True, text=True)
                if done.returncode:
                    errors = [line for line in done.stderr.splitlines() if "error" in line] or [done.stderr.strip()[:200] or "the compiler died"]
                    return None, errors[0].replace(self.folder, "")
            return self._link(build, objects)
        finally:
            with open(path, "w", encoding="utf-8") as f:
                f.write(good)

    def make_original(self):
        return self.make(*next(iter(self.build.sources().items())))

    def _link(self, build, objects):
        command = []
        for argument in build.link:
            if argument.startswith("/out:"):
                argument = f"/out:{self.image}"
            elif argument.startswith("/pdb:"):
                argument = f"/pdb:{self.image[:-4]}.pdb"
            command.append(objects.get(argument, argument))
        if not self.symbols:
            command = [a for a in command if not a.startswith(("/debug", "/pdb"))]
        done = subprocess.run(command, cwd=self.build.folder, capture_output=True, text=True)
        if done.returncode:
            return None, (done.stdout + done.stderr).strip().replace(self.folder, "")[:300]
        # Two mutants with the same bytes are one mutant, and one with the original's is none.
        with open(self.image, "rb") as f:
            return hashlib.sha256(f.read()).hexdigest(), ""
