"""More cases by hand: honest, whole files that look as if something was lost.
Each has been met: in code that people write, or in what a hunt for false alarms
with PyTorch has shown.
"""
from . import files, nets
from .by_hand import case, plain, twelve
from .files import OrderedDict, state_dict, tensor, values


def with_optimizer(model, *names, kind="adam", **more):
    """The optimizer has trained these names, in this order."""
    return {"model": model, **more, "optimizer": files.optimizer(
        kind, [[(name, model[name].shape) for name in names]])}


def layers(*widths, bias=True):
    """Linear layers `0`, `1`, … of a Sequential."""
    model = OrderedDict()
    for i, (a, b) in enumerate(zip(widths, widths[1:])):
        model[f"{i}.weight"] = tensor((b, a))
        if bias:
            model[f"{i}.bias"] = tensor((b,))
    return model


# ------------------------------------------------------------- optimizers
@case
def two_parameters_on_one_storage():
    # head.weight.data = embedding.weight.data: two Parameters, two moments.
    model = layers(4, 5, 6, 7)
    model["embedding.weight"] = tensor((20, 8))
    model["head.weight"] = model["embedding.weight"]
    return with_optimizer(model, *model), {}


@case
def two_parameters_on_one_storage_without_moments():
    model = layers(4, 5)
    model["embedding.weight"] = model["head.weight"] = tensor((20, 8))
    return {"model": model, "optimizer": {
        "state": {}, "param_groups": [{"lr": 0.1, "params": [0, 1, 2, 3]}]}}, {}


@case
def one_parameter_named_twice():
    # torch warns, and gives the second one the last number.
    model = layers(4, 5, 6)
    root = with_optimizer(model, *model)
    root["optimizer"]["param_groups"][0]["params"] = [0, 1, 3, 2, 3]
    return root, {}


@case
def trained_tensors_in_a_list():
    model = layers(4, 5, 6, 7)
    root = with_optimizer(model, *model, prototypes=[tensor((3, 8))])
    root["optimizer"] = files.optimizer("adam", [
        [(name, value.shape) for name, value in model.items()]
        + [("prototypes", (3, 8))]])
    return root, {}


@case
def lost_tensor_beside_an_average_in_a_list():
    # A copy of all parameters hides nothing.
    root, expected = twelve(["h.5.mlp.fc1.weight"]), {
        "certain optimizer": "h.5.mlp.fc1.weight"}
    net = nets.transformer(12)
    root["ema"] = [tensor(leaf.shape) for leaf in net.keys.values()]
    return root, expected


@case
def quantized_beside_its_float_optimizer():
    model = OrderedDict(
        [(f"{i}.weight", tensor((4, 4, 3, 3), "int8")) for i in range(3)]
        + [(f"{i}.bias", tensor((4,))) for i in range(3)])
    shapes = [(f"{i}.{leaf}", shape) for i in range(3)
              for leaf, shape in (("weight", (4, 4, 3, 3)), ("bias", (4,)))]
    return {"model": model, "optimizer": files.optimizer("adam", [shapes])}, {
        "likely optimizer": None}


@case
def weight_norm_removed():
    shapes = [(f"{i}.{leaf}", shape) for i in range(4) for leaf, shape in (
        ("bias", (4,)), ("weight_g", (4, 1, 1)), ("weight_v", (4, 4, 3)))]
    model = OrderedDict()
    for i in range(4):
        model[f"{i}.bias"] = tensor((4,))
        model[f"{i}.weight"] = tensor((4, 4, 3))
    return {"model": model, "optimizer": files.optimizer("adam", [shapes])}, {
        "likely optimizer": None}


def named(model, trained):
    return {"model": model, "optimizer": files.optimizer(
        "adam", [trained], names=True)}


@case
def names_within_data_parallel():
    model = layers(4, 5, 6)
    trained = [(f"features.module.{name}", value.shape)
               for name, value in model.items()]
    return named(OrderedDict((f"features.{name}", value)
                             for name, value in model.items()), trained), {}


@case
def names_of_what_was_parametrized():
    model = layers(4, 5, 6)
    trained = [(name.replace("1.weight", "1.parametrizations.weight.original"),
                value.shape) for name, value in model.items()]
    return named(model, trained), {}


@case
def names_with_the_root():
    model, head = layers(4, 5, 6), layers(6, 7)
    root = named(model, [(n, v.shape) for n, v in model.items()]
                 + [(f"head.{n}", v.shape) for n, v in head.items()])
    return {**root, "head": head}, {}


@case
def names_by_another_word():
    model = layers(4, 5, 6)
    trained = [(name, value.shape) for name, value in model.items()]
    model["log_sigmas"] = tensor((3,))
    return named(model, [*trained, ("log_sigma", (3,))]), {
        "likely optimizer": "log_sigma"}


@case
def head_in_front_of_its_backbone():
    net = nets.transformer(12)
    keys = list(net.keys)
    order = keys[-3:] + keys[:-3]
    return {"model": state_dict(net), "optimizer": files.optimizer(
        "adam", [[(k, net.keys[k].shape) for k in order]])}, {}


