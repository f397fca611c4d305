"""Commands, and a group of them, whose help is cheap, and ends well where nobody takes it."""

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from launcher.adapters.output import writing_out


class OneCommand(TyperCommand):
    """A command; what it writes while its words are read is its help."""

    def make_context(self, *args: Any, **more: Any) -> Any:  # noqa: ANN401 - typer keeps its types private
        """Return what the words come to.

        Raises:
            StorageError: they ask for help, which standard output does not take.
        """
        with writing_out():
            return super().make_context(*args, **more)
        raise typer.Exit  # its reader went away


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

    def make_context(self, *args: Any, **more: Any) -> Any:  # noqa: ANN401
        """Return what the words come to, as `OneCommand` does."""
        with writing_out():
            return super().make_context(*args, **more)
        raise typer.Exit
