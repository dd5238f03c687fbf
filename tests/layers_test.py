#!/usr/bin/env python3
"""Holds the sources to the layers.

    layers_test.py [TREE]

Reads every #include below src/ and include/ and fails on one that the tables
here do not permit; docs/architecture.md says why the arrows point as they do.
Before that it lets itself be tested: a small tree with one fault of each kind
must give exactly those faults.
"""
import pathlib
import re
import sys
import tempfile

# layer: the layers whose headers it may include, besides its own
LAYERS = {
    "base": "",
    "model": "base",
    "io": "base",
    "json": "base",
    "archive": "base model io",
    "pickle": "base",
    "torch": "base model pickle",
    "format": "base model io json archive pickle torch",
    "manifest": "base model io json archive pickle torch format",
    "compare": "base model io json archive pickle torch format manifest",
    "evidence": "base model io json archive pickle torch format manifest "
                "compare",
    "render": "base json",
    "cli": "base render",
}
# these see every public header, whatever layer it belongs to, and of the
# library's own ones only what is of no file: escaping, sorting, JSON
FACES = {"render", "cli"}

# public header (below include/ptscope/): the layer that implements it
PUBLIC = {
    "result.h": "base",
    "limits.h": "base",
    "name_filter.h": "base",
    "table.h": "base",
    "checkpoint.h": "model",
    "training_state.h": "model",
    "dtype.h": "model",
    "inventory.h": "model",
    "module_tree.h": "model",
    "roots.h": "model",
    "source.h": "io",
    "open.h": "format",
    "show.h": "format",
    "tensor_list.h": "model",
    "rules.h": "manifest",
    "reference.h": "manifest",
    "model_config.h": "manifest",
    "compare.h": "compare",
    "evidence.h": "evidence",
    "torch_style.h": "compare",
}

# third-party headers, by pattern: the layers that may include them, and
# whether only in .cc files
THIRD_PARTY = (
    (r"fmt/.*", " ".join(LAYERS), True),  # every layer words its own errors
    (r"boost/json/.*", "json", False),
    (r"boost/(system|config|core)/.*", "json", True),
    (r"zip\.h", "archive", True),
    (r"zlib\.h", "archive", True),
    (r"libdeflate\.h", "archive", True),
    (r"re2/.*", "manifest", True),
    (r"CLI/.*", "cli", False),
    (r"spdlog/.*", "cli", False),
)

# the system's headers that are not C++'s own
SYSTEM = re.compile(
    r"(sys|linux|bits)/.*|(unistd|fcntl|dirent|dlfcn|errno|signal|time|poll"
    r"|pthread|sched|malloc|string|stdlib|stdio|stdint|limits|immintrin|cpuid)\.h")

# the library neither logs nor prints
FACELESS = set(LAYERS) - FACES
PRINTS = re.compile(
    r"std::(cout|cerr|clog|puts|printf)\b|\b(printf|fprintf|puts|putchar"
    r"|perror)\s*\(|\bfmt::print\b|\bspdlog\b|<iostream>")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
    re.DOTALL)


def without_text(code):
    """The code without comments and literals, on the same lines."""
    def blank(match):
        return "\n" * match.group().count("\n")
    return NOT_CODE.sub(blank, code)


def sources(tree):
    for folder in ("src", "include"):
        for path in sorted((tree / folder).rglob("*")):
            if path.suffix in (".cc", ".h", ".def", ".inc"):
                yield path


def layer_of(relative):
    """The layer that a file belongs to; None for a file of no layer."""
    parts = relative.parts
    if parts[0] == "include":
        return PUBLIC.get("/".join(parts[2:]))
    return parts[1] if len(parts) > 2 else None


def third_party(name):
    for pattern, layers, only_cc in THIRD_PARTY:
        if re.fullmatch(pattern, name):
            return layers.split(), only_cc
    return None


def faults_of(relative, text):
    layer = layer_of(relative)
    public = relative.parts[0] == "include"
    if layer not in LAYERS:
        what = "public header of no layer" if public else "file of no layer"
        yield 1, f"{what}: name it in tests/layers_test.py"
        return
    for match in INCLUDE.finditer(text):
        line = text.count("\n", 0, match.start(2)) + 1
        quoted, name = match.group(1) == '"', match.group(2)
        first, _, rest = name.partition("/")
        allowed = {layer, *LAYERS[layer].split()}
        if quoted and first == "ptscope":
            to = PUBLIC.get(rest)
            if to is None:
                yield line, f'"{name}" is no public header that is known'
            elif to not in allowed and layer not in FACES:
                yield line, f'{layer} may not include "{name}" (of {to})'
        elif quoted:
            if public:
                yield line, f'a public header may not include "{name}"'
            elif first not in LAYERS or not rest:
                yield line, f'"{name}" is in no layer'
            elif first not in allowed:
                yield line, f'{layer} may not include "{name}"'
        elif third := third_party(name):
            layers, only_cc = third
            if public:
                yield line, f"a public header may not include <{name}>"
            elif layer not in layers:
                yield line, f"{layer} may not include <{name}>"
            elif only_cc and relative.suffix != ".cc":
                yield line, f"<{name}> may be included in .cc files only"
        elif ("/" in name or "." in name) and not SYSTEM.fullmatch(name):
            yield line, f"<{name}>: whose is it? (see tests/layers_test.py)"
    if layer == "pickle":
        for match in re.finditer("torch", text, re.IGNORECASE):
            line = text.count("\n", 0, match.start()) + 1
            yield line, "the pickle layer does not know of torch"
    if layer in FACELESS:
        code = without_text(text)
        for match in PRINTS.finditer(code):
            line = code.count("\n", 0, match.start()) + 1
            yield line, f"the library does not print: {match.group().strip()}"


