#!/usr/bin/env python3
"""Holds `ptscope tree` to what `ls` and `info` say of the same files: each module
is the sum of the tensors below it, with the elements of tied names once; the
root has the numbers of info, and a module those of info --root.

PTSCOPE_BINARY is the program (default build/release/ptscope).
"""
import json
import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parent.parent
BINARY = os.environ.get(
    "PTSCOPE_BINARY", str(SOURCE / "build" / "release" / "ptscope"))
MOST = 2 ** 64 - 1


def ask(*arguments):
    """file: its element of json's `files`."""
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True,
                          timeout=300, check=False)
    return {file["file"]: file for file in json.loads(done.stdout)["files"]}


def modules_of(tensor):
    """The steps of each module that a tensor is in."""
    path = tensor.get("path", [tensor["name"]])
    steps = (*path[:-1], *path[-1].split(".")[:-1])
    return [steps[:n] for n in range(len(steps) + 1)]


def same_values(tensor):
    """Equal for tied names; None where nothing can be tied."""
    if tensor["numel"] == 0 or "storage" not in tensor:
        return None
    return json.dumps([tensor.get(key) for key in (
        "storage", "storage_offset", "shape", "stride", "dtype")])


def expected(tensors):
    """The records of tree, in file order."""
    found = {(): {"tensors": 0, "nbytes": 0, "parameters": 0, "seen": set(),
                  "children": []}}
    for tensor in tensors:
        for steps in modules_of(tensor):
            if steps not in found:
                found[steps] = {"tensors": 0, "nbytes": 0, "parameters": 0,
                                "seen": set(), "children": []}
                found[steps[:-1]]["children"].append(steps)
            module = found[steps]
            module["tensors"] += 1
            module["nbytes"] += tensor["nbytes"]
            key = same_values(tensor)
            if key is None or key not in module["seen"]:
                module["parameters"] += tensor["numel"]
            module["seen"].add(key)
    rows, left = [], [()]
    while left:
        steps = left.pop()
        module = found[steps]
        rows.append({"module": ".".join(steps), "depth": len(steps),
                     "tensors": module["tensors"],
                     "parameters": min(module["parameters"], MOST),
                     "nbytes": min(module["nbytes"], MOST)})
        left += reversed(module["children"])
    return rows


def faults(files):
    trees = ask("tree", "--format", "json", *files)
    lists = ask("ls", "--format", "json", *files)
    infos = ask("info", "--format", "json", *files)
    compared = 0
    for file, tree in trees.items():
        if "error" in tree:
            if tree["error"] != lists[file].get("error"):
                yield f"{file}: {tree['error']}"
            continue
        rows = [{k: v for k, v in row.items() if k != "file"}
                for row in tree["modules"]]
        if rows != (right := expected(lists[file]["tensors"])):
            # ls does not say which values are conjugated or negated
            if not file.endswith(("conjugate.pt", "negative.pt")):
                yield f"{file}: {rows}\n  not {right}"
        info = infos[file]
        if [rows[0][k] for k in ("tensors", "parameters", "nbytes")] != [
                info["tensors"], info["parameters"], info["bytes"]["logical"]]:
            yield f"{file}: the root {rows[0]} is not what info says"
        for root in info["roots"]:
            part = ask("info", "--format", "json", "--root", root["name"],
                       file)[file]
            row = next(r for r in rows
                       if r["module"] == root["name"] and r["depth"] < 2)
            if "error" not in part and root["tensors"] == row["tensors"] and (
                    row["parameters"] != part["parameters"]
                    or row["nbytes"] != part["bytes"]["logical"]):
                yield f"{file}: {row} is not what info --root says"
        compared += 1
    print(f"{compared} trees compared")


def main():
    if not pathlib.Path(BINARY).is_file():
        print(f"{BINARY} is not built")
        return 1
    os.chdir(SOURCE)
    files = sorted(str(f.relative_to(SOURCE))
                   for f in (SOURCE / "fixtures").rglob("*.pt")
                   if f.parent.name != "hostile")
    found = list(faults(files))
    print("\n".join(found) if found else "tree says what ls and info say")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
