#!/usr/bin/env python3
"""Holds docs/cli.md and docs/manifest.md to the program and to its headers, and
the layers of docs/architecture.md to those that tests/layers_test.py knows. Links
between the pages lead somewhere.

- every flag that `ptscope COMMAND --help` shows has a row of docs/cli.md, in the
  command's section or in that of all commands, and every row is a flag;
- commands, limits (with defaults and reasons), error codes, findings (with
  severities), verdicts and layouts are those of the headers' lists, in their
  order;
- the output formats are those of src/render/renderer.h, and each command's
  columns of tsv are documented in their order;
- every field that the program writes in ndjson, over the fixtures, has a row.

PTSCOPE_BINARY is the program (default build/release/ptscope).
"""
import json
import os
import pathlib
import re
import subprocess
import sys

import layers_test

SOURCE = pathlib.Path(__file__).resolve().parent.parent
BINARY = os.environ.get(
    "PTSCOPE_BINARY", str(SOURCE / "build" / "release" / "ptscope"))
FIXTURES = SOURCE / "fixtures"
DEMO = FIXTURES / "demo.pt"
# What stands before the FILE of a request.
BEFORE = {"check": ["-m", DEMO], "diff": [DEMO]}


def ptscope(*arguments):
    return subprocess.run(
        [BINARY, *map(str, arguments)], capture_output=True, text=True,
        encoding="utf-8", timeout=120, check=False,
        env={**os.environ, "COLUMNS": "80", "LC_ALL": "C"}).stdout


def sections(text):
    """Heading of level 2 to its text; what lies before the first is ''."""
    parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2]))}


def rows(text):
    """The cells of each row of each table, headers left out."""
    found, table = [], []
    for line in text.split("\n") + [""]:
        if line.startswith("|"):
            table.append([cell.strip() for cell in line.strip("|").split("|")])
        else:
            found += table[2:]
            table = []
    return found


def code(cell):
    return re.findall(r"`([^`]*)`", cell)


def macro(header, name):
    """The X(…) of a list: its arguments as text, strings joined."""
    text = (SOURCE / "include" / "ptscope" / header).read_text("utf-8")
    body = re.search(rf"#define {name}\(X\)((?:.*\\\n)*.*\n)", text)[1]
    body = body.replace("\\\n", "\n")
    token = r'"(?:\\.|[^"\\])*"|[^",()]+'
    entries = []
    for match in re.finditer(rf"X\(((?:{token}|,)*)\)", body):
        arguments, argument = [], ""
        for part in re.findall(rf"{token}|,", match[1]):
            if part == ",":
                arguments.append(argument)
                argument = ""
            elif part.startswith('"'):
                argument += part[1:-1]
            else:
                argument += part.strip()
        entries.append(arguments + [argument])
    return entries


def number(text):
    """1ull << 30 and 4'000'000."""
    text = text.replace("'", "").replace("ull", "").replace("u", "")
    left, _, right = text.partition("<<")
    return int(left) << int(right or 0)


def same(what, documented, actual):
    if documented != actual:
        yield (f"{what}: documented are {documented}\n"
               f"    there are {actual}")


def commands():
    return re.findall(r"^  (\w+) ", ptscope("--help"), re.MULTILINE)


def check_flags(cli):
    everywhere = {flag for title in ("Flags of all commands",)
                  for row in rows(cli[title]) for flag in flags_of(row[0])}
    for command in commands():
        if command not in cli:
            yield f"docs/cli.md has no section for {command}"
            continue
        of_help = set(re.findall(r"(?<![\w-])(--?[a-z0][\w-]*)",
                                 "\n".join(line[:28] for line in ptscope(
                                     command, "--help").split("\n")
                                     if line.startswith("  -"))))
        own = {flag for row in rows(cli[command])
               for flag in flags_of(row[0])}
        yield from (f"{command}: {flag} is in --help, not in docs/cli.md"
                    for flag in sorted(of_help - own - everywhere))
        yield from (f"{command}: {flag} is in docs/cli.md, not in --help"
                    for flag in sorted(own - of_help))
    shown = set(re.findall(r"(?<![\w-])(--?[a-z0][\w-]*)", "".join(
        ptscope(command, "--help") for command in commands())))
    yield from (f"{flag} is in docs/cli.md, but no command has it"
                for flag in sorted(everywhere - shown))


def flags_of(cell):
    return [flag for word in code(cell)
            for flag in re.findall(r"^--?[a-z0][\w-]*", word)]


def check_lists(cli, manifest):
    yield from same("commands", [
        re.findall(r"ptscope (\w+)", row[0])[0] for row in rows(cli[""])],
        commands())
    yield from same("limits", [
        (code(row[0])[0], int(row[1]), row[2]) for row in rows(cli["Limits"])],
        [(name, number(value), reason)
         for name, value, reason in macro("limits.h", "PTSCOPE_LIMITS")])
    yield from same("error codes", [
        code(row[0])[0] for row in rows(cli["Errors"])],
        [word for _, word, _ in macro("result.h", "PTSCOPE_ERROR_CODES")])
    yield from same("findings", [
        (code(row[0])[0], row[1]) for row in rows(cli["Findings"])],
        [(word, severity.removeprefix("k").lower()) for _, word, severity, _
         in macro("checkpoint.h", "PTSCOPE_FINDINGS")])
    yield from same("verdicts", [
        (code(row[0])[0], row[2].startswith("yes"))
        for row in rows(manifest["Verdicts"])],
        [(word, fails == "true") for _, word, fails, _
         in macro("compare.h", "PTSCOPE_VERDICTS")])
    layout = next(row for row in rows(cli["ls"]) if code(row[0]) == ["layout"])
    yield from same("layouts", code(layout[2]), [
        word for _, word in macro("dtype.h", "PTSCOPE_LAYOUTS")])


