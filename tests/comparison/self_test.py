"""Cases made by hand from the documents, for the oracle itself: every two
verdicts that can both hold of one name, and each rule of the comparison.
"""
from .oracle import (
    ALL_ARE_THERE, NO_NAME_FITS, Flags, Tensor, check, dtype_fits, fits,
    renamed)

X = {"x": {"dtype": "float32", "shape": [2, 3]}}


def t(name, shape=(2, 3), dtype="float32", has_data=True):
    return Tensor(name, dtype, list(shape), has_data)


def gone(name, **more):
    return t(name, has_data=False, **more)


def manifest(tensors, tied=(), **rules):
    return {"tensors": tensors, "tied": [list(group) for group in tied],
            "rules": {kind: [{"match": one} if isinstance(one, str) else one
                             for one in listed]
                      for kind, listed in rules.items()}}


def verdicts(answer):
    """`name verdict`, then ` by rule` and ` from name` where there is one."""
    return [" ".join([r["name"], r["verdict"],
                      *(["by", r["rule"]] if "rule" in r else []),
                      *(["from", r["from"]] if "from" in r else [])])
            for r in answer.records]


# The verdict that wins, the one that holds too; `ok` is there so that not
# everything fails for M = 0.
OK, HAVE_OK = {"ok": {}}, t("ok", (1,))
STRIP = {"strip_prefix": "p."}
PAIRS = (
    ("collision", "forbidden", manifest(OK, must_not_add=["x"]),
     [t("x"), t("x")], Flags()),
    ("collision", "no_data", manifest(OK | X), [gone("x"), gone("x")],
     Flags()),
    ("collision", "shape", manifest(OK | X), [t("x", (1,)), t("x", (1,))],
     Flags()),
    ("collision", "dtype", manifest(OK | X),
     [t("x", dtype="int8"), t("x", dtype="int8")], Flags()),
    ("collision", "ok", manifest(OK | X, rename=[STRIP]),
     [t("x"), t("p.x")], Flags()),
    ("collision", "extra_allowed", manifest(OK, may_add=["*"]),
     [t("x"), t("x")], Flags()),
    ("collision", "extra", manifest(OK), [t("x"), t("x")], Flags()),
    ("forbidden", "no_data", manifest(OK, must_not_add=["x"]), [gone("x")],
     Flags()),
    ("forbidden", "extra_allowed",
     manifest(OK, must_not_add=["x"], may_add=["x"]), [t("x")],
     Flags(allow_extra=[None])),
    ("forbidden", "extra", manifest(OK, must_not_add=["*"]), [t("x")],
     Flags()),
    ("no_data", "shape", manifest(OK | X), [gone("x", shape=(1,))], Flags()),
    ("no_data", "dtype", manifest(OK | X), [gone("x", dtype="int8")],
     Flags()),
    ("no_data", "ok", manifest(OK | X, may_miss=["x"]), [gone("x")],
     Flags(allow_missing=[None], ignore_dtype=True)),
    ("no_data", "extra_allowed", manifest(OK, may_add=["x"]), [gone("x")],
     Flags(allow_extra=[None])),
    ("no_data", "extra", manifest(OK), [gone("x")], Flags()),
    ("shape", "dtype", manifest(OK | X), [t("x", (3, 2), "int8")], Flags()),
    ("shape", "dtype", manifest(OK | X), [t("x", (3, 2), "int8")],
     Flags(ignore_dtype=True)),
    ("dtype", "extra_allowed", manifest(OK | X, may_add=["x"]),
     [t("x", dtype="int8")], Flags(allow_extra=[None])),
    ("ok", "dtype", manifest(OK | X), [t("x", dtype="int8")],
     Flags(ignore_dtype=True)),
    ("ok", "forbidden", manifest(OK | X, must_not_add=["*"]), [t("x")],
     Flags()),
    ("ok", "missing_allowed", manifest(OK | X, may_miss=["*"]), [t("x")],
     Flags()),
    ("tied", "missing_allowed",
     manifest(OK | X, tied=[("x", "ok")], may_miss=["x"]), [],
     Flags(allow_missing=[None])),
    ("tied", "missing", manifest(OK | X, tied=[("x", "ok")]), [], Flags()),
    ("missing_allowed", "missing", manifest(OK | X, may_miss=["?"]), [],
     Flags()),
    ("missing_allowed", "missing", manifest(OK | X), [],
     Flags(allow_missing=["x"])),
    ("missing", "forbidden", manifest(OK | X, must_not_add=["x"]), [],
     Flags(allow_extra=[None])),
    ("extra_allowed", "extra", manifest(OK, may_add=["[w-y]"]), [t("x")],
     Flags()),
    ("extra_allowed", "extra", manifest(OK), [t("x")],
     Flags(allow_extra=["x"])),
    ("extra", "missing_allowed", manifest(OK, may_miss=["x"]), [t("x")],
     Flags(allow_missing=[None])),
)
FAILING = {"collision", "forbidden", "no_data", "shape", "dtype", "missing",
           "extra"}