@case
def adafactor_of_one_vector():
    model = layers(*range(4, 17), bias=False)
    model["norm.weight"] = tensor((9,))
    return with_optimizer(model, *model, kind="torch_adafactor"), {}


@case
def all_state_with_the_first():
    model = layers(4, 5, 6)
    return {"model": model, "optimizer": {
        "state": {0: {"d": tensor((71,)), "t": tensor((1,)), "func_evals": 3}},
        "param_groups": [{"lr": 1, "params": [0, 1, 2, 3]}]}}, {}


# ---------------------------------------------------------------- families
@case
def own_names_of_weights():
    lstm = {f"weight_{gate}": (4, 3) for gate in "ifgo"}
    return {"lstm": plain(**lstm, bias=(4,)),
            "attention": plain(weight_h=(3, 3), weight_s=(3, 3), weight_v=(3,)),
            "gru": plain(weight_w=(3, 3), weight_u=(3, 3))}, {}


@case
def own_norms():
    net = nets.Net()
    net.add("center", 1, running_mean=nets.Leaf((3,), trained=False))
    net.add("seen", 1, num_batches_tracked=nets.Leaf((), "int64", False))
    net.linear("fc", 3, 3)
    return state_dict(net), {}


@case
def counters_left_out_everywhere():
    net = nets.chain(5)
    return state_dict(net, [k for k in net.keys if "tracked" in k]), {}


@case
def one_a_for_several_b():
    return plain(x__lora_A__weight=(2, 4), x__lora_B__0__weight=(4, 2),
                 x__lora_B__1__weight=(4, 2)), {}


@case
def other_packing():
    return plain(x__qweight=(4, 4), x__alpha=(4,)), {}


@case
def norm_of_no_channels():
    return {**plain(a__weight=(0,), a__bias=(0,), a__running_mean=(0,),
                    a__running_var=(0,), b__weight=(0,), b__bias=(0,),
                    b__running_mean=(0,), b__running_var=(0,),
                    c__weight=(3, 3))}, {}


@case
def norms_of_two_kinds():
    net = nets.Net()
    for i in range(4):
        if i != 1:
            net.batch_norm(f"norms.{i}.0", 4)
        else:
            net.add(f"norms.{i}.0", 2)
        net.add(f"norms.{i}.1", 1)
    return state_dict(net), {}


# ------------------------------------------------------- lists and copies
@case
def layers_before_a_norm_without_bias():
    # Conv2d(bias=False), BatchNorm2d, ReLU, Conv2d, …
    net = nets.Net()
    net.linear("0", 3, 4)
    net.linear("2", 4, 5, bias=False)
    net.norm("3", 5)
    net.linear("5", 5, 6)
    return state_dict(net), {}


@case
def pool_between_blocks():
    net = nets.chain(7)
    model = OrderedDict(
        (name.removeprefix("stack."), value)
        for name, value in state_dict(net, metadata=False).items()
        if name.startswith("stack.") and not name.startswith("stack.3."))
    return model, {}


@case
def layers_of_another_thing():
    net = nets.tagger(3, False)
    net.linear("fc.0", 5, 5)
    net.linear("fc.2", 5, 5)
    return {"model": state_dict(net), "args": {"num_layers": 3}}, {}


@case
def predictor_of_one_copy():
    net, other = nets.transformer(4), nets.transformer(4)
    other.linear("predictor.0", 8, 8)
    other.linear("predictor.2", 8, 8)
    return {"online": state_dict(other), "target": state_dict(net)}, {
        "note twin": None}


@case
def copy_of_each_once():
    net = nets.transformer(4)
    model = state_dict(net)
    model["lm_head.weight"] = model["wte.weight"]
    return {"model": model,
            "ema": state_dict(net, ["lm_head.weight"], False)}, {}


@case
def deviation_of_an_actor():
    both = OrderedDict()
    for name in ("actor", "critic"):
        for key, value in state_dict(nets.chain(4)).items():
            both[f"{name}.{key}"] = value
    both["actor.log_std"] = tensor((2,))
    return both, {}


# -------------------------------------------------------- how it was saved
@case
def kept_variables():
    # state_dict(keep_vars=True): _metadata is there.
    net = nets.Net()
    net.norm("bn1", 4)
    net.linear("fc", 4, 3)
    model = state_dict(net)
    for name in model:
        model[name] = values.parameter(model[name])
    return model, {}


@case
def rank_of_an_adapter():
    # No file of a rank: it is looked at.
    return twelve(["lm_head.weight"], metadata=False), {
        "certain optimizer": None}, {"name": "lora_rank16.pt"}


@case
def epoch_of_a_hundred():
    return twelve(["lm_head.weight"], metadata=False), {
        "certain optimizer": None}, {"name": "epoch-12-of-100.pt"}


@case
def first_block_lost():
    # By its name, and not as one behind the last.
    net = nets.transformer(12)
    return twelve([k for k in net.keys if k.startswith("h.0.")],
                  metadata=False), {"certain optimizer": None}
