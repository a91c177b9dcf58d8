"""One vocabulary: every recorded name has one meaning, whoever asks and however it is written."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.core.concepts import KINDS, Concept, Vocabulary, built_in, concept
from logminer.core.spelling import key
from logminer.core.vocabulary import describe
from logminer.formats import lightgbm, xgboost

CONCEPTS = list(built_in())

# Names as people's files hold them, by kind, apart by "|".
REAL: dict[str, str] = {
    "hyperparameter": """
        n_estimators | param_n_estimators | classifier:extra_trees:n_estimators | lrate | lr | Learning Rate | LearningRate | learning-rate | lr0 | lrf | params_lr | param_svc__C | config.training.lr | params.lr
        | config.lr | hparams/lr | hp.lr | args.lr | optimizer_kwargs.lr | optim.lr | pi_lr | v_lr | start_lr | vf_learning_rate | weight_decay
        | wd | momentum | optimizer | Optimizer | optim.name | optimizer.name | optimizer._target_ | model.name | model_name_or_path
        | batch_size | BatchSize | bs | batch | per_device_train_batch_size | dropout | dropout1 | dropout_rate | l2_reg_2
        | l2_reg_dense2 | dense1_units | first_units | units_0 | n_units_l0 | params_n_units_l3 | params_activation_l0
        | activation_l4 | neurons | hidden | hidden_dims | hidden_layer_size | hidden_sizes | NumHiddenLayers | num_layers
        | n_layers | Depth | depth | width | num_heads | heads | emb_dim | frozen_proportion | max_depth | param_max_depth | box | cls | dfl
        | degrees | translate | scale | hsv_h | mosaic | fliplr | mixup | warmup_epochs | warmup_ratio | loss_weight
        | reward_scale | score_threshold | error_feedback_coef | weight_color | weight_glcm | weight_noise | weight_texture
        | coord_weight | lookahead | beta | alpha | gamma | tau | polyak | sigma | lamb | gae_lambda | clip_ratio | ent_coeff_init | target_kl
        | kl_target | damping_coeff | backtrack_iters | train_pi_iters | epsilon_start | epsilon_anneal_time | epsilon_finish
        | learner | mixer | mac | action_selector | agent_output_type | double_q | buffer_size | target_update_interval
        | rnn_hidden_dim | mixing_embed_dim | log_std_init | drop_path | time_embedding_dim | path_length_penalty | patience | early_stopping
        | scheduler_patience | pad_length | padding_token | label_smoothing | criterion | loss_fn | loss_type | params.loss
        | config.score | aggr | conv_layers | bn | strategy | method | compression | lora_rank | cutoff_len | amp
        | finetuning_type | freeze | samples_per_gpu | num_nodes_per_layer | classifier:mlp:alpha | classifier:adaboost:max_depth
        | mask_probability | use_accuracy | is_adv_attention | one_minus_beta1 | discriminator.lr | kernel.name | loss.name
        """,
    "context": """
        dataset | dataset.name | dataset_name | data.name | data_cfg.name | data_config.name | trainset.name | train_data
        | datamodule._target_ | data_path | data | env | env.name | env_id | environment.name | env_args.map_name | env_args.difficulty
        | env_args.reward_sparse | map_name | testproblem | workload | corpus | subject | patient_id | cohort | N | D | params
        | num_params | number of parameters | total_parameters | num_trainable_params | n_parameters | total_flops | total_flos
        | tokens_per_iter | dataset_size | n_samples | vocab_size | num_classes | target_hardware | train_file
        | n_labeled | target_distrib | num_labelled
        """,
    "budget": """
        epochs | n_epochs | num_train_epochs | max_epochs | max_steps | max_iters | t_max | total_timesteps | n_timesteps
        | params.epochs | train_size | n_train | train_frac | data_fraction | split_pct | n_trials | walltime_limit
        | train_subset | num_episodes | tuner/epochs | min_epochs
        """,
    "repeat": """
        seed | random_seed | random_state | config.seed | env_args.seed | rng_seed | fold | fold_id | cv_fold | repeat_id
        | replicate | data.seed | test_random_seed
        """,
    "companion": """
        val_loss_std | std_test_score | test_return_std | return_std | split0_test_score | split1_test_score | rank_test_score | return_mean_T
        | battle_won_mean_T | test_return_mean_T | epsilon_T | episode_T | loss_T | train_loss_step | val_loss_step | ep_rew_max
        | episode_reward_min | grad_norm | train/grad_norm | grad_norm_T | tokens_per_sec | samples/sec | tokens / sec | it/s
        | train_samples_per_second | time/fps | throughput | max_mem | gpu.0.mem.util | train_info.metrics.mem allocated avg
        | metrics.val.macro avg.support | support | validation/num_examples | best_epoch | best_step | used_epochs | lr/pg0 | lr-Adam
        | train/learning_rate | metrics.lr | log_history.learning_rate | ep_length_mean | td_error_abs | dead_allies_mean
        | accuracy_ci_lower | val_acc_upper | run-0 - val_loss__MIN | reward.std | acc_sem | StdEpRet | loss scale
        """,
    "axis": """
        epoch | Epoch | step | Step | _step | global_step | iter | iteration | training_iteration | time/total_timesteps
        | timesteps_total | episode | trainer/global_step | consumed samples | current_steps | iterations_since_restore | val_acc.steps
        """,
    "time": """
        time | Duration | duration | Wall time | time_elapsed | time_this_iter_s | time_total_s | fit_time | mean_fit_time
        | Start Time | timestamp | _timestamp | datetime_start | accuracy_time | epoch_time_sec | elapsed time per iteration (ms)
        | train_runtime | _runtime | date | accumulated_eval_time | end_time | duration_seconds
        """,
    "identity": """
        name | Name | id | trial_id | run_id | exp_name | experiment.name | config.name | Unnamed: 0 | number | index | uuid | note
        | run_name | record_id | Tags | git_commit_hash | save_name | study_name
        """,
    "circumstance": """
        hostname | log_dir | output_dir | data_root | num_workers | device | gpu | verbose | save_steps | eval_steps | eval_batch_size
        | callbacks.early_stopping.monitor | callbacks.model_checkpoint.save_top_k | callbacks.model.name | wandb.project | _wandb.value.cli_version
        | logger.name | environment.devices.driver | host.python_version | learner_log_interval | save_model_interval | use_tensorboard
        | metric_for_best_model | pin_memory | report_to | status | state | hydra.run.dir | model.ckpt_path | test_interval | use_cuda
        """,
    "": "value | value_0 | h | L | T | delay | ti | x | foo_bar | split",
    "max": """
        accuracy | Accuracy | val_acc | val-acc | valAcc | testAccuracy | testaccuracy | Test Acc (%) | Test Accuracy | acc@1 | top-1 | top5 | best_val_acc
        | final_test_acc | class_0_acc | train_acc_epoch | val_acc.values | metrics.acc | metrics.metrics.accuracy.observations.value | balanced_accuracy
        | accuracy_at_best_loss | exact_match | f1 | val_f1_macro | val_f1_score_macro_avg | metrics.val.weighted avg.f1-score | macro-F1
        | val_auc | roc_auc | metrics.test.pr_auc | AUC | iou | mIoU | val_mIoU | Dice | val_dice | mAP | val_map50 | metrics/mAP50(B)
        | metrics/mAP50-95(B) | mAP@0.5 | mAP@0.5:0.95 | coco/bbox_mAP_50 | average_precision | validation/bleu | rougeL | rouge1 | METEOR | CIDEr | pass@1
        | val_ndcg@10 | test_recall@10 | Recall@20 | R@1 | hit_rate@10 | MRR | reward | episode_reward | rollout/ep_rew_mean
        | ep_rew_mean | return_mean | test_return_mean | average-episode-return | AverageEpRet | EpRet | monitor/r | monitor/reward
        | Environment/Cumulative Reward | gauges.Jump.Environment.CumulativeReward.mean.value | battle_won_mean | win_rate | success_rate | eval/success_rate
        | R2 | test_r2 | r2_score | val_R² | pearsonr | mcc | kappa | PSNR | val/ssim | ELBO | log_likelihood | val_loglik | sharpe_ratio | profit | silhouette
        | modularity | fitness | score | mean_test_score | model_utility | forget_Q_A_ROUGE | precision | metrics/recall(B) | neg_mean_squared_error
        | mean_test_neg_mean_squared_error | mean_test_neg_log_loss | -loss | neg_dice_loss | max_val_acc | Genauigkeit | val_précision | 准确率 | 验证准确率
        | explained_variance | loss/accuracy | hits@10 | inception_score | 1-error | negative_loss
        """,
    "min": """
        loss | Loss | val_loss | val loss | Val. Loss | loss (train) | Loss/test | train_loss_epoch | best_val_loss | final_val_loss | smooth loss | new_loss
        | avg_loss | test_total_loss | val/box_loss | val/cls_loss | train/dfl_loss | loss_cls | loss_box_reg | LossV | cross_entropy | train/cross_entropy
        | val_xent | logloss | nll | neg_log_likelihood | perplexity | PPL | bpc | bits_per_byte | error | val_top1_err | top-5 error | top5_error
        | misclassification | rmse | val_rmse | mae | MAPE | mean_squared_error | root_mean_squared_error | brier | brier_score | ece | wer | CER
        | validation/wer | fid | fid_score | eval/fid | lpips | hausdorff | regret | dice_loss | iou_loss | reward_loss | elbo_loss | loss/elbo | -ELBO
        | val/-elbo | neg_elbo | 1-SSIM | 1 - accuracy | kl | objective | cost | latency | inference_time_ms | perte | pérdida | 损失 | Verlust | neg_accuracy
        """,
}  # fmt: skip
NAMES = [
    (name.strip(), sort) for sort, text in REAL.items() for name in text.split("|") if name.strip()
]


@pytest.mark.parametrize(("name", "sort"), NAMES)
def test_real_names_have_their_kind_and_direction(name, sort):
    """Columns, keys and tags of real files mean what a practitioner reads in them."""
    meaning = describe(name)
    if sort in {"min", "max"}:
        assert (meaning.kind, meaning.direction) == ("measure", sort)
        assert meaning.weight > 0
    else:
        assert meaning.kind == sort
        assert meaning.weight == 0


def test_there_are_enough_real_names():
    """The table of names is no handful."""
    assert len(NAMES) >= 400


@pytest.mark.parametrize("entry", CONCEPTS, ids=lambda c: c.name)
def test_every_entry_is_complete(entry):
    """A measure has a direction and a weight, anything else a reason and neither."""
    if entry.kind == "measure":
        assert entry.direction in {"min", "max"}
        assert 0 < entry.weight <= 3
    else:
        assert entry.reason
        assert entry.direction is None
        assert entry.weight == 0
    assert entry.scale in {"", "log", "one minus"}
    assert entry.spellings or entry.names or entry.phrases or entry.folders or entry.scale


def test_all_kinds_have_entries():
    """Each kind that a name can have is in the vocabulary."""
    assert {entry.kind for entry in CONCEPTS} == set(KINDS)


def test_no_spelling_stands_for_two_concepts():
    """Neither a whole name nor a run of words is listed twice, within an entry or in two."""
    whole, runs = defaultdict(set), defaultdict(set)
    for entry in CONCEPTS:
        for written in (entry.name, *entry.spellings, *entry.names):
            whole[key(written)].add((entry.kind, entry.name))
        for phrase in entry.phrases:
            # The last step of a measure is beside it; alone it is an axis.
            runs[phrase, entry.beside].add((entry.kind, entry.name))
    assert [written for written, found in whole.items() if len(found) > 1] == []
    assert [phrase for phrase, found in runs.items() if len(found) > 1] == []


@pytest.mark.parametrize("entry", CONCEPTS, ids=lambda c: c.name)
def test_every_canonical_name_describes_itself(entry):
    """Every entry's own name and spellings are found, as of its kind."""
    chosen = entry.kind in {"hyperparameter", "context", "budget"}
    assert describe(entry.name).kind == entry.kind
    assert describe(entry.name).canonical == entry.name
    for written in entry.spellings:
        assert describe(written).kind == entry.kind
        assert describe(written).canonical == (entry.name if chosen else written)
    for written in (*entry.names, *(f"valid_0/{name}" for name in entry.below_split)):
        assert describe(written).kind == entry.kind, written


