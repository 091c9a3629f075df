"""Where a team stands, as values: gaps by the manager's level, coverage, agreement, line counts."""

import pytest

from assessments.team import Standing, agreement_of, coverage_of, line_count, rounded


@pytest.mark.parametrize(
    ("standing", "gap"),
    [
        (Standing(target=3, level=1), 2),
        (Standing(target=3, level=0), 3),
        (Standing(target=2, level=3), 0),
        (Standing(target=3, level=1, manager_level=3), 0),
        (Standing(target=3, level=3, manager_level=1), 2),
        (Standing(target=3), None),
        (Standing(target=3, not_applicable=True), None),
        (Standing(level=3), None),
    ],
)
def test_the_gap_is_by_the_line_managers_level_where_there_is_one(standing, gap):
    assert standing.gap == gap


def test_who_can_is_counted_against_each_persons_own_target():
    found = coverage_of(
        "Cloud",
        [
            ("Ann", Standing(target=3, level=3)),
            ("Bob", Standing(target=4, level=3)),
            ("Cai", Standing(target=3)),
            ("Dee", Standing(target=3, not_applicable=True)),
            ("Eve", Standing(level=3)),
            ("Fay", Standing(level=2)),
            ("Gil", Standing()),
        ],
    )
    assert found.can == ["Ann", "Eve"]
    assert (found.required, found.below, found.unrated, found.not_applicable) == (4, 1, 1, 1)


def test_a_skill_nobody_needs_is_covered_by_nobody():
    assert coverage_of("Cloud", [("Ann", Standing(level=3))]).is_nobody


def test_agreement_is_hidden_below_the_minimum():
    pairs = [(1, 1), (1, 2), (3, 1), (2, 2)]
    assert agreement_of("Cloud", pairs, minimum=5).is_hidden
    found = agreement_of("Cloud", pairs, minimum=4)
    assert (found.same, found.higher, found.lower, found.mean) == (2, 1, 1, -0.25)


@pytest.mark.parametrize(
    ("mean", "words"), [(0.04, "the same"), (-0.25, "0.2 lower"), (1.0, "1.0 higher")]
)
def test_the_mean_difference_reads_as_words(mean, words):
    pairs = [(2, 2 + mean)] * 5
    assert agreement_of("Cloud", pairs, minimum=5).in_words == words


@pytest.mark.parametrize(
    ("rated", "reached", "unrated", "shown"),
    [
        (9, 4, 0, (None, None, None)),
        (9, 4, 5, (15, None, None)),
        (12, 5, 0, (10, 10, 5)),
        (13, 12, 4, (15, 15, 10)),
        (12, 0, 0, (10, 10, None)),
        (12, 12, 0, (10, 10, None)),
    ],
)
def test_numbers_about_a_line_are_withheld_when_small_or_unanimous(rated, reached, unrated, shown):
    people = [Standing(target=2, level=2)] * reached
    people += [Standing(target=2, level=1)] * (rated - reached)
    people += [Standing(target=2)] * unrated + [Standing(level=3)]
    count = line_count("Cloud", people, minimum=10)
    assert (count.required, count.rated, count.reached) == shown


def test_numbers_are_rounded_to_the_nearest_five():
    assert [rounded(n) for n in (10, 12, 13, 17, 18)] == [10, 10, 15, 15, 20]
