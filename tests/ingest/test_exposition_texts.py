"""Names with every character in the text for Prometheus."""

from __future__ import annotations

from events.ingestion.exposition import _lines


def test_a_name_stays_on_its_line_and_in_its_quotes() -> None:
    rows = [({"job": 'a "b"\\c\nd'}, {"rows": 5.0}), ({"job": "e"}, {"rows": None})]
    assert list(_lines("osipi", {"rows": "How many."}, rows)) == [
        "# HELP osipi_rows How many.",
        "# TYPE osipi_rows gauge",
        'osipi_rows{job="a \\"b\\"\\\\c\\nd"} 5',
    ]


def test_a_figure_that_nobody_has_is_not_named() -> None:
    assert list(_lines("osipi", {"rows": "How many."}, [({"job": "e"}, {"rows": None})])) == []