def pairs():
    for winner, other, reference, file, flags in PAIRS:
        answer = check(reference, [HAVE_OK, *file], flags)
        found = {r["name"]: r["verdict"] for r in answer.records}
        assert found == {"ok": "ok", "x": winner}, (winner, other, answer)
        assert answer.result == ("differs" if winner in FAILING else "same"), (
            winner, other, answer)
        assert answer.matched == 1 + (winner == "ok"), (winner, other, answer)
        assert answer.of == len(reference["tensors"]), (winner, other, answer)


# ---------------------------------------------------------- rule by rule

def the_order_and_the_rule():
    answer = check(
        manifest({"b": {}, "a": {}, "m": {}},
                 may_miss=["m", "*"], may_add=["e"], must_not_add=["f*"]),
        [t("e2"), t("f"), t("a"), t("e"), t("b")],
        Flags(allow_extra=["nothing", None, "e2"], allow_missing=["m"]))
    assert verdicts(answer) == [
        "b ok", "a ok", "m missing_allowed by m", "e2 extra_allowed by *",
        "f forbidden by f*", "e extra_allowed by e"], answer
    assert answer.counts == {"ok": 2, "missing_allowed": 1, "forbidden": 1,
                             "extra_allowed": 2}
    assert (answer.matched, answer.of, answer.status) == (2, 3, 1)


def nothing_in_common():
    answer = check(manifest(X), [t("y")],
                   Flags(allow_missing=[None], allow_extra=[None]))
    assert answer.result == "differs" and not answer.failures(), answer
    assert check(manifest(X), [t("x")], Flags(match=["y"])).status == 2


def names_are_narrowed_down_on_both_sides():
    answer = check(manifest({"a": {}, "b": {}, "c": {}}, rename=[STRIP]),
                   [t("p.a"), t("d"), t("p.d.x")],
                   Flags(match=["[ab]", "d*"], exclude=["d"]))
    assert verdicts(answer) == [
        "a ok from p.a", "b missing", "d.x extra from p.d.x"], answer
    assert answer.of == 2


def what_is_narrowed_away_is_not_there():
    reference = manifest({"a": {}, "b": {}, "c": {}}, tied=[("a", "b")])
    assert verdicts(check(reference, [t("a"), t("c")], Flags())) == [
        "a ok", "b tied", "c ok"]
    assert verdicts(check(reference, [t("a"), t("c")],
                          Flags(exclude=["a"]))) == ["b missing", "c ok"]


def a_tied_name_need_not_be_ok():
    reference = manifest({"a": {"shape": [1]}, "b": {}, "c": {}},
                         tied=[("a", "b")])
    assert verdicts(check(reference, [t("a"), t("c")], Flags())) == [
        "a shape", "b tied", "c ok"]
    assert verdicts(check(reference, [t("a"), t("a"), t("c")], Flags())) == [
        "a collision", "b tied", "c ok"]
    assert verdicts(check(reference, [gone("a"), t("c")], Flags())) == [
        "a no_data", "b tied", "c ok"]


