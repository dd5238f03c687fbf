#!/usr/bin/env python3
"""Runs the Python of docs/manifest.md that prints a manifest from a live model.

The model is that of a fixture: of PyTorch where an interpreter has it (Debian:
python3-torch), on the processor and on the meta device; else a stand-in with
the same attributes. What is printed must be what `ptscope manifest` writes for
the fixture, byte for byte, and `ptscope check -m -` must find the fixture ok
with it. The last line says which of the two was used.

PTSCOPE_BINARY is the program (default build/release/ptscope).
"""
import contextlib
import io
import os
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parent.parent
BINARY = os.environ.get(
    "PTSCOPE_BINARY", str(SOURCE / "build" / "release" / "ptscope"))
INNER = "PTSCOPE_SNIPPET_INTERPRETER"


def snippet():
    text = (SOURCE / "docs" / "manifest.md").read_text("utf-8")
    blocks = [b for b in re.findall(r"^```python\n(.*?)^```$", text,
                                    re.DOTALL | re.MULTILINE)
              if "def print_manifest" in b]
    assert len(blocks) == 1, f"{len(blocks)} blocks define print_manifest"
    names = {}
    exec(compile(blocks[0], "docs/manifest.md", "exec"), names)
    return names["print_manifest"]


# ------------------------------------------------------------------ PyTorch

def torch_models():
    """(what it is, model, fixture): the modules that the fixtures were."""
    import torch
    from torch import nn

    class Demo(nn.Module):
        def __init__(self, device):
            super().__init__()
            self.conv1 = nn.Conv2d(3, 4, 3, bias=False, device=device)
            self.bn1 = nn.BatchNorm2d(4, device=device)
            self.conv2 = nn.Conv2d(4, 8, 3, bias=False, device=device)
            self.bn2 = nn.BatchNorm2d(8, device=device)
            self.fc = nn.Linear(8, 10, device=device)

    class Tied(nn.Module):
        def __init__(self, device):
            super().__init__()
            self.embed = nn.Embedding(4, 3, device=device)
            self.head = nn.Linear(3, 4, device=device)
            self.head.weight = self.embed.weight

    for device in ("cpu", "meta"):
        what = f"torch {torch.__version__} on {device}"
        yield what, Demo(device), "demo.pt"
        yield what, Tied(device), "zip/tied.pt"


# ---------------------------------------------------------------- stand-ins

class StandInDtype:
    def __init__(self, name):
        self.name = name

    def __str__(self):
        return f"torch.{self.name}"


class StandInTensor:
    def __init__(self, dtype, *shape):
        self.dtype, self.shape = StandInDtype(dtype), shape

    def detach(self):
        other = StandInTensor("", *self.shape)
        other.dtype = self.dtype
        return other


class StandInModule:
    """Names and tensors; one object may have several names."""

    def __init__(self, **extra):
        self.tensors, self.extra = {}, extra

    def add(self, name, tensor):
        self.tensors[name] = tensor
        return tensor

    def state_dict(self, keep_vars=False):
        state = {name: tensor if keep_vars else tensor.detach()
                 for name, tensor in self.tensors.items()}
        return {**state, **self.extra}


def stand_in_models():
    def norm(model, prefix, width):
        for name in ("weight", "bias", "running_mean", "running_var"):
            model.add(f"{prefix}.{name}", StandInTensor("float32", width))
        model.add(f"{prefix}.num_batches_tracked", StandInTensor("int64"))

    demo = StandInModule()
    demo.add("conv1.weight", StandInTensor("float32", 4, 3, 3, 3))
    norm(demo, "bn1", 4)
    demo.add("conv2.weight", StandInTensor("float32", 8, 4, 3, 3))
    norm(demo, "bn2", 8)
    demo.add("fc.weight", StandInTensor("float32", 10, 8))
    demo.add("fc.bias", StandInTensor("float32", 10))
    yield "stand-in", demo, "demo.pt"

    tied = StandInModule(_extra_state={"not": "a tensor"})
    weight = tied.add("embed.weight", StandInTensor("float32", 4, 3))
    tied.add("head.weight", weight)
    tied.add("head.bias", StandInTensor("float32", 4))
    yield "stand-in", tied, "zip/tied.pt"


# --------------------------------------------------------------------- test

def ptscope(*arguments, text=None):
    done = subprocess.run([BINARY, *arguments], input=text, text=True,
                          encoding="utf-8", capture_output=True, timeout=60,
                          check=False)
    return done.returncode, done.stdout, done.stderr


def faults(print_manifest, models):
    for what, model, name in models:
        file = str(SOURCE / "fixtures" / name)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            print_manifest(model)
        status, expected, words = ptscope("manifest", file)
        if status:
            yield f"{what}, {name}: ptscope manifest: exit {status}: {words}"
        elif printed.getvalue() != expected:
            yield (f"{what}, {name}: printed\n{printed.getvalue()}"
                   f"but ptscope manifest writes\n{expected}")
        status, out, words = ptscope("check", "-m", "-", file,
                                     text=printed.getvalue())
        if status:
            yield (f"{what}, {name}: ptscope check: exit {status}\n{out}"
                   f"{words}")


def has_torch(python):
    try:
        return subprocess.run([python, "-c", "import torch"], timeout=120,
                              capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def main():
    if not pathlib.Path(BINARY).is_file():
        print(f"{BINARY} is not built")
        return 1
    if INNER not in os.environ:
        # The system's interpreter has python3-torch; ours may be another.
        for python in (sys.executable, "/usr/bin/python3"):
            if has_torch(python):
                return subprocess.run(
                    [python, __file__], check=False,
                    env={**os.environ, INNER: "torch"}).returncode
    # The stand-in is held to the same, so that both are known to agree.
    models = list(stand_in_models())
    if INNER in os.environ:
        models += torch_models()
    found = list(faults(snippet(), models))
    if found:
        print("\n".join(found))
    used = sorted({what for what, _, _ in models})
    print("print_manifest ran on: " + ", ".join(used)
          + ("" if INNER in os.environ else " (no PyTorch here)"))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
