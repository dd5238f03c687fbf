#!/usr/bin/env python3
"""Writes a checkpoint of any size as torch.save would, without PyTorch: a zip
archive, or with --legacy what was written before 1.6.

    make_checkpoint.py OUT --tensors 1000 --numel 2500000   10 GB of float32
    make_checkpoint.py OUT --tensors 100000 --numel 16      many small tensors
    make_checkpoint.py OUT --tensors 30000 --numel 16 --optimizer [--lose N]
    make_checkpoint.py OUT --tensors 100000 --numel 16 --legacy

The pickle is that of CPython's own pickler, protocol 2. Weights are holes:
a file of 10 GB takes only its pickle and its directory on the disk.
"""
import argparse
import collections
import io
import os
import pathlib
import pickle
import struct
import sys
import types

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"
sys.path.insert(0, str(FIXTURES))
from maker.values import contiguous  # noqa: E402
from maker.zip_writer import Stream  # noqa: E402

ITEM_SIZE = 4  # float32
KINDS = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
         "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")


def stand_ins():
    """(torch.FloatStorage, torch._utils._rebuild_tensor_v2): the pickler wants
    to find under its name what it writes by name."""
    def rebuild():
        pass
    rebuild.__module__, rebuild.__qualname__ = (
        "torch._utils", "_rebuild_tensor_v2")
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    utils._rebuild_tensor_v2 = rebuild
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})
    sys.modules.update({"torch": torch, "torch._utils": utils})
    return torch.FloatStorage, rebuild


FLOAT_STORAGE, REBUILD = stand_ins()


class Storage:
    def __init__(self, key, numel):
        self.key, self.numel = key, numel


class Tensor:
    def __init__(self, storage, shape):
        self.storage, self.shape = storage, shape

    def __reduce_ex__(self, protocol):
        return REBUILD, (self.storage, 0, self.shape, contiguous(self.shape),
                         False, collections.OrderedDict())


class Pickler(pickle.Pickler):
    behind = ()  # what the persistent id of a storage ends with

    def persistent_id(self, obj):
        if isinstance(obj, Storage):
            return ("storage", FLOAT_STORAGE, obj.key, "cpu", obj.numel,
                    *self.behind)
        return None


class LegacyPickler(Pickler):
    behind = (None,)  # it is no view of another storage


class Model:
    """Tensors of one shape, and the storages they were given."""

    def __init__(self, tensors, numel, lose=None):
        rows = next((n for n in (4096, 1024, 512, 64, 8, 2)
                     if numel % n == 0 and numel > n), 1)
        self.shape = (rows, numel // rows) if rows > 1 else (numel,)
        self.storages = []
        self.state = {
            f"model.layers.{i // len(KINDS)}.{KINDS[i % len(KINDS)]}.weight":
                self.tensor() for i in range(tensors) if i != lose}
        self.trained = tensors

    def tensor(self):
        numel = self.shape[0] * (self.shape[1] if len(self.shape) == 2 else 1)
        self.storages.append(Storage(str(len(self.storages)), numel))
        return Tensor(self.storages[-1], self.shape)

    def state_dict(self):
        return collections.OrderedDict(self.state)

    def with_optimizer(self):
        """What a training script saves: Adam keeps two moments a tensor."""
        moments = {i: {"step": i, "exp_avg": self.tensor(),
                       "exp_avg_sq": self.tensor()}
                   for i in range(self.trained)}
        groups = [{"lr": 1e-3, "params": list(range(self.trained))}]
        return {"model": self.state_dict(),
                "optimizer": {"state": moments, "param_groups": groups},
                "epoch": 3}


def write_legacy(path, model, value):
    with open(path, "wb") as file:
        for header in (0x1950A86A20F9469CFC6C, 1001, {
                "protocol_version": 1001, "little_endian": True,
                "type_sizes": {"short": 2, "int": 4, "long": 4}}):
            pickle.dump(header, file, protocol=2)
        LegacyPickler(file, protocol=2).dump(value)
        storages = sorted(model.storages, key=lambda storage: storage.key)
        pickle.dump([storage.key for storage in storages], file, protocol=2)
        for storage in storages:
            file.write(struct.pack("<q", storage.numel))
            file.seek(storage.numel * ITEM_SIZE, os.SEEK_CUR)
        file.truncate()


def write_zip(path, model, value):
    pickled = io.BytesIO()
    Pickler(pickled, protocol=2).dump(value)
    with open(path, "wb") as file:
        archive = Stream(file)
        archive.add("archive/data.pkl", pickled.getvalue())
        archive.add("archive/byteorder", b"little")
        for storage in model.storages:
            archive.add(f"archive/data/{storage.key}",
                        hole=storage.numel * ITEM_SIZE)
        archive.add("archive/version", b"3\n")
        archive.close()


def write(path, tensors, numel, optimizer=False, lose=None, legacy=False):
    model = Model(tensors, numel, lose)
    value = model.with_optimizer() if optimizer else model.state_dict()
    (write_legacy if legacy else write_zip)(path, model, value)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--tensors", type=int, default=1000)
    parser.add_argument("--numel", type=int, default=2_500_000,
                        help="elements of each tensor")
    parser.add_argument("--optimizer", action="store_true",
                        help="{model, optimizer, epoch} with Adam's moments")
    parser.add_argument("--lose", type=int, metavar="N",
                        help="the model is without its tensor N")
    parser.add_argument("--legacy", action="store_true",
                        help="the form before 1.6")
    a = parser.parse_args()
    write(a.out, a.tensors, a.numel, a.optimizer, a.lose, a.legacy)


if __name__ == "__main__":
    main()
