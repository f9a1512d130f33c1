"""A file that cannot be imported is refused with a sentence, and nothing of it is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from piwebapi.models import AssetDatabase, AssetServer, Element, Table, UnitClass

Write = Callable[..., Path]
pytestmark = pytest.mark.django_db

ENTITIES = """<?xml version="1.0"?><!DOCTYPE AF [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><AF Database="X"><AFDatabase><Name>&c;</Name></AFDatabase></AF>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE AF [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<AF Database="X"><AFDatabase><Name>&a;</Name></AFDatabase></AF>"""


def refused(path: Path) -> str:
    with pytest.raises(CommandError) as caught:
        call_command("import_af", str(path))
    assert not any(model.objects.exists() for model in (AssetServer, AssetDatabase, Element, Table, UnitClass))
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is no well-formed XML"),
        ("name;value\nA;1", "is no well-formed XML"),
        ("<AF><AFDatabase></AF>", "is no well-formed XML"),
        ("<html><body/></html>", "is no AF export: its root is <html>"),
        (ENTITIES, "has a DTD or entities"),
        (OUTSIDE, "has a DTD or entities"),
        ("<AF><AFDatabase/></AF>", "names no database"),
        ("\x00\x01binary", "is no well-formed XML"),
    ],
)
def test_a_file_that_is_no_export_is_refused(written: Write, text: str, sentence: str) -> None:
    assert sentence in refused(written(text=text))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("<Name>V2</Name>", "<Name></Name>", "In 'Hill\\' there is a AFElement whose name cannot be used"),
        ("<Name>V2</Name>", "<Name>V*2</Name>", "whose name cannot be used"),
        ("<Name>Built</Name>", "<Name>Bu|ilt</Name>", "whose name cannot be used"),
        ("<Name>V2</Name>", f"<Name>{'V' * 300}</Name>", "whose name cannot be used"),
        ("<Value>10</Value>", "<Value>ten</Value>", "<Value> of 'EnumerationSets[Phase]\\Filling' is no whole number"),
        ("<Value>10</Value>", "<Value>99999999999999999999</Value>", "cannot be kept"),
        ("<IsHidden>True</IsHidden>", "<IsHidden>perhaps</IsHidden>", "is neither true nor false: 'perhaps'"),
        ("<Days>56</Days>", "<Days>many</Days>", "the cell 'many' of the column 'Days' is no Int32"),
        ("<RefFactor>0.25</RefFactor>", "<RefFactor>x</RefFactor>", "<RefFactor> of 'UOMDatabase\\pail' is no number"),
        ("2024-02-01T10:00:00Z", "last week", "is no point in time: 'last week'"),
        ("<Name>C1</Name>", "<Name>V1</Name>", "There are two elements 'Valley\\V1' in the file"),
        ("<Name>Hill</Name>", "<Name>VALLEY</Name>", "There are two elements 'VALLEY' in the file"),
        ("<BaseTemplate>Vat</BaseTemplate>", "<BaseTemplate>Churn</BaseTemplate>", "is derived from itself"),
        ("</AF>", "", "is no well-formed XML"),
    ],
)
def test_one_fault_anywhere_stops_the_whole_import(written: Write, old: str, new: str, sentence: str) -> None:
    assert sentence in refused(written(old, new))


def test_elements_nested_thousands_deep_are_refused(written: Write) -> None:
    depth = 5000
    nest = "<AFElement><Name>N</Name>" * depth + "</AFElement>" * depth
    text = f'<AF Database="Deep"><AFDatabase>{nest}</AFDatabase></AF>'
    assert "nested too deeply" in refused(written(text=text))


def test_a_file_that_is_not_there_and_a_directory_are_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refused(tmp_path / "nothing.xml")
    assert "cannot be read" in refused(tmp_path)
