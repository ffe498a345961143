"""Training steps of PyTorch for pytorch.ts: MobileNetV2 1.0 from bottleneck 7 on, as train.ts trains it by default.

Reads JSON from standard input, a line at a time, and answers each line with one. The first line describes the step,
and each other line names the memory layout in which one is to be taken: "channels_last" or "contiguous".
"""

import json
import sys
import time

try:
    import torch
except ImportError:
    sys.exit("PyTorch is missing: pip install torch, or let PYTHON name a Python that has it")
from torch import nn
from torch.nn import functional as F

# Channels, stride, count of the bottlenecks behind number 6 (Sandler et al. 2018, table 2).
GROUPS = [(64, 1, 3), (96, 1, 3), (160, 2, 3), (320, 1, 1)]
EXPANSION = 6
FEATURES = 1280


def convolution(inputs, outputs, kernel=1, stride=1, groups=1, activation=True):
    convolve = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    # As ours. With PyTorch's own, values fade from layer to layer to such as CPUs are slow at.
    nn.init.kaiming_normal_(convolve.weight)
    parts = [convolve, nn.BatchNorm2d(outputs)]
    return nn.Sequential(*parts, nn.ReLU6(inplace=True)) if activation else nn.Sequential(*parts)


class Bottleneck(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        wide = EXPANSION * inputs
        self.residual = stride == 1 and inputs == outputs
        self.layers = nn.Sequential(
            convolution(inputs, wide),
            convolution(wide, wide, kernel=3, stride=stride, groups=wide),
            convolution(wide, outputs, activation=False),
        )

    def forward(self, x):
        return x + self.layers(x) if self.residual else self.layers(x)


def build(channels, dimensions):
    layers = []
    for outputs, stride, count in GROUPS:
        for at in range(count):
            layers.append(Bottleneck(channels, outputs, stride if at == 0 else 1))
            channels = outputs
    pooled = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    backbone = nn.Sequential(*layers, convolution(channels, FEATURES), *pooled)
    return backbone, nn.Linear(FEATURES, dimensions)


class Trainer:
    """Batch norms stay as they are; the loss is the softmax over proxies of normalizedSoftmax.ts."""

    def __init__(self, step, layout):
        self.step = step
        self.layout = getattr(torch, f"{layout}_format" if layout == "contiguous" else layout)
        _, height, width, channels = step["input"]
        self.backbone, self.head = build(channels, step["dimensions"])
        self.backbone.to(memory_format=self.layout).eval()
        for module in self.backbone.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.requires_grad_(False)
        self.proxies = nn.Parameter(torch.randn(step["classes"], step["dimensions"]))
        rate = step["learning_rate"]
        backbone = [weight for weight in self.backbone.parameters() if weight.requires_grad]
        groups = [
            {"params": backbone, "lr": rate},
            {"params": self.head.parameters(), "lr": rate * step["head_rate"]},
            {"params": [self.proxies], "lr": 1e-2, "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, weight_decay=step["weight_decay"])
        self.images = torch.rand(2 * step["batch"], channels, height, width)
        self.images = self.images.contiguous(memory_format=self.layout)
        self.labels = torch.arange(2 * step["batch"]) % step["classes"]

    def take(self):
        marks = [time.perf_counter()]
        worked = time.process_time()

        def mark():
            marks.append(time.perf_counter())

        items = torch.randperm(len(self.images))[: self.step["batch"]]
        views = self.images[items].contiguous(memory_format=self.layout)
        mark()
        features = F.normalize(self.head(self.backbone(views)))
        mark()
        logits = features @ F.normalize(self.proxies).T / self.step["temperature"]
        smoothing = self.step["smoothing"]
        loss = F.cross_entropy(logits, self.labels[items], label_smoothing=smoothing)
        mark()
        loss.backward()
        mark()
        self.optimizer.step()
        self.optimizer.zero_grad()
        loss.item()
        mark()
        names = ["data", "forward", "loss", "backward", "update"]
        times = {name: 1000 * (marks[i + 1] - marks[i]) for i, name in enumerate(names)}
        return {"times": times, "cpu_ms": 1000 * (time.process_time() - worked)}


def answer(value):
    print(json.dumps(value), flush=True)


described = json.loads(sys.stdin.readline())
trainers = {layout: Trainer(described, layout) for layout in ("channels_last", "contiguous")}
answer({"version": torch.__version__, "threads": torch.get_num_threads()})
for line in sys.stdin:
    answer(trainers[json.loads(line)].take())
