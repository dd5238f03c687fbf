"""Cases by hand, for each rule: a whole file that stays silent, a damaged one
that does not, and what looks like a loss and is none.

A case is a file and what is found in it: "severity rule" to the name that it
tells (None: it tells none). Whatever is certain or likely has to be expected;
of notes only those that are.
"""
import json

from . import files, nets
from .files import OrderedDict, state_dict, tensor, values

CASES = []


def case(function):
    """Its result: (root, expected), and options of the file."""
    CASES.append(function)
    return function


def plain(**keys):
    """A dict of keys to shapes; `__` is a dot."""
    return {k.replace("__", "."): tensor(v) for k, v in keys.items()}


def twelve(lost=(), optimizer="adam", **more):
    """A transformer of 12 blocks with its optimizer."""
    net = nets.transformer(12)
    trained = [(k, v.shape) for k, v in net.keys.items() if v.trained]
    return {"model": state_dict(net, lost, **more),
            "optimizer": files.optimizer(optimizer, [trained])}


# --------------------------------------------------------------- optimizer
@case
def optimizer_whole():
    return twelve(), {}


@case
def optimizer_lost_tensor():
    # Its twins tell the name; neighbours of the same shape would hide it.
    return twelve(["h.5.mlp.fc1.weight"]), {
        "certain optimizer": "h.5.mlp.fc1.weight"}


@case
def optimizer_lost_tensor_of_plain_dict():
    return twelve(["h.5.mlp.fc1.weight"], metadata=False), {
        "certain optimizer": "h.5.mlp.fc1.weight"}


@case
def optimizer_lost_head():
    return twelve(["lm_head.weight"], metadata=False), {
        "certain optimizer": None}


@case
def optimizer_adafactor_whole():
    return twelve(optimizer="adafactor"), {}


@case
def optimizer_adafactor_lost():
    return twelve(["h.5.mlp.fc1.weight"], optimizer="adafactor"), {
        "certain optimizer": "h.5.mlp.fc1.weight"}


@case
def optimizer_torch_adafactor_whole():
    return twelve(optimizer="torch_adafactor"), {}


@case
def optimizer_tied_names():
    # One parameter under two names: it was trained once.
    net = nets.transformer(6)
    trained = [(k, v.shape) for k, v in net.keys.items()
               if k != "lm_head.weight"]
    return {"model": state_dict(net, tied=[("wte.weight", "lm_head.weight")]),
            "optimizer": files.optimizer("adam", [trained])}, {}


@case
def optimizer_two_groups_whole():
    net = nets.transformer(6)
    every = [(k, v.shape) for k, v in net.keys.items()]
    groups = [[p for p in every if len(p[1]) > 1],
              [p for p in every if len(p[1]) < 2]]
    return {"model": state_dict(net),
            "optimizer": files.optimizer("adam", groups)}, {}


@case
def optimizer_two_groups_lost():
    net = nets.transformer(6)
    every = [(k, v.shape) for k, v in net.keys.items()]
    groups = [[p for p in every if len(p[1]) > 1],
              [p for p in every if len(p[1]) < 2]]
    return {"model": state_dict(net, ["h.3.mlp.fc1.bias"]),
            "optimizer": files.optimizer("adam", groups)}, {
                "certain optimizer": "h.3.mlp.fc1.bias"}


@case
def optimizer_frozen_parameters():
    net = nets.resnet(3, 2)
    trained = [(k, v.shape) for k, v in net.keys.items()
               if v.trained and not k.startswith(("conv1", "bn1", "layer1"))]
    return {"model": state_dict(net),
            "optimizer": files.optimizer("adam", [trained])}, {}


@case
def optimizer_of_another_model():
    return {"model": plain(weight=(3, 3)),
            "optimizer": files.optimizer("adam", [
                [(str(i), (7, 7)) for i in range(9)]])}, {
                    "note optimizer": None}


@case
def optimizer_packed_weights():
    root = twelve(["h.5.mlp.fc1.weight"])
    root["model"]["packed.qdata"] = tensor((4, 4), "uint8")
    return root, {"likely optimizer": "h.5.mlp.fc1.weight"}


@case
def optimizer_without_moments():
    optimizer = {"state": {}, "param_groups": [
        {"lr": 0.1, "params": list(range(5))}]}
    return {"model": plain(a=(2,), b=(2,)), "optimizer": optimizer}, {
        "likely optimizer": None}


@case
def optimizer_names_whole():
    net = nets.transformer(4)
    every = [(k, v.shape) for k, v in net.keys.items()]
    return {"model": state_dict(net),
            "optimizer": files.optimizer("adam", [every], names=True)}, {}


