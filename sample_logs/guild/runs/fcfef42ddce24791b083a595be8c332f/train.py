lr = 0.1
optimizer = "sgd"
losses = [1.0] * 1
for step in range(5):
    losses.append(losses[-1] * abs(1 - lr))
    print(f"step: {10 * step}")
    print(f"loss: {losses[-1]}")
if lr > 2:
    raise ValueError("the loss grows")
