"""The suite has teeth: whatever is broken on purpose, a test says so."""

from pathlib import Path

import pytest

from proofs.conftest import Note
from proofs.mutations import MUTATIONS, Mutation, copy_tree, end_of_tests
from support.figures import Figures


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.name)
def test_a_mutation_applies_and_compiles(mutation: Mutation) -> None:
    compile(mutation.text(), mutation.file, "exec")

    assert mutation.text() != mutation.path.read_text(encoding="utf-8")


def test_mutations_have_names_of_their_own() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_every_mutation_is_caught(note: Note, tmp_path: Path) -> None:
    copy_tree(tmp_path / "plain")
    plain = end_of_tests(tmp_path / "plain", {test for each in MUTATIONS for test in each.tests})
    survivors = [
        mutation.name
        for number, mutation in enumerate(MUTATIONS)
        if not mutation.is_caught(tmp_path / str(number))
    ]

    assert plain.returncode == 0, plain.stdout
    assert survivors == []
    note(Figures(proof="mutations, all caught", tasks=0, faults={"mutations": len(MUTATIONS)}))
