"""The `fields` query: which members of an object the client wants to see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

ALL = "_all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A parsed `fields` query; paths are tuples of member names."""

    everything: bool = True
    wanted: tuple[tuple[str, ...], ...] = ()
    unwanted: tuple[tuple[str, ...], ...] = ()
    tops: frozenset[str] = field(default=frozenset())

    def takes(self, name: str) -> bool:
        """Tell whether anything of a top-level member may be wanted, so others need no making."""
        return (self.everything or name in self.tops) and (name,) not in self.unwanted

    def of(self, members: Mapping[str, object]) -> dict[str, object]:
        """Return the selected part of an object, members in its own order."""
        if not self.unwanted and all(len(path) == 1 for path in self.wanted):
            everything = self.everything
            return {
                name: value
                for name, value in members.items()
                if everything or (name,) in self.wanted
            }
        kept = {} if not self.everything else dict(members)
        if not self.everything:
            for name, value in members.items():
                paths = [path[1:] for path in self.wanted if path[0] == name]
                if paths:
                    kept[name] = _only(value, paths)
        for path in self.unwanted:
            kept = _without(kept, path)
        return kept


@lru_cache(maxsize=64)
def parse_fields(text: str | None, *, default: tuple[str, ...] = (ALL,)) -> Selection:
    """Parse a comma list of names, `!name`, dotted paths and `_all`; unknown names are no error."""
    names = [name.strip() for name in (text or "").split(",") if name.strip()] or list(default)
    unwanted = tuple(tuple(name[1:].split(".")) for name in names if name.startswith("!"))
    wanted = tuple(tuple(name.split(".")) for name in names if not name.startswith("!"))
    return Selection(
        everything=not wanted or (ALL,) in wanted,
        wanted=wanted,
        unwanted=unwanted,
        tops=frozenset(path[0] for path in wanted),
    )


def _only(value: object, paths: list[tuple[str, ...]]) -> object:
    if () in paths or not isinstance(value, Mapping):
        return value
    return Selection(everything=False, wanted=tuple(paths)).of(value)


def _without(members: dict[str, object], path: tuple[str, ...]) -> dict[str, object]:
    name, rest = path[0], path[1:]
    if not rest:
        return {key: value for key, value in members.items() if key != name}
    value = members.get(name)
    if not isinstance(value, Mapping):
        return members
    return members | {name: _without(dict(value), rest)}
