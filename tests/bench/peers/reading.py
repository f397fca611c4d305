"""Read ids and the rows of a report, and write the same table: a second run without a journal."""

import csv
import sys
from pathlib import Path


def main() -> None:
    ids, report = Path(sys.argv[1]), Path(sys.argv[2])
    with (
        ids.open() as lines,
        report.open(newline="") as rows,
        Path(sys.argv[3]).open("w", newline="") as again,
    ):
        reader, writer = csv.reader(rows), csv.writer(again)
        writer.writerow(next(reader))
        for line, row in zip(lines, reader, strict=True):
            if line.strip() != row[0]:
                sys.exit(f"{row[0]} stands where {line.strip()} was asked for")
            writer.writerow(row)


main()
