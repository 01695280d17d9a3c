from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from corpus.readers.xlsx_numbers import shown


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (None, "General", ""),
        ("a text", "@", "a text"),
        (False, "General", "FALSE"),
        (12, "General", "12"),
        (12.0, "General", "12"),
        (0.1 + 0.2, "General", "0.3"),
        (1 / 3, "General", "0.33333333333"),
        (-2.5, "General", "-2.5"),
        (1234567890123, "General", "1234567890123"),
        (1.5e-9, "General", "1.5E-09"),
        (2.5, "0", "3"),
        (2.4, "0", "2"),
        (7, "000", "007"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (1234567.891, "#,##0", "1,234,568"),
        (1234567, "#,##0,", "1,235"),
        (0.4, "0%", "40%"),
        (0.1234, "0.0%", "12.3%"),
        (2.5, "0.##", "2.5"),
        (2, "0.##", "2."),
        (0.5, "#.00", ".50"),
        (0, "#,##0", "0"),
        (-5, "0", "-5"),
        (-0.2, "0", "0"),
        (-5, "0;(0)", "(5)"),
        (5, "0;(0)", "5"),
        (0, '0;-0;"none"', "0"),
        (1250.5, '#,##0.0 "m³"', "1,250.5 m³"),
        (9, '"No. "0', "No. 9"),
        (9.5, "[$€-407] #,##0.00", "€ 9.50"),
        (9.5, "#,##0.00\\ [$₽-419]", "9.50 ₽"),
        (-9.5, "[Red]-0.0", "--9.5"),
        (9.5, "_-* #,##0.00_-", "9.50"),
        (12345, "0.00E+00", "12345"),
        (0.5, "# ?/?", "0.5"),
        (5, "[>3]0.0;0", "5"),
        (float("inf"), "0.0", "inf"),
    ],
)
def test_numbers_are_written_as_their_format_displays_them(value: object, format: str, text: str) -> None:
    assert shown(value, format) == text


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (datetime(2019, 3, 4), "dd.mm.yyyy", "2019-03-04"),
        (datetime(2019, 3, 4, 10, 30), "yyyy-mm-dd hh:mm", "2019-03-04 10:30"),
        (datetime(2019, 3, 4, 10, 30, 5), "yyyy-mm-dd hh:mm:ss", "2019-03-04 10:30:05"),
        (date(2019, 3, 4), "yyyy-mm-dd", "2019-03-04"),
        (datetime(2019, 3, 1), "mmmm yyyy", "2019-03"),
        (datetime(2019, 1, 1), "yyyy", "2019"),
        (datetime(2019, 1, 1), 'yyyy" round"', "2019"),
        (time(9, 5), "hh:mm", "09:05"),
        (time(9, 5, 7), "hh:mm:ss", "09:05:07"),
        (timedelta(hours=30, minutes=5), "[h]:mm", "30:05"),
        (timedelta(seconds=-61), "[h]:mm:ss", "-0:01:01"),
    ],
)
def test_dates_are_in_iso_as_far_as_their_format_shows_them(value: object, format: str, text: str) -> None:
    assert shown(value, format) == text
