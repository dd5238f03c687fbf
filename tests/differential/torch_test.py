#!/usr/bin/env python3
"""Holds `ptscope ls` against PyTorch itself.

    torch_test.py [--cases N] [--seed N] [-v]

PyTorch saves random checkpoints in each of its containers, and says what is
in them: names, dtypes, shapes, strides, offsets, which tensors share a
storage, requires_grad, and the bytes at the offset that the program gives.
Besides, it loads the bundled files that it takes (weights_only=True), with
the same questions.

Needs PyTorch (Debian's python3-torch will do; PTSCOPE_TORCH names another
Python interpreter that has it); exit 77 and a line of why without.
"""
import argparse
import collections
import json
import os
import pathlib
import pickle
import random
import subprocess
import sys
import tempfile
import warnings

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("PTSCOPE_BINARY",
                        str(SOURCE / "build" / "release" / "ptscope"))
SKIPPED = 77
SWAPPED = {"big_endian.pt"}  # its values are not stored as they are here


def has_torch(python):
    return subprocess.run([python, "-c", "import torch"], check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def find_torch():
    """Goes on in an interpreter that has PyTorch; None if there is none."""
    for python in (os.environ.get("PTSCOPE_TORCH"), sys.executable,
                   "/usr/bin/python3"):
        if python and has_torch(python):
            return python
    return None


# ---------------------------------------------------------------- what torch says

def named(value, steps=(), seen=()):
    """(steps, tensor) below a value, in order, by the naming rule."""
    import torch
    if isinstance(value, torch.Tensor):
        yield steps, value
        return
    if any(value is other for other in seen):
        return
    seen = (*seen, value)
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from named(inner, (*steps, str(key)), seen)
    elif isinstance(value, (list, tuple)):
        for i, inner in enumerate(value):
            yield from named(inner, (*steps, str(i)), seen)


def is_plain_key(key):
    """A key whose step of a name needs no rule."""
    if isinstance(key, str):
        return key.isprintable()
    return isinstance(key, int) and not isinstance(key, bool)


def has_plain_keys(value):
    pending, seen = [value], set()
    while pending:
        value = pending.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, dict):
            if not all(map(is_plain_key, value)):
                return False
            pending += value.values()
        elif isinstance(value, (list, tuple)):
            pending += value
    return True


def storage_of(tensor):
    if hasattr(tensor, "untyped_storage"):
        return tensor.untyped_storage()._cdata
    return tensor.storage()._cdata


def raw_bytes(tensor):
    """The bytes of the first element, as they are stored."""
    import ctypes
    return ctypes.string_at(tensor.data_ptr(), tensor.element_size())


class Difference(Exception):
    """The program's answer is not PyTorch's."""


def hold(what, got, expected):
    if got != expected:
        raise Difference(f"{what}: got {got!r}, expected {expected!r}")


def compare(path, value):
    """Returns how many tensors were held against each other."""
    import torch
    answer = subprocess.run([BINARY, "ls", "--format", "ndjson", str(path)],
                            check=False, capture_output=True)
    if answer.returncode != 0:
        raise Difference(f"exit {answer.returncode}: {answer.stderr.decode()}")
    records = [json.loads(line) for line in answer.stdout.splitlines()]
    expected = list(named(value))
    hold("names", [r["name"] for r in records],
         [".".join(steps) for steps, _ in expected])
    content = path.read_bytes()
    storages = collections.defaultdict(set)
    for record, (steps, tensor) in zip(records, expected):
        name = record["name"]
        hold(f"{name} steps", tuple(record.get("path", [name])),
             steps or ("",))
        hold(f"{name} dtype", f"torch.{record['dtype']}", str(tensor.dtype))
        hold(f"{name} shape", record["shape"], list(tensor.shape))
        hold(f"{name} layout", f"torch.{record.get('layout', 'strided')}",
             str(tensor.layout))
        if "requires_grad" in record:  # oldest files are silent
            hold(f"{name} requires_grad", record["requires_grad"],
                 tensor.requires_grad)
        if (tensor.layout != torch.strided or tensor.is_quantized
                or tensor.is_meta):
            continue
        hold(f"{name} stride", record["stride"], list(tensor.stride()))
        hold(f"{name} offset", record["storage_offset"],
             tensor.storage_offset())
        hold(f"{name} bytes", record["nbytes"],
             tensor.numel() * tensor.element_size())
        storages[record["storage"]].add(storage_of(tensor))
        at = record.get("file_offset")
        if at is not None and path.name not in SWAPPED:
            hold(f"{name} first element",
                 content[at:at + tensor.element_size()], raw_bytes(tensor))
    shared = [s for s in storages.values() if len(s) > 1]
    hold("storages that are several", shared, [])
    owners = [key for s in storages.values() for key in s]
    hold("one storage under two keys", len(owners), len(set(owners)))
    return len(records)


# ---------------------------------------------------------------- what is saved

def dtypes():
    import torch
    names = ("float32", "float64", "float16", "bfloat16", "int8", "uint8",
             "int16", "int32", "int64", "bool", "complex64", "complex128")
    return [getattr(torch, name) for name in names]


