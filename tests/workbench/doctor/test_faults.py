"""Each fault made for real: the doctor names the cause, accuses nothing else, and mends it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from benchmarks.label_studio.faults import FAULTS, Fault
from benchmarks.label_studio.lab import Lab
from workbench.doctor import CHECKS, Case, Limits, Result, examine, healthy, mend
from workbench.doctor.result import UNKNOWN, WRONG
from workbench.tables import Event

CALM = Limits(write=20.0, recount=60.0, answer=15.0)


@pytest.fixture(params=FAULTS.values(), ids=FAULTS)
def fault(request: pytest.FixtureRequest) -> Fault:
    return request.param


def look(lab: Lab, limits: Limits) -> dict[str, Result]:
    with Case(lab.root, limits) as case:
        return {one.name: one for one in examine(case)}


def lines(found: dict[str, Result]) -> str:
    return "\n".join(f"{one.state} {one.name}: {one.saw} | {one.do}" for one in found.values())


def behind(name: str) -> set[str]:
    """The checks that say nothing when ``name`` is wrong."""
    found = {name}
    for check in CHECKS.values():
        if found & set(check.needs):
            found.add(check.name)
    return found - {name}


def test_nothing_is_wrong_with_a_good_set_up(lab: Lab, managed_lab: Lab) -> None:
    for one in (lab, managed_lab):
        found = look(one, CALM)
        assert healthy(list(found.values())), lines(found)
        assert [*found] == [*CHECKS]


def test_the_doctor_names_the_fault_and_mends_it(
    fault: Fault, request: pytest.FixtureRequest
) -> None:
    lab: Lab = request.getfixturevalue("managed_lab" if fault.own else "lab")
    with lab.broken(fault.make, fault.there):
        found = look(lab, fault.limits)
        wrong = {name for name, one in found.items() if one.state == WRONG}
        assert wrong == {fault.check}, lines(found)
        hidden = {name for name, one in found.items() if one.state == UNKNOWN}
        assert hidden == behind(fault.check), lines(found)
        assert str(found[fault.check].do), "what is wrong says what to do"
        assert found[fault.check].fixable == fault.fixed
        if not fault.fixed:
            return
        mended, after = mend(lab.root, "the tests", fault.limits)
        assert [one.name for one in mended] == [fault.check] and mended[0].done, mended
        assert healthy(after), lines({one.name: one for one in after})
        with lab.project.store.session() as session:
            logged = session.scalars(select(Event).order_by(Event.id.desc())).first()
        assert (logged.who, logged.what) == ("the tests", "doctor")
        assert logged.about == {"check": fault.check, "did": str(mended[0].did)}


def test_at_least_so_many_faults_are_made() -> None:
    assert len(FAULTS) >= 40
    assert len({fault.check for fault in FAULTS.values()}) >= 24
