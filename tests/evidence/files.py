"""Checkpoints of these nets as torch.save writes them, with an optimizer as
torch.optim numbers its parameters.
"""
import collections
import io
import pathlib
import sys
import zipfile

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"
sys.path.insert(0, str(FIXTURES))
from maker import values  # noqa: E402

OrderedDict = collections.OrderedDict


def tensor(shape, dtype="float32"):
    numel = values.product(shape)
    storage = values.Storage(
        dtype, numel, bytes(numel * values.item_size(dtype)))
    return values.rebuild(storage, tuple(shape), dtype=dtype)


def state_dict(net, lost=(), metadata=True, tied=()):
    """`lost` are keys; `tied` pairs of names that are one tensor."""
    out = OrderedDict()
    same = {b: a for a, b in tied}
    for name, leaf in net.keys.items():
        if name in lost:
            continue
        out[name] = (out[same[name]] if same.get(name) in out
                     else tensor(leaf.shape, leaf.dtype))
    if metadata:
        out._metadata = OrderedDict(
            (path, {"version": version})
            for path, version in net.modules.items())
    return out


def moments(kind, shape):
    """What an optimizer of that kind keeps of one parameter."""
    step = tensor(())
    if kind == "adam":
        return {"step": step, "exp_avg": tensor(shape),
                "exp_avg_sq": tensor(shape)}
    if kind == "sgd":
        return {"momentum_buffer": tensor(shape)}
    if kind == "rmsprop":
        return {"step": step, "square_avg": tensor(shape)}
    if kind == "bitsandbytes":
        return {"step": 3, "state1": tensor(shape), "state2": tensor(shape)}
    if kind == "adafactor":  # of transformers
        if len(shape) < 2:
            return {"step": 3, "exp_avg_sq": tensor(shape)}
        return {"step": 3, "exp_avg_sq_row": tensor(shape[:-1]),
                "exp_avg_sq_col": tensor(shape[:-2] + shape[-1:])}
    if kind == "torch_adafactor":
        if len(shape) < 2:
            return {"step": step, "variance": tensor(shape)}
        return {"step": step, "row_var": tensor((*shape[:-1], 1)),
                "col_var": tensor((*shape[:-2], 1, shape[-1]))}
    raise ValueError(kind)


KINDS = ("adam", "sgd", "rmsprop", "bitsandbytes", "adafactor",
         "torch_adafactor")


def optimizer(kind, groups, names=False):
    """`groups`: lists of (name, shape)."""
    state, param_groups, number = {}, [], 0
    for group in groups:
        numbers = []
        for _, shape in group:
            state[number] = moments(kind, tuple(shape))
            numbers.append(number)
            number += 1
        param_groups.append({"lr": 0.1, "weight_decay": 0.0, "params": numbers})
        if names:
            param_groups[-1]["param_names"] = [name for name, _ in group]
    return {"state": state, "param_groups": param_groups}


def write(path, root, extra=()):
    """`extra`: more records, name to bytes."""
    out = io.BytesIO()
    pickler = values.Pickler(out, 2)
    pickler.dump(root)
    with zipfile.ZipFile(path, "w") as archive:
        def add(name, data):
            archive.writestr(zipfile.ZipInfo(f"archive/{name}"), data)
        add("data.pkl", out.getvalue())
        add("byteorder", b"little")
        for key, storage in pickler.storages.items():
            add(f"data/{key}", storage.data)
        for name, data in dict(extra).items():
            add(name, data)
        add("version", b"3\n")