@case
def optimizer_names_lost():
    net = nets.transformer(4)
    every = [("module." + k, v.shape) for k, v in net.keys.items()]
    return {"model": state_dict(net, ["h.2.ln_1.bias"]),
            "optimizer": files.optimizer("adam", [every], names=True)}, {
                "certain optimizer": "h.2.ln_1.bias"}


@case
def optimizer_names_of_fsdp():
    net = nets.transformer(4)
    names = list(net.keys)
    state = {n: files.moments("adam", net.keys[n].shape) for n in names}
    return {"model": state_dict(net, ["ln_f.weight"]), "optim": {
        "state": state, "param_groups": [{"lr": 0.1, "params": names}]}}, {
            "certain optimizer": "ln_f.weight"}


@case
def optimizer_names_renamed():
    # The file has other names throughout: nothing can be told by name.
    net = nets.transformer(4)
    every = [("body." + k, v.shape) for k, v in net.keys.items()]
    return {"model": state_dict(net),
            "optimizer": files.optimizer("adam", [every], names=True)}, {}


@case
def optimizer_group_lost():
    root = twelve()
    root["optimizer"]["param_groups"][0]["params"] = list(range(12))
    return root, {"certain optimizer_groups": None}


@case
def optimizer_hole_in_groups():
    root = twelve()
    for number in (20, 21):
        root["optimizer"]["param_groups"][0]["params"].remove(number)
        del root["optimizer"]["state"][number]
    return root, {"certain optimizer_groups": None}


@case
def optimizer_numbered_by_address():
    # As torch wrote it before 1.0: only the count of them tells.
    root = twelve()
    base = 140234567890000
    state = root["optimizer"]["state"]
    root["optimizer"]["state"] = {base + 72 * k: v for k, v in state.items()}
    root["optimizer"]["param_groups"][0]["params"] = [
        base + 72 * k for k in state]
    return root, {}


@case
def optimizer_lost_moment():
    root = twelve()
    del root["optimizer"]["state"][40]["exp_avg_sq"]
    return root, {"likely optimizer_state": None}


@case
def optimizer_unused_parameters():
    root = twelve()
    for number in (3, 4):
        del root["optimizer"]["state"][number]
    return root, {"note optimizer_state": None}


@case
def optimizer_order():
    # The lost one's shape is there twice more than it was trained.
    root = twelve(["h.5.attn.qkv.weight"], metadata=False)
    root["model"]["extra.weight"] = tensor((24, 8))
    return root, {"likely optimizer_order": None,
                  "likely sibling": "h.5.attn.qkv.weight"}


@case
def optimizer_alone():
    return twelve()["optimizer"], {"note no_model": None}


# ------------------------------------------------------------ by _metadata
@case
def module_lost_block():
    net = nets.transformer(5)
    lost = [k for k in net.keys if k.startswith("h.2.")]
    return state_dict(net, lost), {"certain module": "h.2"}


@case
def module_lost_last_block():
    net = nets.transformer(5)
    lost = [k for k in net.keys if k.startswith("h.4.")]
    return state_dict(net, lost), {"certain module": "h.4"}


@case
def module_lost_linear():
    net = nets.transformer(8)
    lost = ["h.3.attn.proj.weight", "h.3.attn.proj.bias"]
    return state_dict(net, lost), {"likely module": "h.3.attn.proj"}


@case
def module_lost_batch_norm():
    net = nets.resnet(2, 3)
    lost = [k for k in net.keys if k.startswith("bn1.")]
    return state_dict(net, lost), {"likely module": "bn1"}


@case
def module_without_tensors():
    # Activations, dropouts, an Identity in every block: all have an entry.
    net = nets.transformer(6)
    for i in range(6):
        net.add(f"h.{i}.drop_path")
    return state_dict(net), {}


@case
def module_metadata_of_other_names():
    # Keys were renamed, the attribute was not.
    whole = state_dict(nets.transformer(5))
    renamed = OrderedDict(("net." + k, v) for k, v in whole.items())
    renamed._metadata = whole._metadata
    return renamed, {}


@case
def head_identity():
    net = nets.resnet(2, 2)
    return state_dict(net, ["fc.weight", "fc.bias"]), {"note head": "fc"}


@case
def statistics_lost():
    net = nets.resnet(2, 2)
    lost = [k for k in net.keys if not net.keys[k].trained]
    return state_dict(net, lost), {"likely statistics": "bn1.running_mean"}


