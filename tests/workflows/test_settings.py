"""Settings come from the nearest source, and say which."""

import pytest

from logminer.core.errors import UsageError
from logminer.core.vocabulary import describe
from logminer.workflows.ingest import ingest
from logminer.workflows.settings import load_settings, own_formats


def test_variables_go_before_files_and_files_before_defaults(tmp_path):
    """Each value names its origin."""
    (tmp_path / "logminer.toml").write_text('db = "project.duckdb"\nmode = "max"\n')
    user = tmp_path / "home/.config/logminer"
    user.mkdir(parents=True)
    (user / "config.toml").write_text('db = "user.duckdb"\nstrategy = "random"\n')
    environ = {"HOME": str(tmp_path / "home"), "LOGMINER_MODE": "min"}
    settings = load_settings(tmp_path, environ)
    assert settings.values["db"] == "project.duckdb"
    assert settings.values["mode"] == "min"
    assert settings.values["strategy"] == "random"
    assert settings.origins["mode"] == "LOGMINER_MODE"
    assert settings.origins["db"].endswith("logminer.toml")
    assert settings.origins["seed"] == "default"


def test_a_variable_that_makes_no_sense_is_named():
    """The seed of a variable is a number, or an error that names the variable."""
    assert load_settings(environ={"HOME": "/x", "LOGMINER_SEED": "7"}).values["seed"] == 7
    with pytest.raises(UsageError, match="LOGMINER_SEED"):
        load_settings(environ={"HOME": "/x", "LOGMINER_SEED": "seven"})


def test_the_project_file_is_found_from_below(tmp_path):
    """A command run in a subfolder uses the project's settings."""
    (tmp_path / "logminer.toml").write_text('task_by = "dataset"\n')
    deep = tmp_path / "a/b"
    deep.mkdir(parents=True)
    assert load_settings(deep, {"HOME": "/nowhere"}).values["task_by"] == ["dataset"]


def test_aliases_may_be_written_either_way(tmp_path):
    """One written name to its meaning, or a meaning with its written names."""
    (tmp_path / "logminer.toml").write_text(
        '[aliases.params]\neta_zero = "learning_rate"\nbatch_size = ["bsz", "b"]\n[aliases.metrics]\nacc = "val/accuracy"\n'
    )
    settings = load_settings(tmp_path, {"HOME": "/nowhere"})
    assert settings.param_aliases == {
        "eta_zero": "learning_rate",
        "bsz": "batch_size",
        "b": "batch_size",
    }
    assert settings.metric_aliases == {"acc": "val/accuracy"}


@pytest.mark.parametrize(
    "text",
    [
        "db = [unclosed", 'databse = "x"', "db = 3", "metric = 5", 'mode = "best"', 'summary = "mean"',
        'seed = "x"', "seed = -1", "seed = true", "task_by = [1]", "aliases = 3", 'aliases.metrics = "acc"',
        '[aliases]\nlr = ["x"]', "vocabulary = 3", "[vocabulary]\nmeasures = 3", '[vocabulary.measure]\nkpi = "max"',
        '[vocabulary.measures]\nkpi = "up"', "[vocabulary.measures]\nkpi = 3", "[vocabulary.contexts]\nplant = [3]",
        '[vocabulary.measures.kpi]\ndirection = "max"\nwieght = 2', "[vocabulary.contexts]\nplant = true",
        '[vocabulary.measures.kpi]\ndirection = "max"\nweight = "big"', '[vocabulary.contexts]\n"!" = "no word"',
    ],
)  # fmt: skip
def test_bad_settings_are_one_error_that_names_the_file(tmp_path, text):
    """No TOML, a setting that does not exist, or a value that makes no sense."""
    (tmp_path / "logminer.toml").write_text(text)
    with pytest.raises(UsageError, match=r"logminer\.toml"):
        load_settings(tmp_path, {"HOME": "/nowhere"})


def test_a_projects_own_words_join_the_vocabulary(tmp_path):
    """Measures are given a direction, other names a reason or further spellings."""
    (tmp_path / "logminer.toml").write_text(
        '[vocabulary.measures]\nmy_kpi = "max"\n[vocabulary.measures.scrap]\ndirection = "min"\nweight = 1\n'
        '[vocabulary.contexts]\nplant = "where it stood"\nproduct = ["sku", "article"]\n'
        '[vocabulary.identities]\nticket = "a number of the tracker"\n'
    )
    own = load_settings(tmp_path, {"HOME": "/nowhere"}).vocabulary
    assert (describe("val/my_kpi", own).direction, describe("scrap", own).weight) == ("max", 1)
    assert describe("plant", own).reason == "where it stood"
    assert describe("data.sku", own).canonical == "product"
    assert describe("ticket", own).kind == "identity"
    assert load_settings(tmp_path / "..", {"HOME": "/nowhere"}).vocabulary is None


def test_a_pattern_makes_a_format(store, tmp_path):
    """Lines of a project's own text log are read by its regular expression, before any other format."""
    (tmp_path / "logminer.toml").write_text(
        "[formats.mine]\nfiles = ['*.log']\nline = 'it (?P<step>\\d+) cost <(?P<loss>\\S+)>'\n"
    )
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs/train.log").write_text("hello\nit 1 cost <0.5>\nit 2 cost <0.25>\nbye\n")
    own = own_formats(load_settings(tmp_path, {"HOME": "/nowhere"}))
    result = ingest(store, [str(tmp_path / "runs")], own=own)
    assert result.files == {"mine": 1}
    assert store.read.curves(["loss"])["value"].tolist() == [0.5, 0.25]


@pytest.mark.parametrize("table", ["line = '('", "files = ['*.log']", "line = 'no groups'"])
def test_a_pattern_that_makes_no_sense_is_refused(tmp_path, table):
    """The message names the format."""
    (tmp_path / "logminer.toml").write_text(f"[formats.mine]\n{table}\n")
    with pytest.raises(UsageError, match=r"formats\.mine"):
        own_formats(load_settings(tmp_path, {"HOME": "/nowhere"}))
