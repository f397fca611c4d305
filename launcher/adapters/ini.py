"""The INI files of the platform's own clients, read so that no message repeats what they hold."""

import configparser
from pathlib import Path

from launcher.core.errors import UsageError


def at_home(path: str) -> Path | None:
    """Return a path that begins with `~`; None where this user has no home."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return None


def read_ini(path: Path, *, kind: str, section: str) -> configparser.ConfigParser | None:
    """Return what stands in the file, values as they are written; None where there is no file.

    Raises:
        UsageError: it cannot be read, or is no `kind` of file, which has a `section`.
    """
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    try:
        parser.read_string(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {why_unreadable(error)}") from None
    except configparser.MissingSectionHeaderError:
        mend = f"its first line has to be a section, such as [{section}]"
        raise UsageError(f"{path} is no {kind} file: {mend}") from None
    except configparser.Error as error:  # its message may quote a line that holds a secret
        line = getattr(error, "lineno", None)
        where = "" if line is None else f", line {line}"
        raise UsageError(f"{path} is no {kind} file ({type(error).__name__}{where})") from None
    return parser


def why_unreadable(error: OSError | UnicodeDecodeError) -> str:
    """Return words that repeat nothing of the file."""
    return error.strerror or "" if isinstance(error, OSError) else "it is no text in UTF-8"
