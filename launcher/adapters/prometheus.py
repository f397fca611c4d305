"""A text file for the node exporter of Prometheus. The only place that knows prometheus_client."""

from collections.abc import Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
from prometheus_client.parser import text_string_to_metric_families

from launcher.adapters.figures import COMMON, FAMILIES, Key


def write_metrics(path: Path, values: Mapping[Key, float], *, common: Mapping[str, str]) -> None:
    """Replace the file in one step by one of these values; a value's label is its family's own.

    Raises:
        OSError: it cannot be written; what was there stays.
    """
    registry = CollectorRegistry()
    for name, family in FAMILIES.items():
        own = [] if family.label is None else [family.label]
        gauge = Gauge(name, family.words, [*COMMON, *own], registry=registry)
        for (of, label), value in values.items():
            if of == name:
                gauge.labels(*common.values(), *([label] if own else [])).set(value)
    write_to_textfile(str(path), registry)


def read_metrics(path: Path) -> dict[Key, float]:
    """Return the values without a label of its own that stand there; none, if it is no such file.

    Raises:
        OSError: it cannot be read.
    """
    try:
        families = [*text_string_to_metric_families(path.read_text(encoding="utf-8"))]
    except (FileNotFoundError, ValueError):
        return {}
    return {
        (sample.name, None): sample.value
        for family in families
        for sample in family.samples
        if sample.name in FAMILIES and FAMILIES[sample.name].label is None
    }