def random_tensor(rng, pool):
    import torch
    shape = [rng.choice((0, 1, 2, 3, 5)) if rng.random() < 0.2
             else rng.randint(1, 5) for _ in range(rng.randint(0, 4))]
    if pool and rng.random() < 0.3:
        base = rng.choice(pool)
        if base.dim() and base.shape[0] > 1 and rng.random() < 0.5:
            return base[rng.randint(0, base.shape[0] - 1):]
        if base.dim() > 1 and rng.random() < 0.7:
            return base.transpose(0, base.dim() - 1)
        return base if rng.random() < 0.5 else base.unsqueeze(0).expand(
            3, *base.shape)
    tensor = torch.randint(0, 100, shape).to(rng.choice(dtypes()))
    pool.append(tensor)
    kind = rng.random()
    if tensor.is_floating_point() and kind < 0.3:
        return torch.nn.Parameter(tensor, requires_grad=rng.random() < 0.7)
    if tensor.is_floating_point() and kind < 0.4:
        return tensor.clone().requires_grad_()
    return tensor


def random_key(rng):
    return rng.choice(("weight", "a.b", "", "ä", "layer", "0", "x y", "_",
                       rng.randint(0, 99)))


def random_value(rng, pool, depth=0):
    kind = rng.random()
    if depth == 0:
        kind = 0.45 + kind / 2  # seldom a lone tensor
    if depth > 3 or kind < 0.5:
        return random_tensor(rng, pool)
    if kind < 0.8:
        make = rng.choice((dict, collections.OrderedDict))
        value = make()
        used = set()
        for _ in range(rng.randint(0, 9)):
            key = random_key(rng)
            if str(key) in used:
                continue
            used.add(str(key))
            value[key] = random_value(rng, pool, depth + 1)
        return value
    if kind < 0.95:
        value = [random_value(rng, pool, depth + 1)
                 for _ in range(rng.randint(0, 4))]
        return value if rng.random() < 0.5 else tuple(value)
    return rng.choice((1, "text", None, 2.5, True))


def containers():
    """Name and writer of each container that PyTorch writes."""
    import torch

    def zipped(value, path, protocol):
        torch.save(value, path, pickle_protocol=protocol)

    def legacy(value, path, protocol):
        torch.save(value, path, pickle_protocol=protocol,
                   _use_new_zipfile_serialization=False)

    def bare(value, path, protocol):
        with open(path, "wb") as file:
            pickle.dump(value, file, protocol=protocol)

    return {"zip": zipped, "legacy": legacy, "pickle": bare}


def loaded(path, container):
    """What was saved, as whoever loads it sees it; our own file."""
    import torch
    if container == "pickle":
        with open(path, "rb") as file:
            return pickle.load(file)
    return torch.load(path, weights_only=False)


def random_cases(count, seed, folder, verbose):
    import torch
    tensors = 0
    for case in range(count):
        rng = random.Random(f"{seed}/{case}")
        torch.manual_seed(case)
        value = random_value(rng, [])
        for container, save in containers().items():
            protocol = rng.choice((2, 3, 4))
            path = folder / f"case{case}.{container}"
            save(value, path, protocol)
            try:
                found = compare(path, loaded(path, container))
            except Difference as difference:
                kept = pathlib.Path(tempfile.gettempdir()) / path.name
                kept.write_bytes(path.read_bytes())
                sys.exit(f"case {case} ({container}, protocol {protocol}, kept "
                         f"as {kept}): {difference}")
            tensors += found
            if verbose:
                print(f"case {case} {container}: {found} tensors")
            path.unlink()
    return tensors


def bundled_files(verbose):
    """Files of fixtures/ that are loaded without running anything."""
    import torch
    files = tensors = 0
    for path in sorted((SOURCE / "fixtures").rglob("*.p*t*")):
        if path.suffix not in (".pt", ".pth") or {"hostile", "damaged"} & set(
                path.parts):
            continue
        try:
            value = torch.load(path, weights_only=True, map_location="cpu")
        except Exception as error:  # it may refuse for any reason
            if verbose:
                print(f"{path.name}: not taken: {str(error).splitlines()[0]}")
            continue
        kinds = {type(tensor) for _, tensor in named(value)}
        if not (isinstance(value, (dict, list, tuple, torch.Tensor))
                and has_plain_keys(value)
                and kinds <= {torch.Tensor, torch.nn.Parameter}):
            continue
        try:
            tensors += compare(path, value)
        except Difference as difference:
            sys.exit(f"{path}: {difference}")
        files += 1
    return files, tensors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-v", "--verbose", action="store_true")
    arguments = parser.parse_args()
    python = find_torch()
    if python is None:
        print("skipped: no Python interpreter here has PyTorch "
              "(apt-get install python3-torch)")
        return SKIPPED
    if not has_torch(sys.executable):
        os.execv(python, [python, *sys.argv])
    warnings.simplefilter("ignore")
    import torch
    with tempfile.TemporaryDirectory() as folder:
        tensors = random_cases(arguments.cases, arguments.seed,
                               pathlib.Path(folder), arguments.verbose)
    files, bundled = bundled_files(arguments.verbose)
    print(f"PyTorch {torch.__version__}: {arguments.cases} random values in "
          f"{len(containers())} containers, {tensors} tensors, and {files} "
          f"bundled files, {bundled} tensors: 0 differ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