@pytest.mark.parametrize(
    "phrase", [p for c in CONCEPTS for p in c.phrases if c.kind == "measure" and p[0] != "^"]
)  # fmt: skip
def test_every_measure_keeps_its_direction_on_every_split(phrase):
    """``val_x`` and ``test/x`` are measured as ``x`` is."""
    name = phrase.strip("^$").replace(" ", "_")
    alone = describe(name)
    assert alone.kind == "measure"
    for written, split in (
        (f"val_{name}", "validation"),
        (f"test/{name}", "test"),
        (f"train.{name}", "training"),
    ):
        meaning = describe(written)
        assert (meaning.kind, meaning.direction, meaning.split) == (
            "measure",
            alone.direction,
            split,
        )
        assert describe(f"{written}_std").kind == "companion"


@pytest.mark.parametrize("metric", sorted(xgboost.METRICS | lightgbm.METRICS))
def test_every_measure_read_by_formats_has_a_direction(metric):
    """The metrics that boosting libraries log are measures, on whatever set they are evaluated."""
    for place in ("training", "valid_0", "test"):
        assert describe(f"{place}/{metric}").kind == "measure"
        assert describe(f"{place}/{metric}").direction in {"min", "max"}


SEPARATORS = st.sampled_from(["_", "-", " ", "."])


