"""What hyperparameters are called: one canonical name for the many that frameworks write.

``lr``, ``optimizer.lr``, ``base_lr`` and ``eta`` are all ``learning_rate``; ``wd`` and ``l2`` are
``weight_decay``. Logs, search spaces and published priors meet in these names.
The aliases of a user always win over the table here.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

Unit = Literal["", "device", "total", "per 256", "tokens"]

# Canonical name: what else it is called. Compared without case and separators, so that
# ``batch_size`` also stands for ``batchSize``, ``batch-size`` and ``BATCH.SIZE``.
_ALIASES = {
    "learning_rate": "lr base_lr lr0 lr_0 init_lr initial_lr lr_init learning_rate_init peak_lr max_lr lr_max "
    "initial_learning_rate init_learning_rate base_learning_rate peak_learning_rate max_learning_rate "
    "opt_base_learning_rate sgd_opt_base_learning_rate eta eta0 lr_base lr_peak optimizer_lr optim_lr opt_lr adam_lr sgd_lr stepsize",
    "learning_rate_per_256": "blr",
    "weight_decay": "wd l2 decay_weight weight_decay_rate l2_decay l2_reg l2_penalty l2_weight_decay "
    "optimizer_wd adam_weight_decay wdecay",
    "batch_size": "bs batch batch_sz bsz n_batch minibatch_size mini_batch_size train_batch_size "
    "batch_size_train training_batch_size global_batch_size total_batch_size batch_size_total "
    "ims_per_batch imgs_per_batch images_per_batch effective_batch_size train_bs total_train_batch_size",
    "batch_size_per_device": "per_device_train_batch_size per_device_batch_size per_gpu_train_batch_size "
    "micro_batch_size micro_batch microbatch_size train_micro_batch_size_per_gpu batch_size_per_gpu "
    "per_gpu_batch_size samples_per_gpu imgs_per_gpu images_per_gpu device_batch_size device_train_microbatch_size "
    "local_batch_size",
    "tokens_per_batch": "batch_size_tokens batch_tokens total_batch_size_tokens tokens_per_step",
    "optimizer": "opt optim optimiser optimizer_name optimizer_type optim_name optim_type opt_name opt_type "
    "optimizer_class optimizer_class_path optimizer_target algo_optimizer",
    "momentum": "mom sgd_momentum opt_momentum mu_momentum momentum_coefficient",
    "nesterov": "use_nesterov sgd_nesterov nesterov_momentum",
    "beta1": "adam_beta1 beta_1 b1 adam_b1 betas_0 adam_betas_0 adam_beta_1",
    "beta2": "adam_beta2 beta_2 b2 adam_b2 betas_1 adam_betas_1 adam_beta_2",
    "epsilon": "eps adam_eps adam_epsilon opt_eps optimizer_eps",
    "epochs": "n_epochs num_epochs num_train_epochs max_epochs max_epoch total_epochs nb_epochs n_epoch epoch_num "
    "num_epoch train_epochs training_epochs n_train_epochs",
    "max_steps": "num_train_steps max_iters max_iter total_steps train_steps num_training_steps max_train_steps "
    "num_steps total_iters n_iters num_iters max_update total_train_steps train_iters",
    "total_timesteps": "n_timesteps num_timesteps total_env_steps",
    "warmup_steps": "num_warmup_steps warmup_iters n_warmup_steps lr_warmup_steps warmup_iterations "
    "warmup_updates n_warmup warmup_num_steps lr_warmup_iters opt_learning_rate_warmup_steps",
    "warmup_epochs": "lr_warmup_epochs num_warmup_epochs n_warmup_epochs opt_learning_rate_warmup_epochs",
    "warmup_ratio": "warmup_fraction warmup_proportion warmup_pct lr_warmup_fraction warmup_frac warmup_steps_fraction",
    "min_learning_rate": "min_lr eta_min lr_min end_lr final_lr lr_end end_learning_rate final_learning_rate",
    "schedule": "scheduler sched lr_schedule lr_scheduler lr_scheduler_type lr_policy scheduler_type scheduler_name "
    "schedule_type learning_rate_schedule lr_scheduler_name learning_rate_scheduler lr_decay_style lr_schedule_type",
    "lr_decay_rate": "lr_decay lr_gamma lr_decay_factor learning_rate_decay lr_step_gamma decay_factor "
    "lr_scheduler_gamma scheduler_gamma step_lr_gamma lr_reduce_factor",
    "gradient_accumulation_steps": "grad_accum accum_iter accumulate_grad_batches gradient_accumulation "
    "grad_accumulation_steps accumulation_steps accum_steps grad_accum_steps update_freq gradient_accumulation_iters",
    "grad_clip": "clip_grad max_grad_norm gradient_clip_val gradient_clip grad_clip_norm clip_norm clipnorm "
    "gradient_clipping clip_gradient clip_grad_norm grad_norm_clip gradient_clip_norm max_gradient_norm clip_gradients "
    "grad_clip_val",
    "dropout": "drop_rate dropout_rate drop dropout_p p_dropout dropout_prob dropout_probability hidden_dropout_prob "
    "drop_prob p_drop",
    "attention_dropout": "attn_dropout attn_drop attention_dropout_rate attention_probs_dropout_prob attn_drop_rate "
    "attn_pdrop",
    "drop_path": "drop_path_rate droppath stochastic_depth stochastic_depth_rate stochastic_depth_prob path_drop_rate",
    "label_smoothing": "smoothing label_smooth label_smoothing_factor ls_eps smooth_eps",
    "mixup_alpha": "mixup mix_up_alpha",
    "cutmix_alpha": "cutmix",
    "ema_decay": "model_ema_decay ema_rate",
    "layer_decay": "layerwise_lr_decay layer_wise_lr_decay llrd layer_lr_decay",
    "input_size": "img_size imgsz image_size resolution im_size crop_size input_resolution img_sz",
    "seq_length": "max_seq_length max_seq_len seq_len sequence_length block_size context_length max_sequence_length "
    "sequence_len max_source_length max_length",
    "num_layers": "n_layers n_layer num_hidden_layers nlayers nlayer num_layer hidden_layers n_hidden_layers",
    "hidden_size": "hidden_dim hidden_dims n_hidden hidden_channels hidden_units nhid hidden d_hidden dim_hidden",
    "num_heads": "n_heads n_head nheads nhead num_attention_heads attention_heads heads",
    "embedding_dim": "emb_dim embed_dim embedding_size n_embd emb_size embedding_dimension embed_size",
    "lora_r": "lora_rank lora_dim peft_config_r lora_config_r",
    "lora_alpha": "peft_config_lora_alpha",
    "gamma": "discount discount_factor",
    "gae_lambda": "gae_lam lambda_gae",
    "clip_range": "clip_coef clip_param ppo_clip clip_ratio eps_clip cliprange",
    "ent_coef": "entropy_coef entropy_coeff ent_coeff entropy_weight entropy_cost",
    "vf_coef": "value_coef value_loss_coef vf_coeff vf_loss_coeff",
    "buffer_size": "replay_buffer_size replay_size memory_size replay_capacity",
    "tau": "polyak target_tau soft_update_tau",
    "n_estimators": "num_boost_round num_trees n_trees ntrees nrounds num_round n_boosting_rounds boosting_rounds",
    "num_leaves": "max_leaves max_leaf_nodes",
    "max_depth": "tree_depth maximum_depth",
    "min_child_weight": "min_sum_hessian_in_leaf min_sum_hessian",
    "min_child_samples": "min_data_in_leaf min_child_sample",
    "subsample": "bagging_fraction sub_sample row_subsample subsample_rate",
    "colsample_bytree": "feature_fraction colsample colsample_by_tree rsm col_sample_rate",
    "reg_alpha": "lambda_l1 l1_regularization",
    "reg_lambda": "lambda_l2 l2_regularization l2_leaf_reg",
    "model": "arch architecture model_name model_type model_name_or_path network net_name model_arch net model_arch_name",
    "backbone": "backbone_name encoder_name backbone_type",
    "dataset": "data_set dataset_name dset data_name",
    "algorithm": "algo alg algorithm_name rl_algorithm rl_algo",
    "activation": "act activation_function act_fn activation_fn nonlinearity hidden_act act_layer",
}  # fmt: skip

# XGBoost's own words, which mean other things elsewhere; where ``eta`` and ``max_depth`` stand, they are meant.
_XGBOOST = {"alpha": "reg_alpha", "lambda": "reg_lambda"}

_UNITS: dict[str, Unit] = {
    **dict.fromkeys(
        ["globalbatchsize", "totalbatchsize", "batchsizetotal", "imsperbatch", "imgsperbatch",
         "imagesperbatch", "effectivebatchsize", "totaltrainbatchsize"], "total"),
    "blr": "per 256", "learningrateper256": "per 256",
}  # fmt: skip
_CANONICAL_UNITS: dict[str, Unit] = {
    "batch_size_per_device": "device",
    "tokens_per_batch": "tokens",
}

# Folders of a nested config that say nothing about the parameter inside them.
_NEUTRAL = frozenset([
    "config", "cfg", "conf", "args", "arg", "params", "param", "parameters", "parameter", "hparams",
    "hparam", "hyperparameters", "hyperparams", "hyper", "kwargs", "settings", "options", "train",
    "training", "trainer", "trainingarguments", "optimizer", "optim", "optimiser", "opt",
    "optimization", "optimizerconfig", "optimizerparams", "optimizerargs", "model", "modelargs",
    "initargs", "general", "common", "value", "default", "defaults", "solver", "run", "job",
    "experiment", "schedule", "lrscheduler", "scheduler", "lrschedule", "data", "dataset", "main", "0",
])  # fmt: skip
_SEGMENTS = re.compile(r"[./]|::|__")
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+[0-9]*|[A-Z]+[0-9]*|[0-9]+")


def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case, split at punctuation and at capital letters."""
    return tuple(word.lower() for word in _WORDS.findall(name))