@case
def statistics_instance_norm():
    net = nets.Net()
    net.conv("conv", 3, 4)
    net.add("norm", 2, weight=nets.Leaf((4,)), bias=nets.Leaf((4,)))
    return state_dict(net), {"note statistics": "norm.running_mean"}


# ------------------------------------------------------------------ family
@case
def family_frozen_batch_norm():
    return state_dict(nets.resnet(2, 2, norm_version=3)), {}


@case
def family_running_var():
    return state_dict(nets.resnet(2, 2), ["bn1.running_var"]), {
        "certain family": "bn1.running_var"}


@case
def family_num_batches_tracked():
    return state_dict(nets.resnet(2, 2), ["bn1.num_batches_tracked"]), {
        "certain family": "bn1.num_batches_tracked"}


@case
def family_tracked_of_plain_dict():
    return state_dict(nets.resnet(3, 2), ["bn1.num_batches_tracked"], False), {
        "likely family": "bn1.num_batches_tracked"}


@case
def family_old_batch_norm():
    # Before 0.4.1 nothing was tracked.
    net = nets.resnet(2, 2)
    return state_dict(net, [k for k in net.keys if "tracked" in k], False), {}


@case
def family_lstm():
    return state_dict(nets.tagger(2, True), ["lstm.weight_hh_l1_reverse"]), {
        "certain family": "lstm.weight_hh_l1_reverse"}


@case
def family_lstm_whole():
    return state_dict(nets.tagger(3, True)), {}


@case
def family_lstm_without_bias():
    return state_dict(nets.tagger(2, False, bias=False)), {}


@case
def family_lstm_weight_drop():
    # fastai keeps the raw weight beside the module.
    return plain(rnn__weight_hh_l0_raw=(8, 2), rnn__module__weight_ih_l0=(8, 3),
                 rnn__module__bias_ih_l0=(8,), rnn__module__bias_hh_l0=(8,)), {}


@case
def family_cell():
    return plain(weight_ih=(8, 3), weight_hh=(8, 2), bias_ih=(8,)), {
        "certain family": "bias_hh"}


@case
def family_attention():
    return plain(a__q_proj_weight=(4, 4), a__v_proj_weight=(4, 2)), {
        "certain family": "a.k_proj_weight"}


@case
def family_attention_output():
    return plain(a__in_proj_weight=(12, 4), a__in_proj_bias=(12,),
                 a__out_proj__bias=(4,)), {
                     "likely family": "a.out_proj.weight"}


@case
def family_weight_norm():
    return plain(c__weight_g=(4, 1), c__bias=(4,)), {
        "certain family": "c.weight_v"}


@case
def family_spectral_norm():
    return plain(c__weight_orig=(4, 4), c__weight_u=(4,), c__weight_v=(4,),
                 c__bias=(4,)), {}


@case
def family_spectral_norm_of_others():
    return plain(c__weight_bar=(4, 4), c__weight_u=(4,), c__weight_v=(4,)), {}


@case
def family_spectral_norm_lost():
    return plain(c__weight_u=(4,), c__weight_v=(4,), c__bias=(4,)), {
        "certain family": "c.weight_orig"}


@case
def family_parametrization():
    return plain(c__parametrizations__weight__original1=(4, 4)), {
        "certain family": "c.parametrizations.weight.original0"}


@case
def family_parametrization_whole():
    return plain(a__parametrizations__weight__original0=(4, 1),
                 a__parametrizations__weight__original1=(4, 4),
                 b__parametrizations__weight__original=(4, 4)), {}


@case
def family_adapter():
    return plain(q__lora_A__weight=(2, 4), q__lora_B__weight=(4, 2),
                 v__lora_A__weight=(2, 4)), {
                     "certain family": "v.lora_B.weight"}


@case
def family_packed():
    return {"q.qweight": tensor((4, 4), "int32"),
            "q.qzeros": tensor((1, 4), "int32")}, {
                "certain family": "q.scales"}


@case
def family_packed_of_others():
    return {"q.qweight": tensor((4, 4), "int32"),
            "q.wscales": tensor((1, 4), "float16")}, {}


@case
def family_scale_of_norm():
    return plain(norm1__scale=(4,), norm2__scale=(4,)), {}


# ------------------------------------------------------------------ blocks
@case
def sibling_lost():
    return state_dict(nets.transformer(9), ["h.4.ln_2.bias"], False), {
        "likely sibling": "h.4.ln_2.bias"}


@case
def sibling_lost_with_metadata():
    return state_dict(nets.transformer(9), ["h.4.ln_2.bias"]), {
        "likely sibling": "h.4.ln_2.bias"}


