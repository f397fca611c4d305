"""What proofs get."""

from collections.abc import Callable

import pytest

from support.figures import Figures, as_property

Note = Callable[[Figures], None]


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Note:
    """Keep the figures of a proof: they are printed, and written where `--figures` says."""

    def one(figures: Figures) -> None:
        request.node.user_properties.append(as_property(figures))

    return one