def _key(name: str) -> str:
    return re.sub(r"[^0-9a-z]+", "", name.lower())


_BY_KEY = {
    _key(written): canonical
    for canonical, aliases in _ALIASES.items()
    for written in (canonical, *aliases.split())
}


def canonical(name: str, aliases: Mapping[str, str] | None = None) -> str:
    """The name under which a hyperparameter is compared across logs, spaces and priors.

    Neutral folders are dropped (``config.optimizer.lr`` is ``learning_rate``), telling ones kept
    (``discriminator.lr`` is ``discriminator.learning_rate``). A name that is not known comes back as it is,
    without its neutral folders.

    Args:
        name: as written in a log, a search space or a prior.
        aliases: the user's own table, written name to canonical name; it wins.
    """
    parts = [part for part in _SEGMENTS.split(name) if part] or [name]
    own = {_key(written): meant for written, meant in (aliases or {}).items()}
    known = {**_BY_KEY, **own} if own else _BY_KEY
    for i in range(len(parts)):
        meant = known.get(_key("".join(parts[i:])))
        if meant is not None:
            return ".".join([*_telling(parts[:i]), meant])
    return ".".join([*_telling(parts[:-1]), parts[-1]])


def _telling(folders: Iterable[str]) -> list[str]:
    return [folder for folder in folders if _key(folder) not in _NEUTRAL]


