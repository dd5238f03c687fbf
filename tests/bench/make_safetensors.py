#!/usr/bin/env python3
"""Writes a safetensors checkpoint of any size, without the package.

    make_safetensors.py OUT --tensors 100000 --numel 16
    make_safetensors.py OUT --tensors 100000 --numel 16 --shards 1000

With --shards OUT is a folder, with an index. Names and shapes are those of
make_checkpoint.py, values are holes.
"""
import argparse
import json
import pathlib
import struct

from make_checkpoint import ITEM_SIZE, Model


def write(path, names, shape, size):
    header = {"__metadata__": {"format": "pt"}}
    for i, name in enumerate(names):
        header[name] = {"dtype": "F32", "shape": list(shape),
                        "data_offsets": [i * size, (i + 1) * size]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + size * len(names))


def write_shards(folder, names, shape, size, shards):
    folder.mkdir()
    where = {}
    for i in range(shards):
        of = names[i * len(names) // shards:(i + 1) * len(names) // shards]
        file = f"model-{i + 1:05}-of-{shards:05}.safetensors"
        write(folder / file, of, shape, size)
        where.update(dict.fromkeys(of, file))
    (folder / "model.safetensors.index.json").write_text(json.dumps(
        {"metadata": {"total_size": size * len(names)}, "weight_map": where},
        indent=2))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--tensors", type=int, default=1000)
    parser.add_argument("--numel", type=int, default=2_500_000)
    parser.add_argument("--shards", type=int, default=0)
    a = parser.parse_args()
    model = Model(a.tensors, a.numel)
    names, size = list(model.state), a.numel * ITEM_SIZE
    if a.shards:
        write_shards(a.out, names, model.shape, size, a.shards)
    else:
        write(a.out, names, model.shape, size)


if __name__ == "__main__":
    main()
