"""What an operator is: a mistake that people make, applied at every place of a source where it can be made."""
from cpp_source import Source

OPERATORS = []  # in the order in which they are written down, which is the order of every list and table


class Edit:
    """One change: the text from `start` to `end` becomes `text`. An operator may give several that belong together."""

    def __init__(self, start, end, text):
        self.start, self.end, self.text = start, end, text


class Operator:
    def __init__(self, name, family, about, find):
        self.name, self.family, self.about, self.find = name, family, about, find


def operator(name, family, about):
    def register(find):
        assert name not in (o.name for o in OPERATORS), name
        OPERATORS.append(Operator(name, family, about, find))
        return find
    return register


class Mutant:
    """One operator at one place. `key` names it for as long as the code around it says the same; line numbers are not in it."""

    def __init__(self, driver, source, operator_, function, edits, nth):
        self.driver, self.file, self.operator, self.function, self.edits = driver, source.name, operator_, function, edits
        self.line = source.line(edits[0].start)
        self.before = squeeze(source.text[edits[0].start:edits[0].end])
        self.after = squeeze(edits[0].text)
        self.key = f"{driver}/{source.name} {function or '-'} {operator_.name} `{self.before[:80]}`" + (f" #{nth}" if nth > 1 else "")

    def apply(self, text):
        for edit in sorted(self.edits, key=lambda e: -e.start):
            # As many lines as before, so that a report names the lines of the source that people know.
            lines, new = text.count("\n", edit.start, edit.end), edit.text
            if new.count("\n") > lines and "//" not in new:
                new = squeeze(new)
            text = text[:edit.start] + new + "\n" * (lines - new.count("\n")) + text[edit.end:]
        return text


def squeeze(text):
    return " ".join(text.split())


def mutants_of(driver, name, text):
    """All mutants of a source, in the order of operators and then of places."""
    source = Source(name, text)
    found, counts = [], {}
    for op in OPERATORS:
        for function, edits in op.find(source):
            edits = edits if isinstance(edits, list) else [edits]
            mutant = Mutant(driver, source, op, function, edits, 1)
            counts[mutant.key] = counts.get(mutant.key, 0) + 1
            if counts[mutant.key] > 1:
                mutant = Mutant(driver, source, op, function, edits, counts[mutant.key])
            found.append(mutant)
    return found


# --- what operators are made of ----------------------------------------------------------------------------------------


def span(source, first, last, text):
    """The tokens from first to last become text."""
    return Edit(source.tokens[first].start, source.tokens[last].end, text)


def cut(source, first, last):
    """The tokens from first to last go, with the space before them."""
    return Edit(source.tokens[first - 1].end, source.tokens[last].end, "")


def cut_before(source, first, end):
    """The tokens from first on go, and the space before `end`, which stays."""
    return Edit(source.tokens[first].start, source.tokens[end].start, "")


def whole(source, statement, text):
    return span(source, statement.first, statement.last, text)


def drop(source, statement):
    return whole(source, statement, ";")


def code(source, statement):
    return source.of(statement.first, statement.last)


def call_statements(source, names=None):
    """(function, statement, call) of each statement that is nothing but a call."""
    for function, statement in source.statements():
        call = source.whole_call(statement)
        if call and (names is None or call.name in names):
            yield function, statement, call


def all_calls(source, names=None):
    for function in source.functions:
        for call in source.calls(function.body.first, function.body.last):
            if names is None or call.name in names:
                yield function, call


def mentions(source, statement, *texts):
    return any(t.text in texts for t in source.tokens[statement.first:statement.last + 1])


def first_return(source, statement):
    """The return statement that an if's branch is or ends with."""
    if statement is None:
        return None
    if statement.kind == "block":
        return first_return(source, statement.children[-1]) if statement.children else None
    return statement if statement.kind == "return" else None


def guards(source):
    """(function, if statement, its return): an `if` without an `else` that does nothing but leave the function, or cleans up and leaves."""
    for function, statement in source.statements():
        if statement.kind == "if" and not statement.otherwise:
            back = first_return(source, statement.then)
            if back:
                yield function, statement, back


def condition(source, statement):
    return source.of(*statement.condition)
