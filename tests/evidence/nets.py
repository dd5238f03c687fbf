"""Nets as torch.nn.Module.state_dict() gives them: keys in their order, with
shapes, and an entry of `_metadata` for every module.
"""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Leaf:
    shape: tuple
    dtype: str = "float32"
    trained: bool = True  # a parameter; else a buffer


class Net:
    """`keys`: name to Leaf; `modules`: path to version, as _metadata."""

    def __init__(self):
        self.keys, self.modules = {}, {"": 1}

    def add(self, path, version=1, **leaves):
        parts = path.split(".")
        for i in range(1, len(parts)):
            self.modules.setdefault(".".join(parts[:i]), 1)
        self.modules[path] = version
        for leaf, value in leaves.items():
            self.keys[f"{path}.{leaf}"] = value

    def linear(self, path, n_in, n_out, bias=True):
        self.add(path, weight=Leaf((n_out, n_in)),
                 **({"bias": Leaf((n_out,))} if bias else {}))

    def conv(self, path, n_in, n_out, k=3):
        self.add(path, weight=Leaf((n_out, n_in, k, k)))

    def norm(self, path, n):
        self.add(path, weight=Leaf((n,)), bias=Leaf((n,)))

    def batch_norm(self, path, n, version=2):
        self.add(path, version, weight=Leaf((n,)), bias=Leaf((n,)),
                 running_mean=Leaf((n,), trained=False),
                 running_var=Leaf((n,), trained=False),
                 **({"num_batches_tracked": Leaf((), "int64", False)}
                    if version == 2 else {}))


def transformer(blocks, width=8, head=True, vocabulary=19):
    net = Net()
    net.add("wte", weight=Leaf((vocabulary, width)))
    net.add("wpe", weight=Leaf((11, width)))
    for i in range(blocks):
        h = f"h.{i}"
        net.norm(f"{h}.ln_1", width)
        net.linear(f"{h}.attn.qkv", width, 3 * width)
        net.linear(f"{h}.attn.proj", width, width)
        net.norm(f"{h}.ln_2", width)
        net.linear(f"{h}.mlp.fc1", width, 4 * width)
        net.add(f"{h}.mlp.act")
        net.linear(f"{h}.mlp.fc2", 4 * width, width)
    net.norm("ln_f", width)
    if head:
        net.linear("lm_head", width, vocabulary, bias=False)
    return net


def resnet(stages, per_stage, width=4, classes=7, norm_version=2):
    net = Net()
    net.conv("conv1", 3, width, 7)
    net.batch_norm("bn1", width, norm_version)
    net.add("relu")
    n_in = width
    for s in range(stages):
        n = width * 2 ** s
        for b in range(per_stage):
            at = f"layer{s + 1}.{b}"
            net.conv(f"{at}.conv1", n_in, n)
            net.batch_norm(f"{at}.bn1", n, norm_version)
            net.add(f"{at}.relu")
            net.conv(f"{at}.conv2", n, n)
            net.batch_norm(f"{at}.bn2", n, norm_version)
            if n_in != n:
                net.conv(f"{at}.downsample.0", n_in, n, 1)
                net.batch_norm(f"{at}.downsample.1", n, norm_version)
            n_in = n
    net.add("avgpool")
    net.linear("fc", n_in, classes)
    return net


def tagger(layers, both_ways, width=5, tags=4, bias=True):
    net = Net()
    net.add("embed", weight=Leaf((23, width)))
    leaves, size = {}, width
    for layer in range(layers):
        for end in ("", "_reverse") if both_ways else ("",):
            tail = f"l{layer}{end}"
            leaves[f"weight_ih_{tail}"] = Leaf((4 * width, size))
            leaves[f"weight_hh_{tail}"] = Leaf((4 * width, width))
            if bias:
                leaves[f"bias_ih_{tail}"] = Leaf((4 * width,))
                leaves[f"bias_hh_{tail}"] = Leaf((4 * width,))
        size = width * (2 if both_ways else 1)
    net.add("lstm", **leaves)
    net.linear("out", size, tags)
    return net


def chain(blocks, width=6):
    """A list of equal small networks, each with a batch norm."""
    net = Net()
    net.linear("stem", 3, width)
    for i in range(blocks):
        net.linear(f"stack.{i}.a", width, width)
        net.batch_norm(f"stack.{i}.norm", width)
        net.linear(f"stack.{i}.b", width, 2 * width, bias=False)
        net.linear(f"stack.{i}.c", 2 * width, width)
    net.linear("head", width, 3)
    return net
