"""A cut of every proof, and that the proofs would see a fault."""

import pytest

from tests.proof.figures import Size
from tests.proof.planted import ANSWER_BEFORE_COMMIT, Fault, planted
from tests.proof.proofs import Proof, proof, proofs

pytestmark = pytest.mark.usefixtures("untraced")


@pytest.mark.parametrize("proof", proofs(), ids=lambda one: one.id)
async def test_every_figure_is_reached_in_a_cut_of_its_proof(proof: Proof) -> None:
    figures = await proof.prove(Size.CUT)
    assert figures
    assert {figure.id for figure in figures} == {proof.id}
    assert [figure for figure in figures if not figure.reached] == []


@pytest.mark.parametrize(("id_", "fault"), [("R1", ANSWER_BEFORE_COMMIT)])
async def test_a_fault_planted_in_the_bot_is_seen_by_its_proof(id_: str, fault: Fault) -> None:
    with planted(fault) as house:
        figures = await proof(id_).prove(Size.CUT, house)
    assert [figure for figure in figures if not figure.reached]
