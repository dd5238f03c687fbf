"""Random manifests, command lines and checkpoints that have to do with each
other. The names come from a small alphabet, so that globs, renames and
prefixes hit; everything else is a small change of one model.
"""
import dataclasses
import random

from . import checkpoint, oracle

SEGMENTS = ("a", "b", "ab", "0", "1", "10", "é", "layer")
LEAVES = ("weight", "bias", "gamma", "w", "b", "running_mean")
ODD_NAMES = ("", ".", "a.", ".b", "a..b", "a b", "a[0]", "λ", "a\\b")
PREFIXES = ("module.", "model.", "_orig_mod.", "a.", "a")
# The root of a checkpoint is its top level as long as no dict is under these.
ROOTS = ("state_dict", "model_state_dict", "model", "module", "net", "ema",
         "params", "weights")
DTYPES = ("float32",) * 6 + (
    "float16", "bfloat16", "float64", "int64", "int32", "int8", "uint8",
    "bool", "complex64", "float8_e4m3fn", "uint16")
DTYPE_GLOBS = ("float*", "*float*", "*float16", "float??", "int*", "[fb]*",
               "[!f]*", "*16", "*int[0-9]*", "*")
FAR_GLOBS = ("zz*", "*.lora_*", "head.*", "x?", "head.*.[wg]*", "nowhere")
# No match is empty beside another one: there RE2 and CPython differ.
REGEXES = (
    (r"^gamma$", "weight"), (r"\.gamma$", ".weight"), ("gamma", "weight"),
    (r"^module\.", ""), (r"^", "model."), (r"$", ".w"), (r"^a\.", "b."),
    (r"(\w+)\.(\w+)$", r"\2.\1"), (r"^(\w+)\.(\w+)\.", r"\1\2."),
    (r"^(?:module|model)\.(.*)$", r"\1"), (r"[0-9]+", "1"),
    (r"\.(\d)\.", r"[\1]"), (r"a", r"\0\0"), (r"a|b", "a"),
    (r"b(ias)?$", r"w\1"), (r"(a)(b)?", r"\2\1"), (r"zz+", "y"),
    (r"\\", "."), (r"\.", r"\\"), (r"[^a-z.]", "é"), (r"^.*$", "w"),
    (r"(?i)WEIGHT", "bias"), (r"^(.)\.(.*)\.(.)$", r"\3.\2.\1"),
)
VERSIONS = ("1", "2", "3", "10", "2.1", "next", "1.0-β")


@dataclasses.dataclass
class Run:
    """One process: a manifest, flags, the checkpoints."""
    manifest: dict
    flags: oracle.Flags
    trees: list


class Dice(random.Random):
    """`focus` is what a run has more of than others."""

    def __init__(self, seed):
        super().__init__(seed)
        self.focus = self.choices(
            ("", "dimensions", "damage", "filters", "strangers"),
            (9, 4, 3, 3, 1))[0]

    def chance(self, probability, focus=None, more=1.0):
        """`more` is the probability in a run of that focus."""
        if focus is not None and focus == self.focus:
            probability = more
        return self.random() < probability


def random_name(rng):
    if rng.chance(0.03):
        return rng.choice(ODD_NAMES)
    steps = rng.choices(SEGMENTS, k=rng.choice((0, 1, 1, 2, 2, 3)))
    return ".".join([*steps, rng.choice(LEAVES)])


def random_shape(rng):
    if rng.focus == "dimensions":
        return rng.choices((2, 2, 3), k=rng.choice((1, 2, 2)))
    sizes = (0, 1, 2, 3, 4, 5) if rng.chance(0.1) else (1, 2, 3, 4)
    return rng.choices(sizes, k=rng.choice((0, 1, 1, 2, 2, 2, 3)))


def random_tensor(rng):
    """(dtype, shape)."""
    return rng.choice(DTYPES), random_shape(rng)


