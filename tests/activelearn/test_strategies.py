"""The contract every query strategy keeps, and what each promises beyond it."""

from __future__ import annotations

import numpy as np
import pytest

from activelearn.strategies import STRATEGIES, Known, choose


def blobs(count: int, clusters: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points in well separated clusters, and the cluster of each."""
    rng = np.random.default_rng(seed)
    members = np.arange(count) % clusters
    centres = rng.normal(size=(clusters, 16)) * 10
    return (centres[members] + rng.normal(size=(count, 16)) * 0.1).astype(np.float32), members


def scores(count: int, classes: int = 4, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(classes), count).astype(np.float32)


def draws_around(probabilities: np.ndarray):
    """A model that is unsure: each draw shakes the probabilities."""

    def sample(indices: np.ndarray, draws: int, seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        rows = np.asarray(probabilities)[indices]
        shaken = rows * rng.uniform(0.2, 1.0, (draws, *rows.shape))
        return shaken / shaken.sum(axis=-1, keepdims=True)

    return sample


def arrays(count: int, classes: int = 4, clusters: int = 5, seed: int = 0) -> dict:
    """All that any strategy may ask for, of a pool of ``count`` items."""
    rng = np.random.default_rng(seed + 1)
    probabilities, embeddings = scores(count, classes, seed), blobs(count, clusters, seed)[0]
    answers = np.full((count, 3), np.nan)
    answered = rng.random((count, 3)) < 0.3
    answers[answered] = rng.integers(0, classes, answered.sum())
    return {
        "probabilities": probabilities,
        "embeddings": embeddings,
        "known": Known(blobs(9, 3, seed + 2)[0], scores(9, classes, seed + 2)),
        "sampler": draws_around(probabilities),
        "answers": answers,
    }


class StrategyContract:
    name: str

    def pick(self, probabilities, embeddings, batch, seed=0) -> np.ndarray:
        """With these arrays, and the rest made up for a pool of that size."""
        given = [array for array in (probabilities, embeddings) if array is not None]
        classes = probabilities.shape[1] if probabilities is not None else 4
        more = arrays(len(given[0]), classes)
        width = embeddings.shape[1] if embeddings is not None else 16
        known = Known(np.zeros((9, width), np.float32), scores(9, classes))
        more |= {"probabilities": probabilities, "embeddings": embeddings, "known": known}
        more["sampler"] = draws_around(probabilities)
        return choose(self.name, **more, batch=batch, seed=seed)

    @pytest.mark.parametrize("batch", [1, 7, 60])
    def test_gives_a_full_batch_without_repeats(self, batch):
        picked = self.pick(scores(60), blobs(60, 5)[0], batch)
        assert picked.dtype == np.int64
        assert len(picked) == batch == len(set(picked.tolist()))
        assert picked.min() >= 0 and picked.max() < 60

    def test_same_seed_same_answer(self):
        given = arrays(300, clusters=9)
        first = choose(self.name, **given, batch=20, seed=3)
        assert np.array_equal(first, choose(self.name, **given, batch=20, seed=3))

    def test_200_classes(self):
        picked = choose(self.name, **arrays(400, classes=200), batch=50, seed=0)
        assert len(set(picked.tolist())) == 50

    def test_pool_smaller_than_batch_gives_the_pool(self):
        assert sorted(self.pick(scores(5), blobs(5, 2)[0], 20)) == [0, 1, 2, 3, 4]

    def test_empty_pool_and_empty_batch(self):
        assert len(self.pick(np.empty((0, 4)), np.empty((0, 16)), 5)) == 0
        assert len(self.pick(scores(9), blobs(9, 2)[0], 0)) == 0

    def test_one_class(self):
        assert len(set(self.pick(np.ones((30, 1)), blobs(30, 3)[0], 8).tolist())) == 8

    def test_all_rows_alike(self):
        picked = self.pick(np.full((50, 4), 0.25), np.ones((50, 16), np.float32), 10)
        assert len(set(picked.tolist())) == 10

    def test_rows_that_could_not_be_scored(self):
        probabilities, embeddings = scores(40), blobs(40, 4)[0].copy()
        probabilities[::3], embeddings[::5] = np.nan, np.nan
        assert len(set(self.pick(probabilities, embeddings, 30).tolist())) == 30

    def test_what_could_not_be_scored_comes_last(self):
        if "probabilities" not in STRATEGIES[self.name].needs:
            return
        probabilities, (embeddings, members) = scores(300), blobs(300, 20)
        centres = np.array([embeddings[members == one].mean(axis=0) for one in range(20)])
        probabilities[:20], embeddings[:20] = np.nan, centres
        assert self.pick(probabilities, embeddings, 40).min() >= 20


class TestRandom(StrategyContract):
    name = "random"

    def test_other_seed_other_answer(self):
        given = scores(300), blobs(300, 9)[0]
        assert not np.array_equal(self.pick(*given, 20, 3), self.pick(*given, 20, 4))


class Uncertain(StrategyContract):
    def test_the_undecided_row_is_first_and_the_unusable_last(self):
        probabilities = np.array([[0.9, 0.05, 0.05], [np.nan] * 3, [0.34, 0.33, 0.33], [1, 0, 0]])
        assert self.pick(probabilities, np.eye(4), 4).tolist() == [2, 0, 3, 1]

    def test_ties_are_not_in_the_order_of_the_file(self):
        assert self.pick(np.full((200, 4), 0.25), None, 5).tolist() != [0, 1, 2, 3, 4]


class TestLeastConfidence(Uncertain):
    name = "least_confidence"


class TestEntropy(Uncertain):
    name = "entropy"


class TestMargin(Uncertain):
    name = "margin"

    def test_two_close_classes_beat_a_flat_rest(self):
        probabilities = np.array([[0.5, 0.49, 0.01], [0.4, 0.3, 0.3]])
        assert self.pick(probabilities, None, 1).tolist() == [0]
        assert choose("entropy", probabilities=probabilities, batch=1, seed=0).tolist() == [1]


class TestKmeansStart(StrategyContract):
    name = "kmeans_start"

    def test_needs_no_model_and_takes_one_of_each_cluster(self):
        embeddings, members = blobs(240, 8)
        assert sorted(members[self.pick(None, embeddings, 8)]) == list(range(8))

    def test_largest_cluster_first(self):
        rng = np.random.default_rng(0)
        members = np.repeat([0, 1, 2], [10, 100, 30])
        embeddings = np.eye(3)[members] * 20 + rng.normal(size=(140, 3)) * 0.1
        assert members[self.pick(None, embeddings, 3)].tolist() == [1, 2, 0]

    def test_a_large_pool(self):
        embeddings = blobs(25_000, 5)[0]
        assert len(set(self.pick(None, embeddings, 20).tolist())) == 20


class TestMarginDiverse(StrategyContract):
    name = "margin_diverse"

    def test_spreads_over_the_uncertain_clusters_only(self):
        embeddings, members = blobs(2000, 10)
        sure = np.tile([0.98, 0.01, 0.01], (2000, 1))
        sure[members < 4] = [0.4, 0.35, 0.25]
        picked = members[self.pick(sure, embeddings, 8)]
        assert set(picked.tolist()) == {0, 1, 2, 3}


class TestRareClass(StrategyContract):
    name = "rare_class"

    def test_least_sure_within_the_class_first(self):
        probabilities = np.array([[0.9, 0.1], [0.45, 0.55], [0.1, 0.9], [0.52, 0.48]])
        picked = choose("rare_class", probabilities=probabilities, label=1, batch=4, seed=0)
        assert picked.tolist() == [1, 2, 3, 0]

    def test_without_a_class_it_is_the_rarest_of_the_pool(self):
        probabilities = np.array(
            [[0.7, 0.2, 0.1], [0.1, 0.2, 0.7], [0.1, 0.8, 0.1], [0.3, 0.6, 0.1]]
        )
        assert self.pick(probabilities, None, 1).tolist() == [1]


class TestBald(StrategyContract):
    name = "bald"

    def test_disagreement_beats_an_even_doubt(self):
        probabilities = np.full((2, 2), 0.5)

        def sample(indices, draws, seed):
            even = np.arange(draws)[:, None, None] % 2 == 0
            torn = np.where(even, [[0.99, 0.01]], [[0.01, 0.99]])
            every = np.concatenate([np.full((draws, 1, 2), 0.5), torn], axis=1)
            return every[:, indices]

        picked = choose("bald", probabilities=probabilities, sampler=sample, batch=1, seed=0)
        assert picked.tolist() == [1]


class TestKmeans(StrategyContract):
    name = "kmeans"

    def test_clusters_without_a_label_first(self):
        embeddings, members = blobs(240, 8)
        known = Known(embeddings[members == 0][:3])
        picked = choose("kmeans", embeddings=embeddings, known=known, batch=7, seed=0)
        assert 0 not in members[picked]


class TestTypiclust(StrategyContract):
    name = "typiclust"

    def test_one_typical_item_of_each_cluster_that_has_no_label(self):
        embeddings, members = blobs(240, 8)
        known = Known(embeddings[members == 0][:1])
        picked = choose("typiclust", embeddings=embeddings, known=known, batch=7, seed=0)
        assert sorted(members[picked]) == [1, 2, 3, 4, 5, 6, 7]


class TestCoreSet(StrategyContract):
    name = "core_set"

    def test_the_farthest_from_what_is_known(self):
        embeddings = np.array([[0, 0], [1, 0], [9, 0], [5, 0]], np.float32)
        known = Known(np.array([[0, 0]], np.float32))
        picked = choose("core_set", embeddings=embeddings, known=known, batch=3, seed=0)
        assert picked.tolist() == [2, 3, 1]


class TestBadge(StrategyContract):
    name = "badge"

    def test_spreads_over_uncertain_clusters(self):
        embeddings, members = blobs(400, 4)
        sure = np.tile([1.0, 0.0], (400, 1))
        sure[members < 3] = [0.55, 0.45]
        picked = choose("badge", probabilities=sure, embeddings=embeddings, batch=3, seed=0)
        assert sorted(members[picked]) == [0, 1, 2]


class TestContrastive(StrategyContract):
    name = "contrastive"

    def test_the_item_that_contradicts_its_neighbours(self):
        embeddings = np.array([[0, 0], [0, 1], [5, 5]], np.float32)
        probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.1, 0.9]])
        known = Known(
            np.array([[0, 0.5], [5, 5]], np.float32), np.array([[0.95, 0.05], [0.05, 0.95]])
        )
        given = {"probabilities": probabilities, "embeddings": embeddings}
        near = Known(known.embeddings[:1], known.probabilities[:1])
        assert choose("contrastive", **given, known=near, batch=3, seed=0)[-1] == 0


class TestActiveLab(StrategyContract):
    name = "activelab"

    def test_asks_again_where_annotators_contradict_the_model(self):
        probabilities = np.tile([0.97, 0.03], (40, 1))
        answers = np.full((40, 2), np.nan)
        answers[:20] = 0
        answers[5] = [0, 1]
        picked = choose("activelab", probabilities=probabilities, answers=answers, batch=3, seed=0)
        assert 5 in picked.tolist()

    def test_ties_do_not_follow_the_global_random_state(self):
        probabilities = np.full((30, 2), 0.5)
        answers = np.full((30, 2), np.nan)
        answers[:6] = [[0, 1]] * 6
        picked = []
        for state in range(4):
            np.random.seed(state)
            picked.append(
                choose("activelab", probabilities=probabilities, answers=answers, batch=5, seed=0)
            )
        assert all(np.array_equal(picked[0], one) and len(one) == 5 for one in picked)

    def test_says_nothing_of_annotators_who_share_no_item(self, capsys):
        probabilities = np.tile([0.9, 0.1], (20, 1))
        answers = np.full((20, 3), np.nan)
        answers[:3, 0] = answers[3:6, 1] = answers[3:6, 2] = 0
        choose("activelab", probabilities=probabilities, answers=answers, batch=2, seed=0)
        assert capsys.readouterr().out == ""


def test_every_strategy_is_under_contract():
    def below(cls):
        return {cls, *(deep for sub in cls.__subclasses__() for deep in below(sub))}

    assert {cls.name for cls in below(StrategyContract) if hasattr(cls, "name")} == set(STRATEGIES)


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="no query strategy 'best'"):
        choose("best", embeddings=np.eye(3), batch=1, seed=0)
    with pytest.raises(ValueError, match="needs a trained model"):
        choose("margin", embeddings=np.eye(3), batch=1, seed=0)
    with pytest.raises(ValueError, match="needs embeddings"):
        choose("margin_diverse", probabilities=np.eye(3), batch=1, seed=0)
    with pytest.raises(ValueError, match="labelled so far"):
        choose("contrastive", probabilities=np.eye(3), embeddings=np.eye(3), batch=1, seed=0)
    with pytest.raises(ValueError, match="no one size"):
        choose("margin", probabilities=np.eye(3), embeddings=np.eye(4), batch=1, seed=0)