@given(
    st.sampled_from([n for n, _ in NAMES if n.replace("_", "").isalpha() and n.islower()]),
    SEPARATORS,
)
def test_case_and_separators_do_not_change_the_meaning(name, separator):
    """Snake case, kebab case, blanks, upper case and capitals name the same thing."""
    meaning = describe(name)
    written = {name.upper(), name.title(), name.replace("_", "-"), name.replace("_", " ").title()}
    written.add("".join(part.capitalize() for part in name.split("_")))
    if separator != ".":
        written.add(name.replace("_", separator))
    for form in written:
        found = describe(form)
        assert (found.kind, found.direction, found.split) == (
            meaning.kind,
            meaning.direction,
            meaning.split,
        ), form


@given(st.text(max_size=60))
def test_any_text_has_a_meaning(text):
    """Whatever stands in a file, describing it answers."""
    assert describe(text).kind in {*KINDS, ""}


def test_long_names_take_linear_time():
    """A name of a megabyte is described in moments."""
    assert describe("loss_" * 4000).kind == "measure"
    assert describe("train" * 20_000).kind == ""
    assert describe("x/" * 20_000).kind == ""


@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("val_loss_std", "val_loss"), ("std_test_score", "mean_test_score"), ("rank_test_score", "mean_test_score"),
        ("split3_test_score", "mean_test_score"), ("return_mean_T", "return_mean"), ("test_return_std", "test_return"),
        ("train_loss_step", "train_loss"), ("episode_reward_max", "episode_reward"), ("lossStd", "loss"),
        ("run-1 - val_loss__MAX", "run-1 - val_loss"), ("std_reward", "mean_reward"), ("eval/acc/std", "eval/acc"),
    ],
)  # fmt: skip
def test_companions_tell_whose_they_are(name, measure):
    """A spread, an extreme, a step or a rank names the measure it belongs to."""
    assert describe(name).companion_of == measure


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("per_device_train_batch_size", "device"), ("global_batch_size", "total"), ("blr", "per 256"), ("batch_size", ""),
        ("tokens_per_batch", "tokens"), ("time_total_s", "s"), ("latency_ms", ""), ("duration_ms", "ms"), ("Test Acc (%)", "%"),
        ("D", "tokens"),
    ],
)  # fmt: skip
def test_units_are_in_the_name(name, unit):
    """What a number counts is told as far as its name tells."""
    assert describe(name).unit == unit


