"""Short steps are computed in one thread, and the others come back."""

from __future__ import annotations

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from activelearn.threads import one_thread


def threads(user_api: str) -> set[int]:
    """How many threads the libraries of a kind compute in."""
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == user_api}


@pytest.mark.parametrize("user_api", ["blas", "openmp"])
def test_one_thread_while_it_is_entered(user_api: str) -> None:
    with one_thread(), threadpool_limits(limits=3):
        with one_thread():
            assert 1 in threads(user_api)
        assert threads(user_api) == {3}
