"""Dates are read right or not at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdesk.language.dates import date_in_url, parse_date

JAKARTA = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type, misc]


RIGHT = [
    # RFC 822 and its relatives
    ("Mon, 10 Aug 2026 21:04:06 +0700", utc(2026, 8, 10, 14, 4, 6)),
    ("Sun, 16 Mar 2025 05:00:00 GMT", utc(2025, 3, 16, 5)),
    ("Fri, 28 Apr 2017 01:38:02 +0100", utc(2017, 4, 28, 0, 38, 2)),
    ("10 Aug 2026 21:04 +07:00", utc(2026, 8, 10, 14, 4)),
    ("Tue, 01 Oct 2024 10:00:00 +7", utc(2024, 10, 1, 3)),
    ("Tue, 01 Oct 2024 10:00:00 +07", utc(2024, 10, 1, 3)),
    ("Tue, 01 Oct 2024 10:00:00 -0330", utc(2024, 10, 1, 13, 30)),
    ("Tue, 01 Oct 2024 10:00:00", utc(2024, 10, 1, 3)),
    ("Tue, 1 Oct 24 10:00:00 Z", utc(2024, 10, 1, 10)),
    ("Tue, 01 Oct 2024 10:00:00 EST", utc(2024, 10, 1, 15)),
    ("Tue, 01 Oct 2024 24:00:00 UTC", utc(2024, 10, 2)),
    ("Tue, 01 Oct 2024 23:59:60 UTC", utc(2024, 10, 1, 23, 59, 59)),
    ("Tue, 01 Jan 2030 00:00:00 WIB", utc(2029, 12, 31, 17)),
    ("Thu,28 Jul 2022 4:35:5 GMT+9", utc(2022, 7, 27, 19, 35, 5)),
    ("Thu, 28 Jul 2022 04:35:05 UTC+9", utc(2022, 7, 27, 19, 35, 5)),
    ("Thu Jul 28 04:35:05 2022", utc(2022, 7, 27, 21, 35, 5)),
    ("Thu Jul 28 04:35:05 GMT 2022", utc(2022, 7, 28, 4, 35, 5)),
    # ISO 8601
    ("2026-07-16T03:45:56.372318+00:00", utc(2026, 7, 16, 3, 45, 56)),
    ("2025-11-30T10:40:33.000Z", utc(2025, 11, 30, 10, 40, 33)),
    ("2026-04-15T15:48:08+07:00", utc(2026, 4, 15, 8, 48, 8)),
    ("2026-04-15T15:48:08+0700", utc(2026, 4, 15, 8, 48, 8)),
    ("2026-04-15 15:48", utc(2026, 4, 15, 8, 48)),
    ("2026-04-15 15:48 WITA", utc(2026, 4, 15, 7, 48)),
    ("2026-05-30", utc(2026, 5, 29, 17)),
    ("20251218T190000Z", utc(2025, 12, 18, 19)),
    ("2026/02/07 17:55", utc(2026, 2, 7, 10, 55)),
    # Indonesian
    ("Sel, 01 Okt 2024", utc(2024, 9, 30, 17)),
    ("Selasa, 1 Oktober 2024 | 19:00 WIB", utc(2024, 10, 1, 12)),
    ("KAMIS, 18 DESEMBER 2025 | 19:00 WIB | LAPORAN: NAMA CONTOH", utc(2025, 12, 18, 12)),
    ("Senin, 3 Maret 2025 20.15 WIB", utc(2025, 3, 3, 13, 15)),
    ("1 Mei 2024 pukul 20.15 WITA", utc(2024, 5, 1, 12, 15)),
    ("1 Mei 2024, jam 20.15 WIT", utc(2024, 5, 1, 11, 15)),
    ("06 Des 2022", utc(2022, 12, 5, 17)),
    ("17 Agustus 2025 - 10:00 WIB", utc(2025, 8, 17, 3)),
    ("17 Agt 2025 10:00", utc(2025, 8, 17, 3)),
    ("9 Nopember 2024 07:05 WIB", utc(2024, 11, 9, 0, 5)),
    ("2 Pebruari 2024 07:05 WIB", utc(2024, 2, 2, 0, 5)),
    ("Diperbarui 09 Jun 2025, 16:02 WIB", utc(2025, 6, 9, 9, 2)),
    ("Tayang: Senin, 9 Juni 2025 23:58 WIB", utc(2025, 6, 9, 16, 58)),
    (", Jurnalis-Jum'at, 20 Juni 2025 |15:26 WIB", utc(2025, 6, 20, 8, 26)),
    ("Kompas.com- 18/06/2025, 21:04 WIB", utc(2025, 6, 18, 14, 4)),
    ("20 Apr 2025 : 17.49", utc(2025, 4, 20, 10, 49)),
    ("10 Juni 2025 |19:02 WIB", utc(2025, 6, 10, 12, 2)),
    ("Selasa, 20 Mei  2025 15:39 WIB 15:39", utc(2025, 5, 20, 8, 39)),
    ("28 January 2026, 08:44 WIB", utc(2026, 1, 28, 1, 44)),
    ("19:00 WIB, 18 Desember 2025", utc(2025, 12, 18, 12)),
    ("Jumat (16/10/2020) 10:22", utc(2020, 10, 16, 3, 22)),
    # numbers: the day first, unless that is impossible
    ("07/2/2026 17:55", utc(2026, 2, 7, 10, 55)),
    ("18-06-2025 21:04", utc(2025, 6, 18, 14, 4)),
    ("18.06.2025 21.04", utc(2025, 6, 18, 14, 4)),
    ("6/22/2025 14:07", utc(2025, 6, 22, 7, 7)),
    # English
    ("May 18, 2025", utc(2025, 5, 17, 17)),
    ("Oct 20, 2025 10:30 PM", utc(2025, 10, 20, 15, 30)),
    ("October 1st, 2025 12:05 a.m. GMT", utc(2025, 10, 1, 0, 5)),
    ("3rd March 2025", utc(2025, 3, 2, 17)),
    # ages
    ("2 jam lalu", NOW - timedelta(hours=2)),
    ("5 menit yang lalu", NOW - timedelta(minutes=5)),
    ("2 hours ago 1", NOW - timedelta(hours=2)),
    ("an hour ago", NOW - timedelta(hours=1)),
    ("3 hari lalu", NOW - timedelta(days=3)),
    ("baru saja", NOW),
    # zones and hours said otherwise
    ("7 Februari 2026 17:55 waktu Indonesia Timur", utc(2026, 2, 7, 8, 55)),
    ("7 Februari 2026 17:55 WIB (GMT+7)", utc(2026, 2, 7, 10, 55)),
    ("7 Februari 2026 pukul 17 WIB", utc(2026, 2, 7, 10)),
    ("February 7, 2026 5 PM", utc(2026, 2, 7, 10)),
    ("2026-02-07T17:55:00\u221207:00", utc(2026, 2, 8, 0, 55)),
]


@pytest.mark.parametrize(("text", "moment"), RIGHT)
def test_a_date_is_read_right(text: str, moment: datetime) -> None:
    assert parse_date(text, zone=JAKARTA, now=NOW) == moment


@pytest.mark.parametrize("text", [text for text, _ in RIGHT])
def test_case_and_white_space_do_not_matter(text: str) -> None:
    moment = parse_date(text, zone=JAKARTA, now=NOW)
    for other in (text.upper(), text.lower(), f"  {text}\n", text.replace(" ", "\u00a0")):
        assert parse_date(other, zone=JAKARTA, now=NOW) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "34 konten",
        "Minggu Pon 34 konten 2034",
        "Date not found.",
        "2034",
        "2018-09",
        "99",
        "12.30 WIB",
        "31/02/2025",
        "31 Februari 2025",
        "0 Mei 2025",
        "13/13/2025",
        "01 Jan 0001 00:00:00",
        "Mon, 01 Jan 2206 00:00:00 GMT",
        "10 Aug 2026 25:04:06 +0700",
        "10 Aug 2026 21:61:06 +0700",
        "Oct 20, 2025 13:30 PM",
        "2026-13-01",
        "2026-02-30T10:00:00Z",
        "1700000000",
        "5 film lalu",
        "kemarin",
        "10 Aug",
        "Film ke-10 Augusta",
        "x" * 5000,
        "1" * 5000,
        "Versi 1.2.3",
        # more is said of the time than is understood
        "Wed, 02 Oct 2002 08:00:00 NZDT",
        "07 Feb 2026 17:55:00 +1530",
        "2026-02-07T17:55:00+15:00",
        "2026-02-07T175500+0700",
        "7 Februari 2026 17:55 waktu setempat",
        "7 Februari 2026 1755 WIB",
        "17:55 NZDT, 7 Februari 2026",
        "7 Februari 2026 10:00-12:00 WIB",
    ],
)
def test_what_is_no_certain_date_is_none(text: str) -> None:
    assert parse_date(text, zone=JAKARTA, now=NOW) is None


def test_a_missing_zone_is_the_given_one() -> None:
    for zone, hour in ((UTC, 10), (JAKARTA, 3), (ZoneInfo("Asia/Jayapura"), 1)):
        assert parse_date("1 Oktober 2024 10:00", zone=zone, now=NOW) == utc(2024, 10, 1, hour)


def test_a_clock_without_a_year_is_not_taken_for_one() -> None:
    """ "10 Juni 12:44" has no year; 2012 would be a guess."""
    assert parse_date("10 Juni 12:44", zone=JAKARTA, now=NOW) is None


@given(st.text(max_size=200))
def test_any_text_gives_a_time_in_utc_or_none(text: str) -> None:
    moment = parse_date(text, zone=JAKARTA, now=NOW)
    assert moment is None or moment.utcoffset() == timedelta()


@given(st.integers(31_536_000, 4_102_444_799))
def test_what_is_written_in_the_standard_forms_is_read_back(second: int) -> None:
    aware = datetime.fromtimestamp(second, UTC)
    months = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
    for text in (
        aware.isoformat(),
        f"{aware:%Y-%m-%d %H:%M:%S}Z",
        f"{aware.day} {months[aware.month - 1]} {aware:%Y %H.%M.%S} UTC",
    ):
        assert parse_date(text, zone=JAKARTA, now=NOW) == aware


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://rmol.id/dunia/read/2025/12/18/690806/x", date(2025, 12, 18)),
        ("https://www.cnnindonesia.com/gaya-hidup/20251130150018-262-1301114/x", date(2025, 11, 30)),
        ("https://www.kompas.com/global/read/2026/08/11/184100970/x", date(2026, 8, 11)),
        ("https://a.example/2025-12-18/x", date(2025, 12, 18)),
        ("https://nasional.sindonews.com/read/1578393/13/x-1749557189", date(2025, 6, 10)),
        ("https://variety.com/2026/film/news/x-1236762819/", None),
        ("https://www.antaranews.com/berita/5688248/x", None),
        ("https://a.example/2025/13/40/x", None),
        ("https://a.example/?d=2025/12/18", None),
        ("https://a.example/2025/05/x.html", None),
        ("https://a.example/20251399-1/x", None),
        ("http://[bad", None),
        ("", None),
    ],
)
def test_the_day_in_an_address_is_found(url: str, day: date | None) -> None:
    assert date_in_url(url) == day
