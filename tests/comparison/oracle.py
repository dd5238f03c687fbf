"""What `ptscope check` has to answer, in plain Python and nothing but the
documents' words: globs, rules, renames, versions, named dimensions, verdicts.

Slow and simple on purpose. A manifest is what json.loads gives; it is taken to
be a right one.
"""
import dataclasses
import functools
import re

# verdict: whether it fails
VERDICTS = {
    "collision": True, "forbidden": True, "no_data": True, "shape": True,
    "dtype": True, "ok": False, "tied": False, "missing_allowed": False,
    "missing": True, "extra_allowed": False, "extra": True,
}
RULES = ("may_miss", "may_add", "must_not_add", "rename")
ALIASES = {
    "short": "int16", "int": "int32", "long": "int64", "half": "float16",
    "float": "float32", "double": "float64", "chalf": "complex32",
    "cfloat": "complex64", "cdouble": "complex128",
}
NO_NAME_FITS = "no name fits"
ALL_ARE_THERE = "all that fit are there"


# -------------------------------------------------------------------- globs

def glob_items(pattern):
    """`*` as None, anything else as a function of one character."""
    at, items = 0, []
    while at < len(pattern):
        c = pattern[at]
        at += 1
        if c == "*":
            items.append(None)
        elif c == "?":
            items.append(lambda _: True)
        elif c == "[":
            negated = pattern.startswith("!", at)
            first = at + negated
            # a `]` that comes first is a member
            end = pattern.find("]", first + 1)
            if end < 0:
                items.append("[".__eq__)  # never closed: itself
                continue
            items.append(class_item(pattern[first:end], negated))
            at = end + 1
        else:
            items.append(c.__eq__)
    return items


def class_item(text, negated):
    ranges = []
    while text:
        if len(text) > 2 and text[1] == "-":
            ranges.append((text[0], text[2]))
            text = text[3:]
        else:
            ranges.append((text[0], text[0]))
            text = text[1:]
    return lambda c: any(a <= c <= b for a, b in ranges) != negated


@functools.lru_cache(100_000)
def fits(pattern, text):
    """Whether a glob is about the whole of a text."""
    ends = {0}  # where what has matched so far may end
    for item in glob_items(pattern):
        if item is None:
            ends = set(range(min(ends), len(text) + 1)) if ends else ends
        else:
            ends = {end + 1 for end in ends
                    if end < len(text) and item(text[end])}
    return len(text) in ends


def dtype_fits(expected, dtype):
    """A name, an alias, a glob, or a list of these."""
    if isinstance(expected, list):
        return any(dtype_fits(one, dtype) for one in expected)
    return fits(ALIASES.get(expected, expected), dtype)


# ---------------------------------------------------------------- reference

@dataclasses.dataclass
class Reference:
    """A manifest without versions, or one version of one."""
    tensors: dict        # name: {"dtype", "shape"}, either may be absent
    tied: list
    rules: dict          # kind: rules in order
    version: str = None


def reference_of(manifest, version=None):
    if version is None:
        return Reference(manifest["tensors"], manifest.get("tied", []),
                         manifest.get("rules", {}))
    entry = manifest["versions"][version]
    if "extends" in entry:
        parent = reference_of(manifest, entry["extends"])
        tensors = {name: spec for name, spec in parent.tensors.items()
                   if not any(fits(g, name) for g in entry.get("remove", []))}
        tensors.update(entry.get("add", {}))  # an existing one keeps its place
    else:
        parent = Reference({}, [], {})
        tensors = entry["tensors"]
    rules = entry.get("rules", {})
    return Reference(tensors, parent.tied + entry.get("tied", []),
                     {kind: parent.rules.get(kind, []) + rules.get(kind, [])
                      for kind in RULES}, version)


# -------------------------------------------------------------------- input

@dataclasses.dataclass
class Tensor:
    """One tensor of a checkpoint, in file order."""
    name: str
    dtype: str
    shape: list
    has_data: bool = True