def faults(tree):
    for path in sources(tree):
        relative = path.relative_to(tree)
        for line, words in faults_of(relative, path.read_text("utf-8")):
            yield f"{relative.as_posix()}:{line}: {words}"


def self_test():
    tree = {
        "include/ptscope/open.h": '#include <string>\n#include "ptscope/result.h"\n',
        "include/ptscope/result.h": '#include "ptscope/open.h"\n',  # 1
        "include/ptscope/source.h": "#include <fmt/format.h>\n",  # 2
        "include/ptscope/new.h": "\n",  # 3
        "include/ptscope/limits.h": '#include "base/arena.h"\n',  # 4
        "src/base/arena.h": '// std::cout << "x"\n#include <fmt/core.h>\n',  # 5
        "src/base/arena.cc": '#include "base/arena.h"\n#include <fmt/core.h>\n',
        "src/base/up.cc": '#include "io/source.h"\n',  # 6
        "src/io/x.cc": '#include <fcntl.h>\n#include <sys/stat.h>\n#include "base/arena.h"\n',
        "src/io/y.cc": "#include <zip.h>\n#include <fmt/core.h>\n",  # 7
        "src/io/z.cc": "#include <curl/curl.h>\n",  # 8
        "src/pickle/a.cc": "// not TORCH\n",  # 9
        "src/pickle/b.cc": '#include "model/x.h"\n',  # 10
        "src/model/p.cc": 'void F() { printf("%d", 1); }\n',  # 11
        "src/model/q.cc": "void F() { snprintf(b, 9, s); }  // printf(\n",
        "src/model/r.cc": '/* std::cerr */\nauto s = "std::cout";\n',
        "src/cli/main.cc": '#include <iostream>\n#include <CLI/CLI.hpp>\n#include "ptscope/open.h"\n#include "render/table.h"\nint x = printf("");\n',
        "src/cli/bad.cc": '#include "format/probe.h"\n',  # 12
        "src/format/f.cc": '#include "torch/values.h"\n#include "archive/zip.h"\n#include "ptscope/open.h"\n',
        "src/torch/t.cc": '#include "archive/zip.h"\n',  # 13
        "src/other.cc": "\n",  # 14
        "src/json/j.cc": '#include <boost/json/basic_parser_impl.hpp>\n#include "json.h"\n',  # 15
    }
    expected = [
        "include/ptscope/limits.h:1: a public header may not include \"base/arena.h\"",
        "include/ptscope/new.h:1: public header of no layer",
        "include/ptscope/result.h:1: base may not include \"ptscope/open.h\" (of format)",
        "include/ptscope/source.h:1: a public header may not include <fmt/format.h>",
        "src/base/arena.h:2: <fmt/core.h> may be included in .cc files only",
        "src/base/up.cc:1: base may not include \"io/source.h\"",
        "src/cli/bad.cc:1: cli may not include \"format/probe.h\"",
        "src/io/y.cc:1: io may not include <zip.h>",
        "src/io/z.cc:1: <curl/curl.h>: whose is it?",
        "src/json/j.cc:2: \"json.h\" is in no layer",
        "src/model/p.cc:1: the library does not print: printf(",
        "src/other.cc:1: file of no layer",
        "src/pickle/a.cc:1: the pickle layer does not know of torch",
        "src/pickle/b.cc:1: pickle may not include \"model/x.h\"",
        "src/torch/t.cc:1: torch may not include \"archive/zip.h\"",
    ]
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        for name, text in tree.items():
            path = scratch / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        found = sorted(faults(scratch))
    if len(found) != len(expected) or any(
            not f.startswith(e) for f, e in zip(found, expected)):
        print("layers_test.py is wrong about its own tree; it finds:")
        print("\n".join(found))
        return False
    return True


def main():
    if not self_test():
        return 1
    here = pathlib.Path(__file__).resolve().parent.parent
    tree = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    if not any(True for _ in sources(tree)):
        print(f"{tree}: no sources")
        return 1
    # A cycle would make the tables permit what they mean to forbid.
    order = list(LAYERS)
    for layer, may in LAYERS.items():
        for other in may.split():
            assert order.index(other) < order.index(layer), (layer, other)
    found = list(faults(tree))
    print("\n".join(found) if found else "every include follows the layers")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
