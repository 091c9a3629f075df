import pytest

from learning.durations import duration_short, duration_words, minutes_from


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("90", 90),
        (" 45 ", 45),
        ("45 minutes", 45),
        ("45m", 45),
        ("1 min", 1),
        ("1h", 60),
        ("1h 30m", 90),
        ("1h30", 90),
        ("1 hour 30 minutes", 90),
        ("2 hours and 5 mins", 125),
        ("1.5 hours", 90),
        ("0.25h", 15),
        ("1:30", 90),
        ("0:05", 5),
        ("10 Hrs", 600),
    ],
)
def test_lengths_of_time_are_read_as_people_write_them(text, minutes):
    assert minutes_from(text) == minutes


@pytest.mark.parametrize(
    "text", ["", "and", "an hour", "-5", "1.5", "1:75", "90 90", "٣٠", "1e3", "h", "=30", "9" * 30]
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="not a length of time"):
        minutes_from(text)


@pytest.mark.parametrize(
    ("minutes", "words", "short"),
    [
        (0, "0 minutes", "0m"),
        (1, "1 minute", "1m"),
        (60, "1 hour", "1h 0m"),
        (90, "1 hour 30 minutes", "1h 30m"),
        (121, "2 hours 1 minute", "2h 1m"),
        (60_000, "1,000 hours", "1,000h 0m"),
    ],
)
def test_lengths_of_time_read_as_words_and_in_short(minutes, words, short):
    assert duration_words(minutes) == words
    assert duration_short(minutes) == short
