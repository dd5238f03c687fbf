"""Writes small zip checkpoints as torch.save lays them out: the pickle opcode
by opcode, the archive by CPython's zipfile.

A checkpoint is a dict of keys to tensors and further dicts.
"""
import dataclasses
import pathlib
import pickle
import struct
import sys
import zipfile

from .oracle import Tensor

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"
sys.path.insert(0, str(FIXTURES))
from maker.values import (  # noqa: E402
    STORAGES, UNTYPED, contiguous, item_size, product)

DTYPES = [*STORAGES, *UNTYPED]
WHOLE, SHORT, ABSENT = "whole", "short", "absent"


@dataclasses.dataclass
class Storage:
    """`record`: what the archive has of it."""
    dtype: str
    numel: int
    record: str = WHOLE
    key: str = None


@dataclasses.dataclass
class Leaf:
    """A tensor over the whole of a storage."""
    storage: Storage
    shape: list


def leaf(dtype, shape, record=WHOLE):
    return Leaf(Storage(dtype, product(shape), record), list(shape))


def listing(tree, steps=()):
    """The tensors in file order, named by the steps to them."""
    out = []
    for key, value in tree.items():
        if isinstance(value, dict):
            out += listing(value, (*steps, key))
        else:
            out.append(Tensor(".".join((*steps, key)), value.storage.dtype,
                              value.shape, value.storage.record == WHOLE))
    return out


def as_text(text):
    raw = text.encode()
    return pickle.BINUNICODE + struct.pack("<I", len(raw)) + raw


def as_int(value):
    return pickle.BININT + struct.pack("<i", value)


def as_tuple(*parts):
    return pickle.MARK + b"".join(parts) + pickle.TUPLE


def as_global(module, name):
    return pickle.GLOBAL + f"{module}\n{name}\n".encode()


def as_dict(items):
    return pickle.EMPTY_DICT + pickle.MARK + b"".join(items) + pickle.SETITEMS


class Pickle:
    """Numbers the storages in the order in which they are met."""

    def __init__(self):
        self.storages = []

    def value(self, value):
        if isinstance(value, dict):
            return as_dict(as_text(key) + self.value(inner)
                           for key, inner in value.items())
        return self.tensor(value)

    def storage(self, storage):
        if storage.key is None:
            storage.key = str(len(self.storages))
            self.storages.append(storage)
        numel, class_ = storage.numel, as_global("torch.storage",
                                                 "UntypedStorage")
        if storage.dtype in STORAGES:
            class_ = as_global("torch", STORAGES[storage.dtype][0])
        else:
            numel *= item_size(storage.dtype)
        return as_tuple(as_text("storage"), class_, as_text(storage.key),
                        as_text("cpu"), as_int(numel)) + pickle.BINPERSID

    def tensor(self, tensor):
        hooks = as_global("collections", "OrderedDict") + (
            pickle.EMPTY_TUPLE + pickle.REDUCE)
        parts = [self.storage(tensor.storage), as_int(0),
                 as_tuple(*map(as_int, tensor.shape)),
                 as_tuple(*map(as_int, contiguous(tensor.shape))),
                 pickle.NEWFALSE, hooks]
        name = "_rebuild_tensor_v2"
        if tensor.storage.dtype not in STORAGES:
            name = "_rebuild_tensor_v3"
            parts.append(as_global("torch", tensor.storage.dtype))
        return as_global("torch._utils", name) + as_tuple(*parts) + (
            pickle.REDUCE)


def write(path, tree):
    out = Pickle()
    pickled = pickle.PROTO + b"\x02" + out.value(tree) + pickle.STOP
    with zipfile.ZipFile(path, "w") as archive:
        def add(name, data):
            archive.writestr(zipfile.ZipInfo(f"archive/{name}"), data)
        add("data.pkl", pickled)
        add("byteorder", b"little")
        for storage in out.storages:
            size = storage.numel * item_size(storage.dtype)
            if storage.record != ABSENT:
                add(f"data/{storage.key}",
                    bytes(size - (storage.record == SHORT)))
        add("version", b"3\n")
