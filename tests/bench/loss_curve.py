"""The losses of a plain GPT in PyTorch (f32) beside those of the program loss_curve, from the same weights and data.

python loss_curve.py PROGRAM TEXT L H C T V B f32|bf16 STEPS [PEAK_LR]
Words of TEXT become ids by hashing. Prints the largest difference of a smoothed loss and that of the last tenth.
"""
import math, subprocess, sys, tempfile, zlib
import torch, torch.nn.functional as F
from safetensors.torch import save_file

program, text = sys.argv[1:3]
L, H, C, T, V, B = map(int, sys.argv[3:9])
dtype, steps = sys.argv[9], int(sys.argv[10])
peak = float(sys.argv[11]) if len(sys.argv) > 11 else 6e-4
WARMUP, LOWEST = 20, 0.1


def weights():
    torch.manual_seed(0)
    normal = lambda *shape, d=0.02: torch.randn(*shape) * d
    all = {"tok.weight": normal(V, C), "pos.weight": normal(T, C), "norm.weight": torch.ones(C)}
    for i in range(L):
        p = f"blocks.{i}."
        all |= {p + "norm1.weight": torch.ones(C), p + "norm2.weight": torch.ones(C),
                p + "attention.qkv_weight": normal(3 * C, C), p + "attention.output_weight": normal(C, C, d=0.02 / math.sqrt(2 * L)),
                p + "feed_forward.up_weight": normal(4 * C, C), p + "feed_forward.down_weight": normal(C, 4 * C, d=0.02 / math.sqrt(2 * L))}
    return all


def loss_of(w, ids, targets):                                    # (B, T) each
    x = w["tok.weight"][ids] + w["pos.weight"]
    for i in range(L):
        p = f"blocks.{i}."
        h = F.layer_norm(x, (C,), w[p + "norm1.weight"])
        q, k, v = (h @ w[p + "attention.qkv_weight"].T).view(B, T, 3, H, C // H).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(B, T, C)
        x = x + y @ w[p + "attention.output_weight"].T
        h = F.layer_norm(x, (C,), w[p + "norm2.weight"])
        x = x + F.gelu(h @ w[p + "feed_forward.up_weight"].T, approximate="tanh") @ w[p + "feed_forward.down_weight"].T
    return F.cross_entropy((F.layer_norm(x, (C,), w["norm.weight"]) @ w["tok.weight"].T).flatten(0, 1), targets.flatten())


def rate(step):
    if step < WARMUP:
        return peak * step / WARMUP
    return peak * (LOWEST + (1 - LOWEST) * 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / max(1, steps - WARMUP))))


def theirs(w, ids):
    w = {name: value.clone().requires_grad_() for name, value in w.items()}
    optimizer = torch.optim.AdamW(w.values(), lr=peak, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1, fused=True)
    losses, rows = [], (len(ids) - 1) // (B * T)
    for step in range(1, steps + 1):
        begin = (step - 1) % rows * B * T
        loss = loss_of(w, ids[begin:begin + B * T].view(B, T), ids[begin + 1:begin + 1 + B * T].view(B, T))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(w.values(), 1.0)
        optimizer.param_groups[0]["lr"] = rate(step)
        optimizer.step()
        losses.append(loss.item())
    return losses


def smooth(values, share=0.9):
    mean, all = values[0], []
    for value in values:
        mean = share * mean + (1 - share) * value
        all.append(mean)
    return all


words = open(text, encoding="utf-8").read().split()
ids = torch.tensor([zlib.crc32(word.encode()) % V for word in words])
w = weights()
with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
    save_file(w | {"ids": ids}, file.name)
    shape = [str(n) for n in (L, H, C, T, V, B)]
    ours = subprocess.run([program, file.name, *shape, dtype, str(steps), str(peak)], check=True, capture_output=True, text=True)
ours = [float(line) for line in ours.stdout.split()]
peer = theirs(w, ids)
share = [abs(a - b) / b for a, b in zip(ours, peer)]
smoothed = [abs(a - b) / b for a, b in zip(smooth(ours), smooth(peer))]
last = max(1, steps // 10)
mean = lambda values: sum(values[-last:]) / last
print(f"{dtype}, {steps} steps: first loss {ours[0]:.4f} / {peer[0]:.4f}, last {last}: {mean(ours):.4f} / {mean(peer):.4f} "
      f"({abs(mean(ours) - mean(peer)) / mean(peer):.3%}); largest difference of a step {max(share):.3%}, smoothed {max(smoothed):.3%}")
