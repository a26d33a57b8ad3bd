"""One thread for what is computed in many short steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

_ALONE = RLock()


@contextmanager
def one_thread() -> Iterator[None]:
    """While it is entered, BLAS and OpenMP compute in one thread; others that enter it wait.

    To wait for another thread after each of many short steps takes longer than the step: a linear
    head on 1,000 texts and 77 labels is fitted 4 times as fast on two idle cores, and 15 times
    where others use them. What is set is the process's, and would stay if two had set it in turns.
    """
    with _ALONE, _libraries().limit(limits=1):
        yield


@lru_cache(maxsize=1)
def _libraries() -> ThreadpoolController:
    """What scikit-learn computes with; to look for it takes milliseconds."""
    import sklearn.linear_model  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
