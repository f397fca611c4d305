"""A group of commands whose help is cheap."""

from typing import Any

from typer.core import TyperGroup


class Commands(TyperGroup):
    """A group whose help, and that of its commands, does without pydantic.

    Typer imports it to read the None of a flag that was not given; False needs no reading.
    """

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401 - typer keeps its types private
        """Return the options of the group, its own help and completion among them."""
        params = super().get_params(ctx)
        for param in params:
            param.default = False if param.default is None else param.default
        return params
