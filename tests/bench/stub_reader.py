#!/usr/bin/env python3
"""Lists a zip checkpoint with what CPython brings: zipfile, and pickle with
stubs in place of every class.

    stub_reader.py FILE

What a careful script does where PyTorch is not installed, and the measure of
what a program of its own gains. Nothing named in the pickle is imported.
"""
import collections
import pickle
import sys
import zipfile


class Stub:
    """Stands for any class or function: called, it keeps its arguments."""

    def __init__(self, *arguments):
        self.arguments = arguments

    def __setstate__(self, state):
        self.state = state


class Unpickler(pickle.Unpickler):
    def __init__(self, file):
        super().__init__(file)
        self.classes = {}

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) not in self.classes:
            self.classes[module, name] = type(name, (Stub,),
                                              {"__module__": module})
        return self.classes[module, name]

    def persistent_load(self, pid):
        return pid


def walk(value, path, out):
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, (list, tuple)):
        items = enumerate(value)
    else:
        if type(value).__name__ == "_rebuild_tensor_v2":
            storage, _, shape = value.arguments[:3]
            dtype = storage[1].__name__.removesuffix("Storage")
            out.append(f"{'.'.join(path)}\t{dtype}\t{list(shape)}\n")
        return
    for key, child in items:
        walk(child, path + (str(key),), out)


def lines(path):
    """A line for each tensor: name, dtype, shape."""
    with zipfile.ZipFile(path) as archive:
        name = next(n for n in archive.namelist() if n.endswith("/data.pkl"))
        with archive.open(name) as file:
            value = Unpickler(file).load()
    out = []
    walk(value, (), out)
    return out


def main():
    sys.stdout.write("".join(lines(sys.argv[1])))


if __name__ == "__main__":
    main()