def dtypes():
    assert dtype_fits("half", "float16") and dtype_fits("float", "float32")
    assert not dtype_fits("float", "float16")
    assert dtype_fits("float*", "float8_e5m2")
    assert not dtype_fits("float*", "bfloat16")
    assert dtype_fits(["int8", "*float16"], "bfloat16")
    assert not dtype_fits(["int8", "*float16"], "float32")


def dimensions():
    def shapes(reference, *file):
        return verdicts(check(manifest(reference), list(file), Flags()))
    three = {name: {"shape": ["V"]} for name in "abc"}
    assert shapes(three, t("c", [2]), t("b", [2]), t("a", [3])) == [
        "a ok", "b shape", "c shape"]
    # the first whose rank fits binds, also where another dimension differs
    one = {"a": {"shape": ["V"]}, "b": {"shape": [7, "V"]},
           "c": {"shape": ["V", None]}}
    assert shapes(one, t("a", [5, 5]), t("b", [8, 4]), t("c", [4, 9])) == [
        "a shape", "b shape", "c ok"]
    # or its bytes are missing; neither what is not there nor a collision
    assert shapes(three, gone("a", shape=[5]), t("b", [5]), t("c", [4])) == [
        "a no_data", "b ok", "c shape"]
    assert shapes(three, t("a", [5]), t("a", [5]), t("b", [4]),
                  t("c", [4])) == ["a collision", "b ok", "c ok"]
    assert shapes(three, t("b", [4]), t("c", [4])) == [
        "a missing", "b ok", "c ok"]
    twice = {"a": {"shape": ["V", "V", "W"]}, "b": {"shape": ["W"]}}
    assert shapes(twice, t("a", [2, 3, 4]), t("b", [4])) == ["a shape", "b ok"]
    # what is left out binds nothing
    assert verdicts(check(manifest(three), [t("a", [1]), t("b", [2])],
                          Flags(match=["b"]))) == ["b ok"]


def renames():
    def to(names, rules, flags=Flags()):
        return renamed(names, rules, flags)
    assert to(["p.p.x", "x", "p.", "p"], [STRIP]) == (
        ["p.x", "x", "", "p"], [True])
    assert to(["a.a"], [{"from": "a", "to": "\\0b"}]) == (
        ["ab.ab"], [True])
    assert to(["l.0.w"], [{"from": r"^(.)\.(\d)", "to": r"\2\\\1"}]) == (
        ["0\\l.w"], [True])
    # in order, each against what the one before it has left
    assert to(["p.gamma"], [STRIP, {"from": "^gamma$", "to": "weight"},
                            {"strip_prefix": "gam"}]) == (
        ["weight"], [True, True, False])
    assert to(["p.x"], [STRIP], Flags(strip_prefix="x", add_prefix="y")) == (
        ["y"], [True])
    answer = check(manifest({"x": {}}, rename=[STRIP]), [t("x"), t("p.x")],
                   Flags())
    assert verdicts(answer) == ["x collision"]
    answer = check(manifest({"x": {}}, rename=[STRIP]), [t("p.x"), t("x")],
                   Flags())
    assert verdicts(answer) == ["x collision from p.x"]


def unused_rules():
    reference = manifest(
        {"a": {}, "b": {}, "c": {}}, may_miss=["a", "b", "?", "[ax]", "z"],
        may_add=["z*", "a"], must_not_add=["lora"],
        rename=[{"strip_prefix": "q."}, {"from": "q+", "to": ""}, STRIP])
    file = [t("p.a"), t("c"), t("x")]
    always = [("may_miss", "z"), ("may_add", "z*"), ("must_not_add", "lora"),
              ("rename", "q."), ("rename", "q+")]
    answer = check(reference, file, Flags(allow_extra=[None]))
    assert [(u["rule"], u["match"]) for u in answer.unused] == always
    assert {u["why"] for u in answer.unused} == {NO_NAME_FITS}
    assert answer.result == "same", answer
    answer = check(reference, file, Flags(
        allow_extra=[None], strict=True, exclude=["b"]))
    assert [(u["match"], u["why"]) for u in answer.unused[:3]] == [
        ("a", ALL_ARE_THERE), ("[ax]", ALL_ARE_THERE), ("z", NO_NAME_FITS)]
    assert answer.result == "differs" and not answer.failures()
    assert len(answer.unused) == len(always) + 2


