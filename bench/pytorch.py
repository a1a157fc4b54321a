"""The same forward pass and training step in PyTorch on the processor: times only, weights drawn at random."""
import json
import sys
import time

import torch
import torch.nn.functional as F

ROWS, TOKENS, LAYERS, HIDDEN, HEADS, INNER, LABELS = 16, int(sys.argv[1]), 6, 384, 12, 1536, 6


class Layer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = torch.nn.Linear(HIDDEN, 3 * HIDDEN)
        self.out = torch.nn.Linear(HIDDEN, HIDDEN)
        self.norm1 = torch.nn.LayerNorm(HIDDEN, eps=1e-12)
        self.up = torch.nn.Linear(HIDDEN, INNER)
        self.down = torch.nn.Linear(INNER, HIDDEN)
        self.norm2 = torch.nn.LayerNorm(HIDDEN, eps=1e-12)

    def forward(self, x, rate):
        q, k, v = (
            part.view(ROWS, TOKENS, HEADS, HIDDEN // HEADS).transpose(1, 2)
            for part in self.qkv(x).split(HIDDEN, dim=-1)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, dropout_p=rate)
        mixed = self.out(mixed.transpose(1, 2).reshape(ROWS, TOKENS, HIDDEN))
        x = self.norm1(x + F.dropout(mixed, rate))
        return self.norm2(x + F.dropout(self.down(F.gelu(self.up(x))), rate))


def best(work, turns=4):
    times = []
    for _ in range(turns):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times[1:])


ALL_THREADS = torch.get_num_threads()


def measure(threads):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    layers = torch.nn.ModuleList(Layer() for _ in range(LAYERS))
    head = torch.nn.Linear(HIDDEN, LABELS)
    parameters = [*layers.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=2e-5, weight_decay=0.01)
    states = torch.randn(ROWS, TOKENS, HIDDEN)
    labels = torch.arange(ROWS) % LABELS

    def encode(rate):
        x = states
        for layer in layers:
            x = layer(x, rate)
        return x.mean(dim=1)

    def forward():
        with torch.no_grad():
            encode(0.0)

    def step():
        optimizer.zero_grad()
        F.cross_entropy(head(encode(0.1)), labels).backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()

    return {"forward": best(forward), "step": best(step)}


print(json.dumps({"version": torch.__version__, "one_thread": measure(1), "all_threads": measure(ALL_THREADS)}))