def random_glob(rng, names):
    if rng.chance(0.12):
        return rng.choice(FAR_GLOBS)
    name = rng.choice(names)
    i, j = sorted((rng.randint(0, len(name)), rng.randint(0, len(name))))
    if not name.isascii() and rng.chance(0.5):
        i = min(k for k, c in enumerate(name) if not c.isascii())
        j = max(i, j)
    c = name[i] if i < len(name) and (name[i] == "." or name[i].isalnum()) \
        else "a"
    made = {
        "start": lambda: name[:i] + "*",
        "end": lambda: "*" + name[i:],
        "both": lambda: name[:i] + "*" + name[j:],
        "within": lambda: "*" + name[i:j] + "*",
        "one": lambda: name[:i] + "?" + name[i + 1:],
        "class": lambda: name[:i] + rng.choice(
            (f"[{c}xy]", f"[!{c}]", "[a-z]", "[!0-9]", "[]" + c + "]",
             "[0-9a-]", "[α-ωé]", "[")) + name[i + 1:],
        "self": lambda: name,
        "all": lambda: "*",
    }
    kinds = ("start", "end", "both", "within", "one", "class", "self", "all")
    return made[rng.choices(kinds, (4, 4, 3, 2, 2, 3, 4, 1))[0]]() or "*"


# ----------------------------------------------------------------- manifest

def one_dtype(rng, dtype):
    kind = rng.random()
    if kind < 0.75:
        return dtype
    if kind < 0.8:
        return next((a for a, d in oracle.ALIASES.items() if d == dtype),
                    dtype)
    if kind < 0.92:
        return rng.choice(DTYPE_GLOBS)
    return rng.choice(DTYPES)


def random_dtype_spec(rng, dtype):
    if rng.chance(0.85):
        return one_dtype(rng, dtype)
    return [one_dtype(rng, rng.choice((dtype, *DTYPES[-12:])))
            for _ in range(rng.randint(1, 3))]


def random_spec(rng, dtype, shape):
    spec = {}
    if rng.chance(0.85):
        spec["dtype"] = random_dtype_spec(rng, dtype)
    if rng.chance(0.85):
        open_ = rng.chance(0.4, "dimensions")
        spec["shape"] = [
            size if not open_ or rng.chance(0.4) else rng.choice(
                (None, f"N{size}", f"N{size}", "V", "V", "W"))
            for size in shape]
    if rng.chance(0.2):
        spec = dict(reversed(spec.items()))
    return spec


def random_tied(rng, names, taken):
    free = [n for n in names if n not in taken]
    groups = []
    while len(free) > 1 and rng.chance(0.4):
        group = rng.sample(free, min(len(free), rng.choice((2, 2, 3))))
        free = [n for n in free if n not in group]
        groups.append(group)
    return groups


def random_rules(rng, names):
    rules = {}
    for kind in rng.sample(oracle.RULES, k=len(oracle.RULES)):
        often = {"damage": 0.7 if kind == "must_not_add" else 0.35,
                 "dimensions": 0.1}
        if not rng.chance(often.get(rng.focus, 0.35)):
            continue
        rules[kind] = []
        for _ in range(rng.choice((1, 1, 2, 3))):
            if kind != "rename":
                rule = {"match": random_glob(rng, names)}
                if rng.chance(0.4):
                    rule["reason"] = rng.choice(("", "added later", "é \" \\"))
            elif rng.chance(0.5):
                rule = {"strip_prefix": random_prefix(rng, names)}
            else:
                rule = dict(zip(("from", "to"), rng.choice(REGEXES)))
            rules[kind].append(rule)
    return rules


def random_prefix(rng, names):
    if rng.chance(0.6):
        return rng.choice(PREFIXES)
    name = rng.choice(names)
    return name[:rng.randint(1, len(name) + 1)] or "a."


def specs_of(rng, model, names):
    return {name: random_spec(rng, *model[name]) for name in names}


def random_version(rng, model, manifest, parent):
    """One that extends `parent`; the model learns its new names."""
    base = oracle.reference_of(manifest, parent)
    entry, left = {"extends": parent}, list(base.tensors)
    tied = {n for group in base.tied for n in group}
    globs = []
    for _ in range(rng.choice((0, 1, 1, 2))):
        glob = random_glob(rng, left)
        kept = [n for n in left if not oracle.fits(glob, n)]
        # each takes something, and none what the parent ties
        if kept and len(kept) < len(left) and tied <= set(kept):
            globs.append(glob)
            left = kept
    if globs:
        entry["remove"] = globs
    added = [rng.choice(list(model)) if rng.chance(0.4) else random_name(rng)
             for _ in range(rng.choice((0, 1, 2, 3)))]
    for name in added:
        model.setdefault(name, random_tensor(rng))
    if added:
        entry["add"] = {name: random_spec(rng, *(
            model[name] if rng.chance(0.7) else random_tensor(rng)))
            for name in added}
    groups = random_tied(rng, {**dict.fromkeys(left), **entry.get("add", {})},
                         tied)
    if groups:
        entry["tied"] = groups
    return entry