@pytest.mark.parametrize(
    ("name", "scale"),
    [("lr", "log"), ("optim.wd", "log"), ("critic_lr", "log"), ("adam_beta1", "one minus"), ("polyak", "one minus"), ("dropout", "")],
)  # fmt: skip
def test_scales_of_the_literature(name, scale):
    """Learning rates are searched by ratio, decays by their distance to 1."""
    assert describe(name).scale == scale


@pytest.mark.parametrize(
    ("name", "measure", "whole"),
    [
        ("val_total_loss", "loss", True), ("val/box_loss", "loss", False), ("loss_cls", "loss", False), ("Loss/test", "loss", True),
        ("val_nll", "loss", True), ("mean_test_score", "score", True), ("class_0_acc", "accuracy", False),
        ("metrics.val.accuracy", "accuracy", True), ("ppl", "perplexity", True), ("lr", "", False),
    ],
)  # fmt: skip
def test_a_part_of_a_measure_is_no_whole(name, measure, whole):
    """The loss of the boxes is one part of the loss; splits and means leave it whole."""
    assert describe(name).measure == measure
    assert describe(name).whole == whole


def test_a_baseline_is_a_reference():
    """What results are compared with is a measure of its own sort."""
    assert describe("baseline_loss").reference
    assert not describe("best_val_loss").reference


def test_the_users_words_win():
    """A project's own measures and contexts are known, and what they say replaces what is built in."""
    own = Vocabulary((
        concept("measure", "my_kpi", {"direction": "max", "weight": 3.0}),
        concept("context", "plant", {"reason": "where it was measured"}),
        Concept("hyperparameter", "score", reason="ours"),
    ))  # fmt: skip
    assert describe("val_my_kpi").kind == ""
    assert (describe("val_my_kpi", own).kind, describe("val_my_kpi", own).direction) == (
        "measure",
        "max",
    )
    assert describe("my_kpi_loss", own).direction == "min"
    assert describe("plant", own).reason == "where it was measured"
    assert describe("score", own).kind == "hyperparameter"
    assert describe("score").kind == "measure"


@pytest.mark.parametrize(
    "entry",
    [
        {"direction": "up"},
        {},
        {"direction": "max", "wieght": 3},
        {"direction": "max", "words": "loss"},
    ],
)
def test_a_wrong_entry_is_refused(entry):
    """A direction that is none, a field that is none, a text for a list: one clear line."""
    with pytest.raises(ValueError, match=r"direction|no sense|no list"):
        concept("measure", "kpi", entry)