VERSIONED = {"versions": {
    "1": {"tensors": {"a": {}, "old.x": {}, "b": {}}, "tied": [["a", "b"]],
          "rules": {"may_add": [{"match": "one"}]}},
    "3": {"extends": "2", "remove": ["old.*"], "add": {"old.y": {}},
          "rules": {"may_add": [{"match": "three"}]}},
    "2": {"extends": "1", "remove": ["*.x"],
          "add": {"c": {}, "a": {"shape": [1]}, "old.z": {}, "old.x": {}}},
}}


def versions():
    def names(version):
        file = [t("a", [1]), t("one"), t("three")]
        return verdicts(check(VERSIONED, file,
                              Flags(manifest_version=version)))
    assert names("1") == ["a ok", "old.x missing", "b tied",
                          "one extra_allowed by one", "three extra"]
    assert names("2") == [
        "a ok", "b tied", "c missing", "old.z missing", "old.x missing",
        "one extra_allowed by one", "three extra"]
    assert names("3") == [
        "a ok", "b tied", "c missing", "old.y missing",
        "one extra_allowed by one", "three extra_allowed by three"]
    assert check(VERSIONED, [t("a")], Flags()).status == 2
    assert check(VERSIONED, [t("a")], Flags(manifest_version="4")).status == 2


def the_version_that_fits_best():
    def taken(*file):
        answer = check(VERSIONED, [t(n, [1]) for n in file],
                       Flags(manifest_version="auto"))
        return answer.version, answer.runner_up
    # fewest failures
    assert taken("a", "b", "c", "old.y") == (
        "3", {"version": "2", "failures": 3, "matched": 3})
    # as many, then most ok
    two = {"versions": {"u": {"tensors": {"a": {}, "b": {}}},
                        "v": {"tensors": {"a": {}},
                              "rules": {"may_add": [{"match": "b"}]}},
                        "w": {"tensors": {"a": {}},
                              "rules": {"may_add": [{"match": "*"}]}}}}
    answer = check(two, [t("a"), t("b")], Flags(manifest_version="auto"))
    assert (answer.version, answer.runner_up) == (
        "u", {"version": "w", "failures": 0, "matched": 1})
    # else the last
    answer = check(two, [t("a")], Flags(manifest_version="auto"))
    assert (answer.version, answer.runner_up) == (
        "w", {"version": "v", "failures": 0, "matched": 1})


def globs():
    for pattern, name, whether in (
            ("*", "", True), ("*", "a.b", True), ("?", "é", True),
            ("?", "", False), ("a*b", "a.b.b", True), ("a*b", "a.b.c", False),
            ("[a-c]", "b", True), ("[!a-c]", "b", False), ("[]]", "]", True),
            ("[!]]", "]", False), ("[a-]", "-", True), ("[-a]", "-", True),
            ("[", "[", True), ("[a", "[a", True), ("[a", "a", False),
            ("[*]", "*", True), ("[*]", "x", False), ("[α-ω]", "λ", True),
            ("a.b", "a.b", True), ("a.b", "axb", False), ("", "", True)):
        assert fits(pattern, name) is whether, (pattern, name)


def run():
    for case in (globs, pairs, the_order_and_the_rule, nothing_in_common,
                 names_are_narrowed_down_on_both_sides,
                 what_is_narrowed_away_is_not_there,
                 a_tied_name_need_not_be_ok, dtypes, dimensions, renames,
                 unused_rules, versions, the_version_that_fits_best):
        case()