def random_manifest(rng, model):
    manifest = {"schema": "ptscope/manifest/1"}
    if rng.chance(0.2):
        manifest["name"] = "model"
    if rng.chance(0.4):
        manifest["root"] = rng.choice(("auto", ""))

    def first():
        names = rng.sample(list(model), rng.randint(1, len(model))) \
            if rng.chance(0.3) else list(model)
        entry = {"tensors": specs_of(rng, model, names)}
        if groups := random_tied(rng, names, ()):
            entry["tied"] = groups
        return entry
    if rng.chance(0.65):
        return {**manifest, **first()}
    versions = manifest["versions"] = {}
    for version in rng.sample(VERSIONS, rng.choice((1, 2, 2, 3, 4))):
        if versions and rng.chance(0.8):
            versions[version] = random_version(
                rng, model, manifest, rng.choice(list(versions)))
        else:
            versions[version] = first()
    if rng.chance(0.3):  # a parent need not come first
        keys = rng.sample(list(versions), len(versions))
        manifest["versions"] = {key: versions[key] for key in keys}
    return manifest


def with_rules(rng, manifest, names):
    """The manifest with rules in some of the places where they may stand."""
    entries = manifest.get("versions", {0: manifest}).values()
    for entry in entries:
        if rng.chance(0.7):
            if rules := random_rules(rng, names):
                entry["rules"] = rules
    return manifest


# --------------------------------------------------------------- checkpoint

def random_tree(rng, model, names, prefix):
    tensors = [[prefix + name, checkpoint.leaf(*model[name])]
               for name in names]
    changes = {
        "drop": drop, "add": add, "reshape": reshape, "retype": retype,
        "other_name": other_name, "cut": cut, "share": share,
    }
    weights = {"damage": (2, 2, 1, 1, 1, 6, 3),
               "dimensions": (1, 0, 5, 0, 0, 3, 0)}
    for kind in rng.choices(list(changes),
                            weights.get(rng.focus, (3, 3, 2, 2, 2, 2, 1)),
                            k=rng.choice((0, 0, 1, 1, 2, 3, 4))
                            + (rng.focus == "dimensions")):
        changes[kind](rng, tensors)
    if rng.chance(0.2):
        rng.shuffle(tensors)
    tree, nested = {}, rng.chance(0.3)
    for name, leaf in tensors:
        put(rng, tree, name, leaf, nested and rng.chance(0.6))
    while (rng.chance(0.1, "damage", 0.5)  # a second one of the same name
           or rng.focus == "dimensions" and rng.chance(0.3)):
        name, _ = rng.choice(tensors[:2] if rng.chance(0.3) else tensors)
        put(rng, tree, name, checkpoint.leaf(*random_tensor(rng)), True)
    return tree


def put(rng, tree, name, leaf, nested):
    """Under the whole name, or in a dict under a part of it."""
    dots = [i for i, c in enumerate(name) if c == "."]
    if nested and dots:
        dot = rng.choice(dots)
        head, tail = name[:dot], name[dot + 1:]
        inner = tree.get(head, {})
        if head not in ROOTS and isinstance(inner, dict) and tail not in inner:
            tree.setdefault(head, {})[tail] = leaf
            return
    tree.setdefault(name, leaf)


def drop(rng, tensors):
    for _ in range(rng.choice((1, 1, 2, 4))):
        if len(tensors) > 1:
            tensors.pop(rng.randrange(len(tensors)))


def add(rng, tensors):
    for _ in range(rng.choice((1, 1, 2))):
        name = rng.choice(("", "head.", "a.lora_")) + random_name(rng)
        tensors.insert(rng.randint(0, len(tensors)),
                       [name, checkpoint.leaf(*random_tensor(rng))])