@case
def sibling_other_block():
    # A block that is built in another way has keys of its own.
    sd = state_dict(nets.transformer(9), ["h.4.ln_2.bias"], False)
    sd["h.4.moe.gate.weight"] = tensor((2, 2))
    return sd, {}


@case
def gap_inside():
    net = nets.transformer(8)
    lost = [k for k in net.keys if k.startswith("h.3.")]
    return state_dict(net, lost, False), {"likely gap": "h.3"}


@case
def gap_every_other_number():
    # Blocks with something that has no tensors in between.
    net = nets.transformer(8)
    lost = [k for k in net.keys if int((k.split(".") + ["0", "0"])[1]
                                       if k.startswith("h.") else 0) % 2]
    return state_dict(net, lost, False), {}


@case
def config_in_file():
    net = nets.transformer(11)
    return {"config": {"n_layer": 12}, "model": state_dict(net)}, {
        "likely config": "h.11"}


@case
def config_beside():
    return state_dict(nets.transformer(11), (), False), {
        "likely config": "h.11"}, {"config": {"num_hidden_layers": 12}}


@case
def config_beside_whole():
    return state_dict(nets.transformer(12), (), False), {}, {
        "config": {"num_hidden_layers": 12}}


@case
def config_of_another_model():
    return state_dict(nets.transformer(11), (), False), {}, {
        "config": {"num_hidden_layers": 24}}


@case
def config_untied_head():
    return state_dict(nets.transformer(6, head=False), (), False), {
        "likely config": None}, {"config": {
            "architectures": ["NetForCausalLM"], "vocab_size": 19,
            "tie_word_embeddings": False}}


@case
def config_untied_head_whole():
    return state_dict(nets.transformer(6), (), False), {}, {"config": {
        "architectures": ["NetForCausalLM"], "vocab_size": 19,
        "tie_word_embeddings": False}}


# ------------------------------------------------------------------- twins
@case
def twin_ema_whole():
    net = nets.transformer(4)
    return {"model": state_dict(net), "ema": state_dict(net, (), False)}, {}


@case
def twin_ema_lost():
    net = nets.transformer(4)
    return {"model": state_dict(net),
            "ema": state_dict(net, ["h.0.ln_1.bias"], False)}, {
                "likely twin": "h.0.ln_1.bias"}


@case
def twin_ema_of_parameters():
    # A moving average of the parameters alone.
    net = nets.chain(4)
    lost = [k for k in net.keys if "tracked" in k]
    return {"model": state_dict(net), "ema": state_dict(net, lost, False)}, {
        "note twin": None}


@case
def twin_networks():
    net = nets.resnet(2, 2)
    both = OrderedDict()
    for name in ("netG_A", "netG_B"):
        for key, value in state_dict(net).items():
            both[f"{name}.{key}"] = value
    del both["netG_B.fc.bias"]
    return both, {"likely twin": "netG_B.fc.bias"}


def two_heads(metadata):
    """As torchvision's box_head and mask_head."""
    net = nets.Net()
    for head in ("box_head", "mask_head"):
        for i in range(4):
            net.conv(f"{head}.{i}.0", 4, 4)
            net.batch_norm(f"{head}.{i}.1", 4)
    net.linear("box_head.5", 4, 4)
    return state_dict(net, metadata=metadata)


@case
def twin_heads_of_two_lengths():
    return two_heads(False), {}


@case
def twin_heads_of_two_lengths_with_metadata():
    return two_heads(True), {}


# ------------------------------------------------------- how it was saved
@case
def parameters_only_list():
    return [values.parameter(tensor((2, 2))), values.parameter(tensor((2,)))], {
        "likely parameters_only": None}


@case
def parameters_only_with_batch_norm():
    return {"conv.weight": values.parameter(tensor((2, 2, 3, 3))),
            "bn1.weight": values.parameter(tensor((2,))),
            "bn1.bias": values.parameter(tensor((2,)))}, {
                "likely parameters_only": None}


@case
def parameters_only_note():
    return {"a.weight": values.parameter(tensor((2, 2))),
            "a.bias": values.parameter(tensor((2,)))}, {
                "note parameters_only": None}


@case
def prefix_of_a_part():
    net = nets.transformer(5)
    return OrderedDict(
        ("module." + k if i % 2 else k, v)
        for i, (k, v) in enumerate(state_dict(net).items())), {
            "likely prefix": None}


@case
def prefix_of_all():
    net = nets.transformer(5)
    return OrderedDict(
        ("module." + k, v) for k, v in state_dict(net).items()), {}


