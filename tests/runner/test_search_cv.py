"""The scikit-learn search: it keeps the rules of estimators, finds what is good, and learns from earlier searches."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

import logminer as lm
from logminer.core.errors import NothingFoundError, UsageError

C = {"type": "float", "low": 1e-3, "high": 1e3, "log": True}
SVM = {"svc__C": C, "svc__gamma": {"type": "float", "low": 1e-5, "high": 10.0, "log": True}}


def svm(**options):
    return lm.SearchCV(make_pipeline(StandardScaler(), SVC()), SVM, cv=3, random_state=0, **options)


def excluded(search):
    """A regressor's warning about a column as target does not come through, as in ``RandomizedSearchCV``."""
    if isinstance(search.estimator, Ridge):
        return {"check_supervised_y_2d": "the warning is raised while fits are tried"}
    return {}


@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
@parametrize_with_checks(
    [
        lm.SearchCV(LogisticRegression(), {"C": {**C, "low": 0.1, "high": 1.0}}, n_iter=2, cv=2, strategy="random", random_state=0, error_score="raise"),
        lm.SearchCV(Ridge(), {"alpha": C}, n_iter=2, cv=2, strategy="random", random_state=0, error_score="raise"),
    ],
    expected_failed_checks=excluded,
)  # fmt: skip
def test_the_rules_of_estimators_are_kept(estimator, check):
    """All of scikit-learn's checks that ``RandomizedSearchCV`` passes."""
    check(estimator)


def test_a_search_has_what_a_randomized_search_has():
    """Scores, the best of them, and an estimator fitted with it."""
    X, y = load_wine(return_X_y=True)
    search = svm(n_iter=6, strategy="tpe").fit(X, y)
    assert (
        search.best_score_
        == search.trials_["value"].max()
        == np.max(search.cv_results_["mean_test_score"])
    )
    assert search.best_params_ == search.cv_results_["params"][search.best_index_]
    assert search.score(X, y) > 0.9
    assert len(search.because_) == 6
    assert svm(n_iter=6, strategy="tpe").fit(X, y).trials_.equals(search.trials_)


def test_earlier_results_lead_the_way():
    """The first config after a related data set's search is already a good one."""
    X, y = load_wine(return_X_y=True)
    rows = [
        svm(n_iter=12, strategy="random")
        .set_params(random_state=s)
        .fit(X, y)
        .trials_.assign(task="wine")
        for s in range(2)
    ]
    past = pd.concat(rows)
    X, y = load_breast_cancer(return_X_y=True)
    warm = svm(n_iter=1, history=past).fit(X, y)
    assert warm.best_score_ > 0.9
    assert "wine" in " ".join(warm.because_[0])


def test_a_finite_space_is_searched_once():
    """When nothing is left to propose the search ends early."""
    X, y = load_wine(return_X_y=True)
    search = lm.SearchCV(SVC(), {"kernel": ["linear", "rbf"]}, n_iter=9, strategy="grid", cv=2)
    assert sorted(search.fit(X, y).trials_["kernel"]) == ["linear", "rbf"]


def test_failing_configs_count_as_failed():
    """A config whose fits raise has no value, and the search goes on."""
    X, y = load_wine(return_X_y=True)
    search = lm.SearchCV(SVC(), {"kernel": ["no such", "rbf"]}, n_iter=2, strategy="grid", cv=2)
    search.fit(X, y)
    assert search.best_params_ == {"kernel": "rbf"}
    assert search.trials_["value"].isna().sum() == 1
    with pytest.raises(ValueError, match="fits failed"):
        search.set_params(space={"kernel": ["no such", "nor this"]}).fit(X, y)


def test_several_metrics_need_a_name():
    """With two scores, ``refit`` says which is searched."""
    X, y = load_wine(return_X_y=True)
    scoring = ["accuracy", "f1_macro"]
    search = svm(n_iter=2, strategy="random", scoring=scoring, refit="f1_macro").fit(X, y)
    assert search.best_score_ == np.max(search.cv_results_["mean_test_f1_macro"])

    def both(estimator, X, y):
        return {"accuracy": estimator.score(X, y), "zero": 0.0}

    with pytest.raises(UsageError, match="none is searched"):
        svm(n_iter=2, strategy="random", scoring=both, refit=False).fit(X, y)


def test_without_a_space_the_hint_says_what_to_do(tmp_path):
    """Neither a space nor logs: nothing to search."""
    X, y = load_wine(return_X_y=True)
    with pytest.raises(NothingFoundError, match="no search space"):
        lm.SearchCV(SVC()).fit(X, y)
    with pytest.raises(NothingFoundError, match="no database"):
        lm.SearchCV(SVC(), history=tmp_path / "none").fit(X, y)


def test_distributions_and_lists_are_spaces():
    """As ``RandomizedSearchCV`` takes them."""
    X, y = load_wine(return_X_y=True)
    space = {"C": stats.loguniform(0.01, 10.0), "degree": stats.randint(2, 4), "kernel": ["poly"]}
    search = lm.SearchCV(SVC(), space, n_iter=3, cv=2, random_state=0).fit(X, y)
    assert search.trials_["C"].between(0.01, 10.0).all()
    assert set(search.trials_["degree"]) <= {2, 3}


@pytest.mark.parametrize("refit", [False, "callable"])
def test_several_metrics_are_searched_together(refit):
    """Without one that leads; a callable chooses in the end."""
    X, y = load_breast_cancer(return_X_y=True)
    chosen = (lambda results: int(np.argmax(results["mean_test_recall"]))) if refit else False
    search = svm(n_iter=5, scoring=["accuracy", "recall"], refit=chosen).fit(X, y)
    assert search.trials_["accuracy"].tolist() == search.cv_results_["mean_test_accuracy"].tolist()
    assert search.trials_["recall"].tolist() == search.cv_results_["mean_test_recall"].tolist()
    assert hasattr(search, "best_estimator_") == bool(refit)