def reshape(rng, tensors):
    pair = rng.choice(tensors[:2] if rng.chance(0.5) else tensors)
    shape = list(pair[1].shape)
    if shape and rng.chance(0.8):
        shape[rng.randrange(len(shape))] = rng.randint(1, 5)
    else:
        shape.insert(rng.randint(0, len(shape)), rng.randint(1, 2))
    pair[1] = checkpoint.leaf(pair[1].storage.dtype, shape)


def retype(rng, tensors):
    pair = rng.choice(tensors)
    pair[1] = checkpoint.leaf(rng.choice(DTYPES), pair[1].shape)


def other_name(rng, tensors):
    pair = rng.choice(tensors)
    head, dot, _ = pair[0].rpartition(".")
    pair[0] = head + dot + rng.choice(LEAVES)


def cut(rng, tensors):
    """The bytes are not in the file. An empty tensor needs none."""
    storage = rng.choice(tensors[:2] if rng.chance(0.3) else tensors)[1].storage
    if storage.numel:
        storage.record = rng.choice((checkpoint.SHORT, checkpoint.ABSENT))


def share(rng, tensors):
    one, other = rng.choice(tensors), rng.choice(tensors)
    other[1] = one[1]


# -------------------------------------------------------------------- flags

def random_flags(rng, names):
    flags = oracle.Flags()
    for allowance in (flags.allow_missing, flags.allow_extra):
        while rng.chance(0.25):
            allowance.append(None if rng.chance(0.3)
                             else random_glob(rng, names))
    for filter_ in (flags.match, flags.exclude):
        while rng.chance(0.1, "filters", 0.5):
            filter_.append(random_glob(rng, names))
    if rng.chance(0.1, "dimensions", 0):
        flags.strip_prefix = random_prefix(rng, names)
    elif rng.chance(0.1, "dimensions", 0):
        flags.add_prefix = random_prefix(rng, names)
    flags.ignore_dtype = rng.chance(0.12)
    flags.strict = rng.chance(0.3, "filters", 0.6)
    if rng.focus == "strangers":
        flags.allow_missing.append(None)
        flags.allow_extra.append(None)
    return flags


def references(manifest, wanted):
    if "versions" not in manifest:
        return [oracle.reference_of(manifest)]
    return [oracle.reference_of(manifest, version)
            for version in manifest["versions"]
            if wanted in ("auto", version)]


def random_run(rng, files):
    model = {random_name(rng): random_tensor(rng)
             for _ in range(rng.randint(2, 9))}
    manifest = random_manifest(rng, model)
    wanted = None
    if "versions" in manifest and not rng.chance(0.02):
        wanted = "auto" if rng.chance(0.55) else rng.choice(
            list(manifest["versions"]) * 5 + ["no such version"])
    # mostly of what it is compared with
    about = rng.choice(references(manifest, wanted) or [None])
    names = list(about.tensors) if about and rng.chance(0.8) else list(model)
    often = {"strangers": 1, "dimensions": 0}.get(rng.focus, 0.25)
    prefix = rng.choice(PREFIXES) if rng.chance(often) else ""
    trees = [random_tree(rng, model, names, prefix) for _ in range(files)]

    every = [*model, *(t.name for tree in trees
                       for t in checkpoint.listing(tree))]
    flags = random_flags(rng, every)
    flags.manifest_version = wanted
    with_rules(rng, manifest, every)
    if prefix and rng.chance(0.5, "strangers", 0.1):
        holder = rng.choice(list(manifest.get(
            "versions", {0: manifest}).values()))
        holder.setdefault("rules", {}).setdefault("rename", []).insert(
            0, {"strip_prefix": prefix})
    elif prefix and rng.chance(0.5):
        flags.strip_prefix, flags.add_prefix = prefix, None
    # Nothing left to compare with is an error, of which a few are enough; of
    # several versions each has something left.
    empty = [r for r in references(manifest, wanted)
             if not any(map(flags.keeps, r.tensors))]
    if empty and (wanted == "auto" or not rng.chance(0.1)):
        flags.match, flags.exclude = [], []
    return Run(manifest, flags, trees)