def canonical_names(
    names: Iterable[str], aliases: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Canonical name of each of several names that stand side by side; no two share one.

    When two would (``lr`` and ``base_lr`` in one log), one that is already canonical keeps the name and the
    others stay as written; when none is, all stay as written, since which one is meant is not known.
    """
    written = list(dict.fromkeys(names))
    if {"eta", "maxdepth"} <= {_key(_SEGMENTS.split(name)[-1]) for name in written}:
        aliases = {**_XGBOOST, **(aliases or {})}
    meant = {name: canonical(name, aliases) for name in written}
    taken = Counter(meant.values())
    return {name: new if taken[new] == 1 or name == new else name for name, new in meant.items()}


def is_known(name: str) -> bool:
    """Whether the table knows the name, in any of its spellings."""
    return canonical(name) in _ALIASES


def unit(name: str) -> Unit:
    """What a batch size or learning rate counts, as far as its written name tells.

    ``per_device_train_batch_size`` is per ``"device"``, ``global_batch_size`` is the ``"total"``,
    ``blr`` is a learning rate ``"per 256"`` examples; empty when the name does not tell.
    """
    found = _UNITS.get(_key(_SEGMENTS.split(name)[-1]), "")
    return found or _CANONICAL_UNITS.get(canonical(name), "")


_OPTIMIZERS = {
    "sgd": "sgd", "momentum": "sgd", "nag": "sgd", "nesterov": "sgd", "sgdnesterov": "sgd", "sgdm": "sgd",
    **{name: name for name in (
        "adam", "adamw", "nadam", "nadamw", "radam", "adamax", "adafactor", "adagrad", "adadelta", "rmsprop", "lars",
        "lamb", "lion", "muon", "shampoo", "sophia", "psgd", "lbfgs", "ftrl", "amos", "prodigy", "novograd", "soap",
    )},
}  # fmt: skip
_OPTIMIZER_DRESS = re.compile(
    r"torch|optimizers?|optim|optimisers?|fused|paged|bnb|cpu|apex|keras|tensorflow|tf|legacy|foreach|bert|deepspeed|"
    r"sparse|anyprecision|hf|nn|(?:4|8|16|32)bit|withgradclip"
)


def optimizer_family(value: str) -> str:
    """The optimizer a written value means (``"torch.optim.AdamW"`` and ``"paged_adamw_8bit"`` are ``"adamw"``).

    Empty for what is no optimizer known here. Nesterov momentum is SGD's.
    """
    return _OPTIMIZERS.get(_OPTIMIZER_DRESS.sub("", _key(value)), "")


# What is recorded beside hyperparameters but is none: reason, and the runs of words that give it away.
# A phrase counts anywhere in the last part of the name; with "^" it must be all of it, with "$" its end.
_INCIDENTAL = {
    "a random seed": "seed|seeds|random state|rng|^random",
    "a place on disk": "dir$|dirs$|directory$|folder$|path$|paths$|file$|files$|filename$|filepath$|root$|url$|uri$|"
    "outdir$|logdir$|savedir$|datadir$|workdir$|basedir$|cwd$|save to$|^output|^out|^save|^data dir|cache dir|"
    "dataset path|data path|^prefix|load from|^cache|^tmp|hdf5",
    "where it ran": "^host|hostname|host name|^user|^username|^node|node name|^machine|^ip|ip address|"
    "^port|master port|master addr|^pid|slurm|^cluster|^queue|^partition|python executable|^platform|^os",
    "a time": "timestamp|datetime|^date|date$|start time|end time|created at|^created|started at|^started|"
    "finished at|wall time|walltime|^runtime|^elapsed|^time|end datetime|start datetime",
    "hardware, not the model": "num workers|n workers|nworkers|^workers|dataloader workers|loader workers|n jobs|njobs|"
    "num threads|n threads|nthread|nthreads|thread count|^threads|num gpus$|n gpus$|n gpu$|ngpu|ngpus|gpu num|^gpus|^gpu|"
    "gpu id|gpu ids|^device|^devices|num devices$|n devices$|^device count|device id|device ids|^cuda|no cuda|use cuda|"
    "use gpu|use cpu|^cpu|^cpus|num cpus|num cpu|world size|local rank|node rank|global rank|^rank|num nodes$|n nodes$|"
    "^nodes|num proc|nproc|num processes|pin memory|pin mem|persistent workers|prefetch factor|prefetch|cudnn|"
    "^benchmark|^deterministic|dist url|dist backend|^distributed|multiprocessing distributed|^ddp|find unused parameters|"
    "^accelerator|^tpu|tpu cores|channels last|^compile|torch compile",
    "what is printed, logged or saved": "verbose|verbosity|^debug|debug mode|^quiet|^silent|log level|loglevel|"
    "log interval|log freq|log frequency|log every|log steps|log step|logging|^log|^logger|print freq|print every|"
    "print interval|report to|wandb|tensorboard|mlflow|comet|neptune|use tb|save freq|save frequency|save steps|"
    "save every|save interval|save total limit|save top k|save strategy|save model|save last|save checkpoint|"
    "save checkpoints|save best|save best only|save period|checkpoint freq|checkpoint frequency|checkpoint interval|"
    "checkpoint every|^checkpoint|^checkpoints|^resume|resume from|auto resume|progress bar|tqdm|^profile|^profiler|"
    "dry run|^plots|^note|^notes|^title|^comment|^comments|^description|^tags|^tag|push to hub|hub model id|overwrite",
    "evaluation only": "eval interval|eval freq|eval frequency|eval steps|eval every|eval batch size|batch size eval|eval batch sizes|eval strategy|"
    "evaluation strategy|test batch size|val batch size|valid batch size|validation batch size|val interval|"
    "val freq|val check interval|check val every n epoch|test interval|test freq|per device eval batch size|"
    "n eval episodes|eval episodes|^monitor|monitor mode|^do eval|^do train|^do predict|^do test|eval iters",
    "an identity": "^id|^uuid|uuid$|^name|run id|run name|run number|run num|trial id|trial name|trial number|^trial|"
    "job id|job name|exp id|exp name|^exp|experiment id|experiment name|^experiment|study name|sweep id|"
    "config id|config name|worker id|process id|session id|group name|project name|^project|^entity|^author|"
    "git commit|git sha|git hash|git branch|^git|^commit|commit hash|^sha|^hash|^version|version$|^command|^cmd|"
    "^argv|^script|code path",
}  # fmt: skip
_INCIDENTAL_FOLDERS = {
    **dict.fromkeys(("wandb", "logging", "logger", "loggers", "checkpoint", "checkpoints", "callbacks", "logconfig", "checkpointconfig"),
                    "what is printed, logged or saved"),
    **dict.fromkeys(("hydra", "slurm", "git", "host", "system", "hardware", "environment", "launcher"), "where it ran"),
    **dict.fromkeys(("paths", "dirs"), "a place on disk"),
}  # fmt: skip
_PHRASES = [
    (tuple(phrase.strip("^$").split()), phrase[0] == "^", phrase[-1] == "$", reason)
    for reason, phrases in _INCIDENTAL.items()
    for phrase in phrases.split("|")
]
_STARTS = frozenset(phrase[0] for phrase, *_ in _PHRASES)


def is_incidental(name: str) -> str:
    """Why a recorded value is no hyperparameter (a seed, a path, a host, ...); empty when it may be one.

    Whole words decide: ``log_dir`` is a place, ``log_std_init`` and ``drop_path`` are hyperparameters.
    """
    parts = [part for part in _SEGMENTS.split(name) if part] or [name]
    for folder in parts[:-1]:
        if reason := _INCIDENTAL_FOLDERS.get(_key(folder)):
            return reason
    if is_known(name):
        return ""
    spoken = words(parts[-1])
    if _STARTS.isdisjoint(spoken):
        return ""
    return next((why for phrase, *ends, why in _PHRASES if _spoken(phrase, spoken, *ends)), "")


def _spoken(phrase: tuple[str, ...], spoken: tuple[str, ...], whole: bool, last: bool) -> bool:
    if whole:
        return spoken == phrase
    n = len(phrase)
    if last:
        return spoken[-n:] == phrase
    return any(spoken[i : i + n] == phrase for i in range(len(spoken) - n + 1))
