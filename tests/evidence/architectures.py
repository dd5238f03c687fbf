#!/usr/bin/env python3
"""Prints architectures of torchvision and timm, a line of JSON each: the names,
shapes and dtypes of a state_dict, `_metadata`, and the order in which an
optimizer numbers the parameters. Modules are made on the meta device.

    architectures.py [--every N] >nets.jsonl

Needs torch, torchvision and timm. For rates.py; no test runs it.
"""
import argparse
import json
import sys
import warnings

import timm
import torch
import torchvision


def makers(every):
    for name in torchvision.models.list_models():
        def make(name=name):
            more = {}
            if not name.startswith("vit_") and name in (
                    torchvision.models.list_models(
                        torchvision.models.detection)
                    + torchvision.models.list_models(
                        torchvision.models.segmentation)):
                more = {"weights_backbone": None}
            return torchvision.models.get_model(name, weights=None, **more)
        yield f"torchvision {name}", make
    for name in timm.list_models()[::every]:
        yield f"timm {name}", lambda name=name: timm.create_model(name)


def describe(name, model):
    state = model.state_dict()
    trained = [key for key, parameter in model.named_parameters()
               if parameter.requires_grad]
    return {
        "name": name,
        "keys": {key: [list(value.shape), str(value.dtype).split(".")[-1]]
                 for key, value in state.items()
                 if isinstance(value, torch.Tensor)},
        "trained": [key for key in trained if key in state],
        "modules": {path: entry.get("version")
                    for path, entry in state._metadata.items()}}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=5,
                        help="of timm's, which are more than a thousand")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    failed = 0
    for name, make in makers(arguments.every):
        try:
            with torch.device("meta"):
                described = describe(name, make())
        except Exception as error:  # pylint: disable=broad-except
            # Some need more packages, or compute while they are made.
            failed += 1
            print(f"{name}: {str(error)[:100]}", file=sys.stderr)
            continue
        print(json.dumps(described), flush=True)
    print(f"{failed} could not be made; torch {torch.__version__}, torchvision "
          f"{torchvision.__version__}, timm {timm.__version__}",
          file=sys.stderr)


if __name__ == "__main__":
    main()
