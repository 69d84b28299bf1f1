"""Numbers that tests compare losses, penalties and means with, from PyTorch in f64. Run: python3 regularisation.py

Inputs are formulas, so that the tests can make the same ones. Prints C++ constants.
"""
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def table(rows, columns, step, modulus):
    numbers = torch.arange(rows * columns) * step % modulus
    return (numbers.double() / modulus - 0.5).reshape(rows, columns)


def show(name, *values):
    print(f"// {name}\n{{" + ", ".join(f"{float(value):.9f}" for value in values) + "},")


def tokens(smoothing, z):
    """Objective, plain loss, and the sums of the gradients of x and weight times a table."""
    x, weight = (4 * table(6, 5, 7, 31)).requires_grad_(), (4 * table(9, 5, 11, 37)).requires_grad_()
    targets = torch.tensor([3, 0, -100, 8, 5, 3])
    logits = x @ weight.T
    level = logits.logsumexp(1)[targets >= 0]
    objective = F.cross_entropy(logits, targets, label_smoothing=smoothing) + z * (level ** 2).mean()
    objective.backward()
    show(f"smoothing {smoothing}, z {z}", objective, F.cross_entropy(logits, targets),
         (x.grad * table(6, 5, 3, 13)).sum(), (weight.grad * table(9, 5, 5, 17)).sum())


def labels(smoothing, gamma, weights):
    """Objective and the sum of the logits' gradient times a table. Focal loss as Lin et al. 2017, equation 5."""
    logits = (6 * table(5, 3, 7, 29)).requires_grad_()
    wanted = torch.tensor([0, 2, 1, 2, 2])
    rows = F.cross_entropy(logits, wanted, label_smoothing=smoothing, reduction="none")
    own = torch.softmax(logits, 1).gather(1, wanted[:, None]).squeeze(1)
    objective = (rows * (1 - own) ** gamma * torch.tensor(weights)[wanted]).mean()
    objective.backward()
    show(f"labels: smoothing {smoothing}, gamma {gamma}, weights {weights}", objective,
         (logits.grad * table(5, 3, 3, 13)).sum())


def penalties(l1, l2):
    """Penalty, and the sum of its gradient times a table."""
    weight = table(4, 6, 5, 23).requires_grad_()
    objective = l1 * weight.abs().sum() + l2 / 2 * (weight ** 2).sum()
    objective.backward()
    show(f"penalties: l1 {l1}, l2 {l2}", objective, (weight.grad * table(4, 6, 3, 13)).sum())


def average(decay, steps):
    """torch.optim.swa_utils.AveragedModel with decays that grow, and with the even mean; of the number step²."""
    def run(share):
        model = torch.nn.Linear(1, 1, bias=False)
        averaged = torch.optim.swa_utils.AveragedModel(model, avg_fn=share)
        for step in range(1, steps + 1):
            model.weight.data.fill_(step * step)
            averaged.update_parameters(model)
        return averaged.module.weight
    growing = lambda mean, new, count: mean + (1 - min(decay, (1 + int(count)) / (10 + int(count)))) * (new - mean)
    show(f"means: decay {decay}, {steps} steps, and even", run(growing), run(None))


for smoothing, z in ((0, 0), (0.1, 0), (0, 0.01), (0.2, 0.03)):
    tokens(smoothing, z)
for smoothing, gamma, weights in ((0.1, 0, [1.0, 1.0, 1.0]), (0, 2, [1.0, 1.0, 1.0]), (0, 0.5, [0.5, 2.0, 1.25]), (0.2, 1, [1.0, 3.0, 0.0])):
    labels(smoothing, gamma, weights)
for l1, l2 in ((0.1, 0), (0, 0.3), (0.02, 0.7)):
    penalties(l1, l2)
average(0.9, 30)
