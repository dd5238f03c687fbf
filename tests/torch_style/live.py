"""Random models, state_dicts that do not quite fit, and what PyTorch says of
them. A case is made from its seed alone.
"""
import dataclasses
import random
import warnings
from collections import OrderedDict

import torch
from torch import nn
from torch.nn.modules.utils import consume_prefix_in_state_dict_if_present

warnings.simplefilter("ignore")
torch.set_num_threads(1)


@dataclasses.dataclass
class Case:
    seed: int
    model: nn.Module
    file: object          # what is saved
    root: list            # the steps to the state_dict
    prefix: str           # what is stripped before loading
    reference: str        # "manifest" or "checkpoint"
    did: list             # what was done to the state_dict


# ------------------------------------------------------------------- models

class Scaled(nn.Module):
    """Own parameters beside modules, scalars, a buffer that is not saved."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner
        self.scale = nn.Parameter(torch.ones(()))
        self.register_buffer("step", torch.zeros((), dtype=torch.int64))
        self.register_buffer("cache", torch.zeros(2), persistent=False)
        self.register_parameter("none", None)


def leaf(rng):
    width = rng.randint(1, 4)
    return rng.choice([
        lambda: nn.Linear(width, rng.randint(1, 3), bias=rng.random() < .7),
        lambda: nn.Conv2d(width, 2, rng.choice([1, 3]), bias=rng.random() < .5),
        lambda: nn.BatchNorm2d(width),
        lambda: nn.BatchNorm1d(width, affine=rng.random() < .7),
        lambda: nn.BatchNorm1d(width, track_running_stats=False),
        lambda: nn.InstanceNorm1d(width, affine=True, track_running_stats=True),
        lambda: nn.LayerNorm(width),
        lambda: nn.Embedding(width, 2),
        nn.ReLU,
    ])()


def tree(rng, depth):
    if depth == 0 or rng.random() < .3:
        return leaf(rng)
    inner = [tree(rng, depth - 1) for _ in range(rng.randint(1, 3))]
    return rng.choice([
        lambda: nn.Sequential(*inner),
        lambda: nn.ModuleList(inner),
        lambda: nn.ModuleDict(zip(("fc", "fc1", "head"), inner)),
        lambda: Scaled(nn.Sequential(*inner)),
    ])()


def make_model(rng):
    model = type(rng.choice(["Net", "ResNet", "Tiny_1"]), (nn.Module,), {})()
    names = ["fc", "fc2", "bn", "net", "encoder", "10", "2", "naïve"]
    rng.shuffle(names)
    for name in names[:rng.randint(1, 4)]:
        model.add_module(name, tree(rng, 2))
    if rng.random() < .4:
        model.scale = nn.Parameter(torch.ones(()))
    if rng.random() < .3:  # one module under two names
        model.add_module("again", rng.choice(list(model.children())))
    if rng.random() < .3:  # tied
        own = list(model.named_parameters())
        if own:
            model.tied = rng.choice(own)[1]
    if not model.state_dict():
        model.fc = nn.Linear(2, 2)
    return model


# ------------------------------------------------- what is done to a state_dict

class Quirks:
    """Where releases differ: docs/manifest.md has the newer way."""

    def __init__(self):
        probe = nn.Sequential(nn.Linear(1, 1))
        state = probe.state_dict()
        state["0.weight.more"] = torch.zeros(1)
        # From 2.1 a key below a tensor, or of a module's own name, is
        # unexpected.
        self.below_tensors = fails(probe, state)
        scalar = nn.Module()
        scalar.w = nn.Parameter(torch.ones(()))
        # Later only one element is taken for a scalar; before, the first.
        self.one_scalar = fails(scalar, {"w": torch.zeros(3)})
        # Later the versions of modules go along when a prefix is stripped, and
        # the order stays.
        state = OrderedDict({"module.w": 1, "module.b": 2})
        state._metadata = OrderedDict({"module.w": {}})
        consume_prefix_in_state_dict_if_present(state, "module.")
        self.versions_move = "w" in state._metadata

    def newest(self):
        return self.below_tensors and self.one_scalar and self.versions_move


def fails(model, state):
    try:
        model.load_state_dict(state)
        return False
    except RuntimeError:
        return True


def modules_of(model):
    """Paths of the modules that names of the state_dict show."""
    paths = [""]
    for name in model.state_dict():
        steps = name.split(".")[:-1]
        for i in range(1, len(steps) + 1):
            path = ".".join(steps[:i])
            if path not in paths:
                paths.append(path)
    return paths


def other_value(rng):
    return rng.choice([
        lambda: 3, lambda: None, lambda: 0.5, lambda: "text", lambda: True,
        lambda: [torch.zeros(2), torch.zeros(1)], lambda: (1, 2),
        lambda: {"weight": torch.zeros(2), "n": 1}, OrderedDict, dict,
        lambda: torch.float16, lambda: b"raw"])()


def random_shape(rng):
    return [rng.randint(0, 4) for _ in range(rng.randint(0, 3))]


def extra_key(rng, case_model, quirks):
    paths = modules_of(case_model)
    path = rng.choice(paths)
    inside = f"{path}." if path else ""
    own = list(case_model.state_dict())
    choices = [f"{inside}extra", f"{inside}other.x.y", f"{inside}weight2",
               f"{inside}_extra_state", "other.x.y", f"{path}x.weight",
               f"{inside}extra.", "unexpected"]
    if quirks.below_tensors:
        choices += [f"{rng.choice(own)}.foo", f"{rng.choice(own)}.foo.bar",
                    path or "extra"]
    return rng.choice(choices)


def mutate(rng, model, state, quirks, did):
    own = list(state)
    what = rng.choice(["drop", "drop", "drop_module", "drop_batches", "add",
                       "add", "add", "reshape", "reshape", "one", "value",
                       "add_value", "cast", "shuffle", "version",
                       "no_version", "no_module", "meta"])
    did.append(what)
    metadata = getattr(state, "_metadata", {})
    if what == "drop" and own:
        del state[rng.choice(own)]
    elif what == "drop_module":
        path = rng.choice(modules_of(model))
        for name in own:
            if path and name.startswith(path + "."):
                del state[name]
    elif what == "drop_batches":
        for name in own:
            if name.endswith("num_batches_tracked"):
                del state[name]
    elif what == "add":
        state.setdefault(extra_key(rng, model, quirks),
                         torch.zeros(random_shape(rng)))
    elif what == "add_value":
        key = extra_key(rng, model, quirks)
        if not key.endswith("_extra_state"):
            state.setdefault(key, other_value(rng))
    elif what == "reshape" and own:
        name, shape = rng.choice(own), random_shape(rng)
        if quirks.one_scalar or len(shape) != 1:
            state[name] = torch.zeros(shape)
    elif what == "one" and own:
        state[rng.choice(own)] = torch.zeros(1)
    elif what == "value" and own:
        name = rng.choice(own)
        # Whether the model takes such a state is not known.
        if not name.endswith("_extra_state"):
            state[name] = other_value(rng)
    elif what == "cast" and own:
        name = rng.choice(own)
        if torch.is_tensor(state[name]):
            state[name] = state[name].to(torch.float16)
    elif what == "meta" and own:
        name = rng.choice(own)
        if torch.is_tensor(state[name]):
            state[name] = state[name].to("meta")
    elif what == "shuffle":
        rng.shuffle(own)
        for name in own:
            state.move_to_end(name)
    elif what in ("version", "no_version", "no_module") and metadata:
        norms = [m for m in metadata if metadata[m].get("version") == 2]
        for name in rng.sample(norms, rng.randint(0, len(norms))):
            if what == "version":
                metadata[name]["version"] = rng.choice([0, 1, 2, 3])
            elif what == "no_version":
                del metadata[name]["version"]
            else:
                del metadata[name]


def make_case(seed, quirks):
    rng = random.Random(seed)
    torch.manual_seed(seed)
    model = make_model(rng)
    state = model.state_dict()
    did, root, prefix = [], [], ""
    for _ in range(rng.choice([0, 1, 1, 2, 3, 5])):
        mutate(rng, model, state, quirks, did)
    if rng.random() < .2:
        prefix = "module."
        metadata = getattr(state, "_metadata", None)
        state = OrderedDict((prefix + k, v) for k, v in state.items())
        if metadata is not None and quirks.versions_move:
            state._metadata = OrderedDict(
                ("module" if k == "" else prefix + k, v)
                for k, v in metadata.items())
            state._metadata[""] = {"version": 1}
    if rng.random() < .25:
        did.append("plain")
        state = dict(state)
    file = state
    if rng.random() < .3:
        roots = [["state_dict"], ["model"]]
        if any(map(torch.is_tensor, state.values())):
            roots.append(["some", "where"])  # which needs --root
        root = rng.choice(roots)
        for step in reversed(root):
            file = {"epoch": 3, step: file}
    reference = "checkpoint" if rng.random() < .2 else "manifest"
    if reference == "checkpoint":  # it has no name
        type(model).__name__ = "Model"
    return Case(seed, model, file, root, prefix, reference, did)


# ------------------------------------------------------------ what PyTorch says

def torch_load(path):
    try:
        return torch.load(path, weights_only=False)
    except TypeError:  # before 1.13
        return torch.load(path)


def answer(case, path, quirks):
    state = torch_load(path)
    for step in case.root:
        state = state[step]
    if case.prefix and quirks.versions_move:
        consume_prefix_in_state_dict_if_present(state, case.prefix)
    elif case.prefix:
        state = OrderedDict((key.removeprefix(case.prefix), value)
                            for key, value in state.items())
    try:
        return str(case.model.load_state_dict(state, strict=True))
    except Exception as error:  # pylint: disable=broad-except
        return f"{type(error).__name__}: {error}"


# -------------------------------------------------------------- as plain data

def dtype_name(tensor):
    return str(tensor.dtype).removeprefix("torch.")


def manifest(model):
    state = model.state_dict(keep_vars=True)
    groups = {}
    for name, value in state.items():
        if 0 not in value.shape:
            groups.setdefault(id(value), []).append(name)
    out = {"schema": "ptscope/manifest/1", "name": type(model).__name__,
           "tensors": {name: {"dtype": dtype_name(value),
                              "shape": list(value.shape)}
                       for name, value in state.items()}}
    tied = [names for names in groups.values() if len(names) > 1]
    return {**out, "tied": tied} if tied else out


def plain(value):
    """A value as torch_style/recorded.py builds it again."""
    if torch.is_tensor(value):
        device = ["meta"] if value.is_meta else []
        return [dtype_name(value), list(value.shape), *device]
    if isinstance(value, dict):
        out = {"items": [[key, plain(inner)] for key, inner in value.items()]}
        if isinstance(value, OrderedDict):
            out["metadata"] = getattr(value, "_metadata", None)
        return out
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [plain(inner) for inner in value]}
    if isinstance(value, bytes):
        return {"bytes": value.decode("latin-1")}
    if isinstance(value, torch.dtype):
        return {"dtype": str(value).removeprefix("torch.")}
    return {"is": value}
