"""The page of figures: what a proof counted is written as it was, in its place."""

from support.figures import (
    BEGIN,
    COLUMNS,
    END,
    Figures,
    as_property,
    figures_of,
    lines_of,
    written_into,
)

ONE = Figures(
    proof="killed",
    tasks=200,
    faults={"timeout": 3, "502": 2},
    kills=50,
    starts=200,
    requests=246,
    longest_recovery_s=1.25,
)


def test_figures_survive_the_way_from_a_worker() -> None:
    assert list(figures_of([("other", 1), as_property(ONE)])) == [ONE]


def test_the_table_takes_the_place_of_the_one_before() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"

    assert written_into(page, [ONE], head="Seed 7.").splitlines() == [
        "before",
        BEGIN,
        "Seed 7.",
        "",
        f"| {' | '.join(COLUMNS)} |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        "| killed | 200 | 5 | 50 | 200 | 0 | 0 | 1.23 | 0 | 1.2 s |",
        "",
        "Faults by kind:",
        "",
        "- killed: 502 2, timeout 3",
        END,
        "after",
    ]


def test_figures_are_printed_by_their_names() -> None:
    (line,) = lines_of([ONE])

    assert line == (
        "killed: 200 tasks, 5 faults, 50 kills, 200 starts, 0 doubles, 0 wrong rows, "
        "1.23 requests a task, 0 429 of our making, 1.2 s longest recovery"
    )
