"""Country names: what texts call a country."""

from __future__ import annotations

import pytest

from newsdesk.language.countries import country_name, country_names


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Tiongkok", "CN"),
        ("China", "CN"),
        ("Cina", "CN"),
        ("RRT", "CN"),
        ("Korsel", "KR"),
        ("Korea Selatan", "KR"),
        ("Negeri Ginseng", "KR"),
        ("Korut", "KP"),
        ("Negeri Sakura", "JP"),
        ("AS", "US"),
        ("Negeri Paman Sam", "US"),
        ("Negeri Jiran", "MY"),
        ("Inggris", "GB"),
        ("Perancis", "FR"),
        ("Prancis", "FR"),
        ("Hong Kong", "HK"),
        ("Turkiye", "TR"),
        ("Arab Saudi", "SA"),
        ("RI", "ID"),
        ("Tanah Air", "ID"),
        ("Korean", "KR"),
        ("Dutch", "NL"),
        ("Kuala Lumpur", "MY"),
        ("Busan", "KR"),
        ("Beijing", "CN"),
        ("Wina", "AT"),
        ("Kamboja", "KH"),
    ],
)
def test_a_name_leads_to_its_country(text: str, code: str) -> None:
    """CLDR's names, the media's own names, demonyms and capitals lead to the ISO code."""
    assert {name.text: name.code for name in country_names()}[text] == code


def test_short_capitals_are_compared_with_case() -> None:
    """AS, RI and their like are exact; words of more letters are not."""
    exact = {name.text for name in country_names() if name.exact}
    assert {"AS", "RI", "RRT", "UK"} <= exact
    assert "Jepang" not in exact


def test_each_name_means_one_country() -> None:
    """No name leads to two countries, and every code is two capitals."""
    names = country_names()
    assert len({name.text for name in names}) == len(names)
    assert all(len(name.code) == 2 and name.code.isupper() for name in names)
    assert {name.kind for name in names} == {"country", "demonym", "capital"}


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [
        ("CN", "id", "Tiongkok"),
        ("KR", "id", "Korea Selatan"),
        ("HK", "id", "Hong Kong"),
        ("JP", "en", "Japan"),
        ("MO", "en", "Macau"),
        ("??", "id", "??"),
    ],
)
def test_a_code_has_a_name_for_readers(code: str, language: str, name: str) -> None:
    """Readers see short names; an unknown code stands for itself."""
    assert country_name(code, language) == name