def fields(command, *arguments):
    out = ptscope(command, "--format", "ndjson", *arguments)
    return {key for line in out.splitlines() for key in json.loads(line)}


def fixtures():
    return sorted(f for f in FIXTURES.rglob("*.pt") if f.parent.name != "hostile")


# For each command requests that together give all of its fields.
REQUESTS = (
    ("ls", "--all", *fixtures()),
    ("info", *fixtures()),
    ("tree", *fixtures()),
    ("check", "-m", FIXTURES / "demo_rules.json", "--allow-extra=f*",
     *fixtures()),
    ("check", "-m", FIXTURES / "models/demo.json", "--manifest-version", "auto",
     *fixtures()),
    ("check", *fixtures()),
    ("check", "-m", FIXTURES / "demo.json", "--evidence", *fixtures()),
    ("diff", FIXTURES / "zip/demo_prefixed.pt", FIXTURES / "demo.pt",
     "--auto-prefix"),
    ("diff", FIXTURES / "demo.pt", FIXTURES / "damaged/demo_no_data.pt"),
    ("diff", FIXTURES / "models/demo.json", FIXTURES / "zip/collision.pt",
     "--manifest-version", "2"),
)


def check_fields(cli):
    found = {}
    for command, *arguments in REQUESTS:
        found.setdefault(command, set()).update(fields(command, *arguments))
    for command, keys in found.items():
        column = 1 if command == "info" else 0
        # the records of diff are those of check
        section = cli["check" if command == "diff" else command]
        documented = {word for row in rows(section)
                      for word in code(row[column])}
        documented |= {"error", "summary", "schema", "file"}
        documented |= set(re.findall(r"`(entries_omitted)`", section))
        missing = {key for key in keys if not key.endswith("_b64")}
        yield from (f"{command}: the field {key} is not in docs/cli.md"
                    for key in sorted(missing - documented))
    # and the other way round, for those that the fixtures have
    for command in ("ls", "tree", "check"):
        listed = {word for row in rows(cli[command]) for word in code(row[0])
                  if not row[0].startswith("`-")}
        yield from (f"{command}: no fixture has the documented field {key}"
                    for key in sorted(listed - found[command]))


def columns_of(cell):
    request = code(cell)[0].split()
    before = [] if "without" in cell else BEFORE.get(request[0], [])
    return ptscope(*request, "--format", "tsv", *before,
                   DEMO).split("\n")[0].split("\t")


def check_formats(cli):
    names = re.findall(r'X\("(\w+)", \w+\)', (
        SOURCE / "src" / "render" / "renderer.h").read_text("utf-8"))
    header = next(line for line in cli["Output"].split("\n")
                  if line.startswith("|"))
    yield from same("output formats", code(header), names)
    documented = {row[0]: code(row[1]) for row in rows(
        cli["Output"].split("### tsv and csv")[1].split("\n### ")[0])}
    yield from same("columns", documented, {
        cell: columns_of(cell) for cell in documented})
    yield from (f"{command}: --format has no row with {names}"
                for command in commands()
                if "--format" in ptscope(command, "--help")
                and not any(code(row[0]) == ["--format FORMAT"]
                            and code(row[1]) == names
                            for row in rows(cli[command])))


def check_layers():
    text = (SOURCE / "docs" / "architecture.md").read_text("utf-8")
    above, documented = [], {}
    for row in rows(sections(text)["Layers"]):
        layer = code(row[0])[0]
        may = set(row[2].replace(",", " ").split()) - {"public", "headers"}
        documented[layer] = set(above) if "above" in may else may
        above.append(layer)
    yield from same("layers", documented, {
        layer: set(may.split()) for layer, may in layers_test.LAYERS.items()})


def anchors(text):
    """What GitHub calls the headings."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", heading.lower())
        yield words.replace(" ", "-")


def check_links():
    """Links between the pages lead somewhere."""
    for page in [SOURCE / "README.md", *sorted((SOURCE / "docs").rglob("*.md"))]:
        text = page.read_text("utf-8")
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            if "://" in link:
                continue
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            if not target.exists():
                yield f"{page.relative_to(SOURCE)}: nothing at {link}"
            elif anchor and anchor not in anchors(target.read_text("utf-8")):
                yield f"{page.relative_to(SOURCE)}: no heading {link}"


def main():
    if not pathlib.Path(BINARY).is_file():
        print(f"{BINARY} is not built")
        return 1
    cli = sections((SOURCE / "docs" / "cli.md").read_text("utf-8"))
    manifest = sections((SOURCE / "docs" / "manifest.md").read_text("utf-8"))
    found = [*check_flags(cli), *check_lists(cli, manifest), *check_fields(cli),
             *check_formats(cli), *check_layers(), *check_links()]
    print("\n".join(found) if found else
          "cli.md, manifest.md and architecture.md say what is so")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