@dataclasses.dataclass
class Flags:
    """Of the command line; None in an allowance is the bare flag."""
    allow_missing: list = dataclasses.field(default_factory=list)
    allow_extra: list = dataclasses.field(default_factory=list)
    match: list = dataclasses.field(default_factory=list)
    exclude: list = dataclasses.field(default_factory=list)
    strip_prefix: str = None
    add_prefix: str = None
    ignore_dtype: bool = False
    strict: bool = False
    manifest_version: str = None

    def words(self):
        out = []
        for field in dataclasses.fields(self):
            flag, value = "--" + field.name.replace("_", "-"), getattr(
                self, field.name)
            for one in value if isinstance(value, list) else [value]:
                if isinstance(value, list) and one is None or one is True:
                    out.append(flag)
                elif one is not None and one is not False:
                    out.append(f"{flag}={one}")
        return out

    def keeps(self, name):
        return (not self.match or any(fits(g, name) for g in self.match)
                ) and not any(fits(g, name) for g in self.exclude)


@dataclasses.dataclass
class Answer:
    """Of one FILE. None for `result`: there is none, exit 2."""
    result: str
    records: list = ()
    matched: int = 0
    of: int = 0
    counts: dict = None
    unused: list = ()
    version: str = None
    runner_up: dict = None

    @property
    def status(self):
        return {"same": 0, "differs": 1, None: 2}[self.result]

    def failures(self):
        return sum(VERDICTS[r["verdict"]] for r in self.records)


# ------------------------------------------------------------------- rename

def expanded(template, match):
    """RE2's rewrite: \\0 to \\9, and \\\\."""
    return re.sub(r"\\(.)", lambda m: "\\" if m[1] == "\\" else
                  match[int(m[1])] or "", template)


def renamed(names, rules, flags):
    """(the names after all renames, for each rule whether a name fits)."""
    used = []
    for rule in rules:
        if "strip_prefix" in rule:
            prefix = rule["strip_prefix"]
            used.append(any(n.startswith(prefix) for n in names))
            names = [n.removeprefix(prefix) for n in names]
        else:
            pattern = re.compile(rule["from"], re.ASCII)
            used.append(any(pattern.search(n) for n in names))
            names = [pattern.sub(functools.partial(expanded, rule["to"]), n)
                     for n in names]
    if flags.strip_prefix is not None:
        names = [n.removeprefix(flags.strip_prefix) for n in names]
    if flags.add_prefix is not None:
        names = [flags.add_prefix + n for n in names]
    return names, used


# ------------------------------------------------------------------ compare

def rule_text(rule):
    return rule.get("match") or rule.get("strip_prefix") or rule["from"]


def unused_rules(reference, before, rename_used, flags):
    """`before`: the names of the file as they are before --match."""
    known = {*before, *reference.tensors}
    lacking = set(reference.tensors) - set(before)
    for kind in RULES:
        for i, rule in enumerate(reference.rules.get(kind, [])):
            why = None
            if kind == "rename":
                if not rename_used[i]:
                    why = NO_NAME_FITS
            elif not any(fits(rule["match"], n) for n in known):
                why = NO_NAME_FITS
            elif kind == "may_miss" and flags.strict and not any(
                    fits(rule["match"], n) for n in lacking):
                why = ALL_ARE_THERE
            if why:
                yield {"rule": kind, "match": rule_text(rule), "why": why}


def bound_dimensions(tensors, there):
    values = {}
    for name, spec in tensors.items():
        found, shape = there.get(name, ()), spec.get("shape")
        if len(found) == 1 and shape is not None and (
                len(shape) == len(found[0].shape)):
            for dimension, size in zip(shape, found[0].shape):
                if isinstance(dimension, str):
                    values.setdefault(dimension, size)
    return values