@case
def placeholder_meta():
    return {"a.weight": tensor((2, 2)), "b.weight": values.meta(2, 2)}, {
        "certain placeholder": "b.weight"}


@case
def placeholder_all_meta():
    return {"a.weight": values.meta(2, 2), "b.weight": values.meta(2, 2)}, {
        "note placeholder": None}


@case
def placeholder_zero_stage_3():
    return plain(a__weight=(0,), b__weight=(0,), b__bias=(0,)), {
        "certain placeholder": "a.weight"}


@case
def placeholder_of_deepspeed():
    shapes = OrderedDict([("a.weight", values.size(2, 2)),
                          ("b.weight", values.size(2, 2))])
    return {"module": plain(a__weight=(0,), b__weight=(0,)),
            "param_shapes": [shapes], "shared_params": {}}, {
                "note placeholder": "a.weight"}


@case
def plan_of_deepspeed():
    shapes = OrderedDict([("a.weight", values.size(2, 2)),
                          ("b.weight", values.size(2, 2)),
                          ("c.weight", values.size(2, 2))])
    return {"module": plain(a__weight=(2, 2)), "param_shapes": [shapes],
            "shared_params": {"c.weight": "a.weight"}}, {
                "certain plan": "b.weight"}


@case
def record_unnamed():
    return plain(a=(2,), b=(2,)), {"certain record": None}, {
        "extra": {"data/2": bytes(8)}}


@case
def record_hole():
    keys = plain(a=(2,), b=(2,), c=(2,))
    for key, number in zip(keys, "024"):
        node = keys[key].storage
        node.key = number
    return keys, {"likely record": None}


@case
def record_numbered_by_address():
    keys = plain(a=(2,), b=(2,), c=(2,))
    for key, number in zip(keys, ("94390000", "94390064", "94390128")):
        keys[key].storage.key = number
    return keys, {}


@case
def partial_flat():
    return {"_fsdp_wrapped_module._flat_param": tensor((64,))}, {
        "note partial": "_fsdp_wrapped_module._flat_param"}


@case
def shard_by_name():
    net = nets.transformer(9)
    lost = [k for k in net.keys if k.startswith(("h.3.", "h.5.ln_1.bias"))]
    return state_dict(net, lost, False), {"note shard": None}, {
        "name": "pytorch_model-00001-of-00003.bin"}


@case
def shard_by_index():
    net = nets.transformer(9)
    return state_dict(net, ["h.4.ln_2.bias"], False), {"note shard": None}, {
        "name": "part_a.bin",
        "index": {"weight_map": {"wte.weight": "part_a.bin"}}}


@case
def shard_of_a_rank():
    return state_dict(nets.transformer(9), ["h.4.ln_2.bias"]), {
        "note shard": None}, {"name": "rank_3.pt"}


def names(record):
    return [record.get("name"), record.get("guess"), *record.get("missing", ())]


def write(function, folder):
    root, expected, *options = function()
    options = options[0] if options else {}
    place = folder / function.__name__
    place.mkdir()
    path = place / options.get("name", "model.pt")
    files.write(path, root, options.get("extra", {}))
    for name, value in (("config.json", options.get("config")),
                        ("model.bin.index.json", options.get("index"))):
        if value is not None:
            (place / name).write_text(json.dumps(value))
    return path, expected


def faults_of(expected, records):
    found = {f"{r['severity']} {r['rule']}": [] for r in records}
    for record in records:
        found[f"{record['severity']} {record['rule']}"].append(record)
    for what in found:
        if what not in expected and not what.startswith("note"):
            yield f"{what} is not expected: {found[what][0]['reason']}"
    for what, name in expected.items():
        if what not in found:
            yield f"{what} is not found"
        elif name is not None and not any(
                name in names(r) for r in found[what]):
            yield f"{what} does not name {name}: {found[what][0]}"


def run(ask, folder):
    """Words for what is wrong."""
    wrong, asked = [], [write(function, folder) for function in CASES]
    answers, _ = ask([path for path, _ in asked])
    for function, (_, expected), (records, summary) in zip(
            CASES, asked, answers):
        wrong += [f"{function.__name__}: {fault}"
                  for fault in faults_of(expected, records)]
        result = ("incomplete" if any(w.startswith("certain") for w in expected)
                  else "suspect" if any(w.startswith("likely")
                                        for w in expected)
                  else "no_evidence")
        if summary["result"] != result:
            wrong.append(f"{function.__name__}: the result is "
                         f"{summary['result']}")
    return wrong
