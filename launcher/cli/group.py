"""Commands, and a group of them, whose help is cheap, and whose ends are good."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from launcher.adapters.output import writing_out
from launcher.core.errors import UsageError
from launcher.core.text import visible

_WrongUse: Any = typer.BadParameter.__base__
"""What typer says to a person about their words; it gives no other way to its name."""


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

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as above
        """Carry it out where there is a folder, which all but absolute paths begin from."""
        try:
            os.getcwd()  # noqa: PTH109 - no path is wanted
        except OSError as error:
            raise UsageError("the current folder is gone: change to another one") from error
        return super().invoke(ctx)


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

    def parse_args(self, ctx: Any, args: Any) -> Any:  # noqa: ANN401 - as above
        """Read the words before the command; one that is wrong is told without its tricks."""
        with _told_harmlessly():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as above
        """Read the words of the command, and carry it out."""
        with _told_harmlessly():
            return super().invoke(ctx)


@contextmanager
def _told_harmlessly() -> Iterator[None]:
    """Make what typer quotes of wrong words visible: it goes to a terminal as it was typed.

    Where words are missing, what it says is help; that has lines of its own.
    """
    try:
        yield
    except _WrongUse as error:
        if error.ctx is None or error.message != error.ctx.get_help():
            error.message = visible(error.message)
        raise