def shape_fits(expected, shape, values):
    return len(expected) == len(shape) and all(
        want is None or have == (values[want] if isinstance(want, str)
                                 else want)
        for want, have in zip(expected, shape))


def globs(reference, kind, from_flags):
    """The manifest's rules come first; a bare flag is about all names."""
    return [rule["match"] for rule in reference.rules.get(kind, [])] + [
        "*" if glob is None else glob for glob in from_flags]


def compare(reference, file, flags):
    """The answer for one reference; `file` is a list of Tensor."""
    before, rename_used = renamed([t.name for t in file],
                                  reference.rules.get("rename", []), flags)
    there = {}  # name: the tensors that have it
    for name, tensor in zip(before, file):
        if flags.keeps(name):
            there.setdefault(name, []).append(tensor)
    tensors = {n: spec for n, spec in reference.tensors.items()
               if flags.keeps(n)}
    if not tensors:
        return Answer(None)
    values = bound_dimensions(tensors, there)
    tied_to = {n: group for group in reference.tied for n in group}
    may_miss = globs(reference, "may_miss", flags.allow_missing)
    may_add = globs(reference, "may_add", flags.allow_extra)
    must_not_add = globs(reference, "must_not_add", [])

    def first_fit(rules, name):
        return next((glob for glob in rules if fits(glob, name)), None)

    def verdict(name):
        """(verdict, the pattern that decided)."""
        found, spec = there.get(name, []), tensors.get(name)
        if len(found) > 1:
            return "collision", None
        if spec is None:
            rule = first_fit(must_not_add, name)
            if rule is not None:
                return "forbidden", rule
        if found and not found[0].has_data:
            return "no_data", None
        if spec is None:
            rule = first_fit(may_add, name)
            return "extra" if rule is None else "extra_allowed", rule
        if found:
            if "shape" in spec and not shape_fits(
                    spec["shape"], found[0].shape, values):
                return "shape", None
            if "dtype" in spec and not flags.ignore_dtype and not dtype_fits(
                    spec["dtype"], found[0].dtype):
                return "dtype", None
            return "ok", None
        if any(other in there for other in tied_to.get(name, [])):
            return "tied", None
        rule = first_fit(may_miss, name)
        return "missing" if rule is None else "missing_allowed", rule

    records, counts = [], {}
    for name in {**tensors, **there}:  # the reference's, then the file's own
        word, rule = verdict(name)
        record = {"name": name, "verdict": word}
        if rule is not None:
            record["rule"] = rule
        if name in there:
            tensor = there[name][0]
            if tensor.name != name:
                record["from"] = tensor.name
            record["actual"] = {"dtype": tensor.dtype, "shape": tensor.shape}
        records.append(record)
        counts[word] = counts.get(word, 0) + 1
    unused = list(unused_rules(reference, before, rename_used, flags))
    matched = counts.get("ok", 0)
    fails = (any(VERDICTS[word] for word in counts) or matched == 0
             or flags.strict and unused)
    return Answer("differs" if fails else "same", records, matched,
                  len(tensors), counts, unused, reference.version)


def check(manifest, file, flags):
    """The answer of `ptscope check` for one FILE."""
    wanted = flags.manifest_version
    if "versions" not in manifest:
        return compare(reference_of(manifest), file, flags)
    if wanted is None:
        return Answer(None)  # one has to be chosen
    if wanted != "auto":
        if wanted not in manifest["versions"]:
            return Answer(None)
        return compare(reference_of(manifest, wanted), file, flags)
    answers = [compare(reference_of(manifest, version), file, flags)
               for version in manifest["versions"]]
    order = sorted(range(len(answers)), key=lambda i: (
        answers[i].failures(), -answers[i].matched, -i))
    best = answers[order[0]]
    if len(order) > 1:
        second = answers[order[1]]
        best.runner_up = {"version": second.version,
                          "failures": second.failures(),
                          "matched": second.matched}
    return best
