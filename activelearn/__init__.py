"""Active learning as plain functions over arrays and datasets: no disk, no server, no page."""

import os

SPINS = "1000"
"""How often a thread of OpenMP looks whether the others have come before it sleeps; its own default
is 300 times as much. Where another process has one of the processors that burns what the thread
waited for needs, and a training takes many times as long (`active_learning.busy` measures it). It
is read when torch is loaded, which has to be later, where torch comes with libgomp (Linux)."""

if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
