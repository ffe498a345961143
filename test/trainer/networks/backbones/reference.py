"""Prints reference.json: what timm computes with weights that timm.test.ts makes too. With --configs prints
../../weights/timm.json: what timm says of the pretrained weights that have a short name, as in their config.json.

    pip install torch timm
    python reference.py > reference.json
    python reference.py --configs > ../../weights/timm.json
"""

import hashlib
import json
import sys

import numpy as np
import timm
import torch
from timm.utils.model import reparameterize_model

SIZE = 64
HEAD = ("conv_head.", "norm_head.", "classifier.")
# The name in timm, ours, our scheme of names, and what our network leaves out.
MODELS = [
    ("mobilenetv2_100", "mobilenetv2", "timm", ("classifier.",)),
    ("mobilenetv4_conv_small", "mobilenetv4-small", "timm", HEAD),
    ("mobilenetv4_conv_medium", "mobilenetv4-medium", "timm", HEAD),
    ("efficientnet_lite0", "efficientnet-lite0", "timm", ("classifier.",)),
    ("tf_efficientnet_lite0", "efficientnet-lite0", "timm", ("classifier.",)),
    ("mobilenetv3_small_100", "mobilenetv3-small", "timm", HEAD),
    ("mobilenetv3_large_100", "mobilenetv3-large", "timm", HEAD),
    ("tf_mobilenetv3_large_100", "mobilenetv3-large", "timm", HEAD),
    ("resnet18", "resnet-18", "timm and torchvision", ("fc.",)),
    ("resnet50", "resnet-50", "timm and torchvision", ("fc.",)),
    ("repvgg_a0", "repvgg-a0", "timm", ("head.fc.",)),
    ("repvgg_a0", "repvgg-a0", "timm, fused", ("head.fc.",)),
]
PRETRAINED = [
    "mobilenetv2_100.ra_in1k",
    "mobilenetv4_conv_small.e2400_r224_in1k",
    "mobilenetv4_conv_medium.e500_r224_in1k",
    "efficientnet_lite0.ra_in1k",
    "mobilenetv3_small_100.lamb_in1k",
    "mobilenetv3_large_100.ra_in1k",
    "resnet18.a1_in1k",
    "resnet50.a1_in1k",
    "repvgg_a0.rvgg_in1k",
]


def noise(name, count):
    """Numbers from -1 to 1, by a hash of the name (FNV-1a) and of the index."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 % 2**32
    with np.errstate(over="ignore"):
        x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(seed)
        x = (x ^ x >> np.uint32(16)) * np.uint32(0x21F0AAAD)
        x = (x ^ x >> np.uint32(15)) * np.uint32(0x735A2D97)
        return (x ^ x >> np.uint32(15)) / 2**31 - 1


def weight(name, shape):
    u = noise(name, int(np.prod(shape))).reshape(shape)
    if len(shape) > 1:
        return u * np.sqrt(6 / np.prod(shape[1:]))
    if name.endswith("running_var"):
        return 1 + 0.4 * u
    return 1 + 0.3 * u if name.endswith("weight") else 0.2 * u


def expected(name, network, library, left_out):
    model = timm.create_model(name).eval()
    if library == "timm, fused":
        model = reparameterize_model(model)
    tensors = {
        key: tensor for key, tensor in model.state_dict().items()
        if not key.endswith("num_batches_tracked") and not key.startswith(left_out)
    }
    for key, tensor in tensors.items():
        tensor.copy_(torch.from_numpy(weight(key, tuple(tensor.shape))))
    lines = sorted(f"{key} {list(tensor.shape)}".replace(" [", " ").replace("]", "").replace(", ", ",")
                   for key, tensor in tensors.items())
    images = torch.from_numpy(2 * noise("image", 3 * SIZE * SIZE)).float().reshape(1, 3, SIZE, SIZE)
    features = model.forward_features(images).mean((2, 3))[0]
    return {
        "timm": name,
        "network": network,
        "library": library,
        "tensors": len(tensors),
        "digest": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        "features": [float(f"{value:.7g}") for value in features[:: len(features) // 8].tolist()],
    }


def config(name):
    own = timm.get_pretrained_cfg(name).to_dict()
    kept = ("license", "mean", "std", "crop_pct", "interpolation")
    return {
        "repository": own["hf_hub_id"],
        "architecture": name.split(".")[0],
        "pretrained_cfg": {key: own[key] for key in kept},
    }


if "--configs" in sys.argv:
    print(json.dumps([config(name) for name in PRETRAINED], indent=2))
else:
    with torch.no_grad():
        print(json.dumps([expected(*model) for model in MODELS], indent=2))
