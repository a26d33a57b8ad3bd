"""The doctor: looks whether a project is set up right, says what to do, and mends what it can.

A check is one small function of `registry`; `examine` runs them all, `mend` repairs and looks
again.
"""

from workbench.doctor import (  # noqa: I001 - the order in which the checks are shown
    here,
    server,
    access,
    writing,
    bound,
    queue,
    machine,
)
from workbench.doctor.case import Case, Limits
from workbench.doctor.examining import Mended, examine, healthy, mend
from workbench.doctor.registry import CHECKS
from workbench.doctor.result import Result

__all__ = [
    "CHECKS",
    "Case",
    "Limits",
    "Mended",
    "Result",
    "access",
    "bound",
    "examine",
    "healthy",
    "here",
    "machine",
    "mend",
    "queue",
    "server",
    "writing",
]
