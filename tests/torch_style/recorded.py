"""Writes the checkpoints of the recorded cases, without PyTorch."""
import pathlib
import sys
from collections import OrderedDict

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"
sys.path.insert(0, str(FIXTURES))
from maker.fixture import pickled, records  # noqa: E402
from maker.values import Global, meta, tensor  # noqa: E402
from maker.zip_writer import write  # noqa: E402


def value_of(plain):
    """What torch_style/live.py's plain() described."""
    if isinstance(plain, list):
        dtype, shape, *device = plain
        return (meta if device else tensor)(*shape, dtype=dtype)
    kind, inner = next(iter(plain.items()))
    if kind == "is":
        return inner
    if kind == "bytes":
        return inner.encode("latin-1")
    if kind == "dtype":
        return Global("torch", inner)
    if kind in ("list", "tuple"):
        members = [value_of(member) for member in inner]
        return members if kind == "list" else tuple(members)
    items = [(key, value_of(member)) for key, member in inner]
    if "metadata" not in plain:
        return dict(items)
    out = OrderedDict(items)
    if plain["metadata"] is not None:
        out._metadata = OrderedDict(  # pylint: disable=protected-access
            plain["metadata"])
    return out


def write_file(path, plain):
    pickle, storages = pickled(value_of(plain))
    path.write_bytes(write(records(pickle, storages)))
