"""The contract every query strategy keeps, and what each promises beyond it."""

from __future__ import annotations

import numpy as np
import pytest

from activelearn.strategies import STRATEGIES, choose


def blobs(count: int, clusters: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points in well separated clusters, and the cluster of each."""
    rng = np.random.default_rng(seed)
    members = np.arange(count) % clusters
    centres = rng.normal(size=(clusters, 16)) * 10
    return (centres[members] + rng.normal(size=(count, 16)) * 0.1).astype(np.float32), members


def scores(count: int, classes: int = 4, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(classes), count).astype(np.float32)


class StrategyContract:
    name: str

    def pick(self, probabilities, embeddings, batch, seed=0) -> np.ndarray:
        return choose(
            self.name, probabilities=probabilities, embeddings=embeddings, batch=batch, seed=seed
        )

    @pytest.mark.parametrize("batch", [1, 7, 60])
    def test_gives_a_full_batch_without_repeats(self, batch):
        picked = self.pick(scores(60), blobs(60, 5)[0], batch)
        assert picked.dtype == np.int64
        assert len(picked) == batch == len(set(picked.tolist()))
        assert picked.min() >= 0 and picked.max() < 60

    def test_same_seed_same_answer(self):
        arrays = scores(300), blobs(300, 9)[0]
        assert np.array_equal(self.pick(*arrays, 20, 3), self.pick(*arrays, 20, 3))

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


class TestRandom(StrategyContract):
    name = "random"

    def test_other_seed_other_answer(self):
        arrays = scores(300), blobs(300, 9)[0]
        assert not np.array_equal(self.pick(*arrays, 20, 3), self.pick(*arrays, 20, 4))


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
    with pytest.raises(ValueError, match="no one size"):
        choose("margin", probabilities=np.eye(3), embeddings=np.eye(4), batch=1, seed=0)
