"""equivalents.txt: the mutants that no observer could tell from the original, each with the reason why."""


class Equivalents:
    def __init__(self, reasons):
        self.reasons = reasons  # key of a mutant -> reason

    def reason(self, mutant):
        return self.reasons.get(mutant.key)

    def settle(self, results):
        """A name may be of a mutant with the machine code of another, which stands for both: the reason is that one's, too."""
        for result in results:
            if result.fate == "duplicate" and result.mutant.key in self.reasons:
                self.reasons.setdefault(result.note, self.reasons[result.mutant.key])

    def faults(self, results, drivers):
        """Sentences about entries that are wrong: of no mutant, or of one that was found."""
        by_key = {r.mutant.key: r for r in results}
        for key in self.reasons:
            if key.split("/")[0] not in drivers:
                continue
            result = by_key.get(key)
            if result is None:
                yield f"no mutant is named {key}"
            elif result.is_found():
                yield f"{key} is told from the original, by {result.verdict.by}"
            elif not result.counted() and result.fate != "duplicate":
                yield f"{key} is {result.fate}, and not counted anyway"


def read_equivalents(path):
    """Lines that begin with `= ` name mutants; the lines below them, up to an empty one, are the reason for all of these."""
    reasons, keys, text = {}, [], []

    def finish():
        for key in keys:
            if not text:
                raise OSError(f"{path}: no reason for {key}")
            if key in reasons:
                raise OSError(f"{path}: twice {key}")
            reasons[key] = " ".join(text)
        keys.clear()
        text.clear()

    with open(path, encoding="utf-8") as f:
        for line in f:
            line = line.rstrip("\n")
            if line.startswith("#"):
                continue
            if not line.strip():
                finish()
            elif line.startswith("= "):
                if text:
                    finish()
                keys.append(line[2:].strip())
            else:
                text.append(line.strip())
    finish()
    return Equivalents(reasons)
