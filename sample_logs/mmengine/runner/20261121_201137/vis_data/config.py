batch_size = 8
load_from = None
optim_wrapper = dict(optimizer=dict(lr=0.05, momentum=0.9, type='SGD'))
randomness = dict(seed=1)
