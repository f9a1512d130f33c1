"""Sixty real Australian facilities, whose names the plants bear. Figures are rounded public knowledge.

Capacity in MW: what a power station can feed in, what another facility draws. The order is part of the
contract: sizes take the first ones, and older identifiers count along it.
"""

from __future__ import annotations

from typing import NamedTuple


class Facility(NamedTuple):
    name: str
    location: str
    region: str
    capacity: float
    year: int


_ROWS = """
Loy_Yang_A | Latrobe Valley | Victoria | 2210 | 1984
Loy_Yang_B | Latrobe Valley | Victoria | 1200 | 1993
Yallourn | Latrobe Valley | Victoria | 1480 | 1973
Eraring | Lake Macquarie | New South Wales | 2880 | 1982
Bayswater | Muswellbrook | New South Wales | 2640 | 1985
Mount_Piper | Portland | New South Wales | 1400 | 1992
Vales_Point | Mannering Park | New South Wales | 1320 | 1978
Stanwell | Rockhampton | Queensland | 1460 | 1993
Kogan_Creek | Brigalow | Queensland | 750 | 2007
Callide | Biloela | Queensland | 1510 | 1988
Gladstone | Gladstone | Queensland | 1680 | 1976
Tarong | Nanango | Queensland | 1400 | 1984
Millmerran | Millmerran | Queensland | 850 | 2002
Torrens_Island | Adelaide | South Australia | 800 | 1976
Pelican_Point | Adelaide | South Australia | 480 | 2000
Osborne | Adelaide | South Australia | 180 | 1998
Quarantine | Adelaide | South Australia | 220 | 2002
Hazelwood | Morwell | Victoria | 1600 | 1964
Macquarie | Muswellbrook | New South Wales | 2000 | 1971
Uranquinty | Wagga Wagga | New South Wales | 660 | 2008
Hornsdale_Wind | Jamestown | South Australia | 315 | 2016
Capital_Wind | Bungendore | New South Wales | 140 | 2009
Snowtown_Wind | Snowtown | South Australia | 370 | 2008
Lake_Bonney_Wind | Millicent | South Australia | 280 | 2005
Broken_Hill_Solar | Broken Hill | New South Wales | 53 | 2015
Nyngan_Solar | Nyngan | New South Wales | 102 | 2015
Moree_Solar | Moree | New South Wales | 57 | 2016
Darling_Downs_Solar | Dalby | Queensland | 110 | 2018
Bungala_Solar | Port Augusta | South Australia | 220 | 2018
Tailem_Bend_Solar | Tailem Bend | South Australia | 95 | 2019
Kennedy_Energy_Park | Hughenden | Queensland | 60 | 2021
Snowy_Hydro | Cooma | New South Wales | 4100 | 1955
Tumut_1 | Cabramurra | New South Wales | 330 | 1959
Tumut_2 | Cabramurra | New South Wales | 285 | 1962
Tumut_3 | Talbingo | New South Wales | 1800 | 1973
Murray_1 | Khancoban | New South Wales | 950 | 1967
Murray_2 | Khancoban | New South Wales | 550 | 1969
Blowering | Tumut | New South Wales | 80 | 1971
Gordon | Strathgordon | Tasmania | 430 | 1978
Poatina | Poatina | Tasmania | 300 | 1966
Tarraleah | Tarraleah | Tasmania | 90 | 1938
Trevallyn | Launceston | Tasmania | 95 | 1955
Cethana | Moina | Tasmania | 100 | 1971
Olympic_Dam | Roxby Downs | South Australia | 125 | 1988
Mount_Isa_Copper | Mount Isa | Queensland | 100 | 1953
Bowen_Basin | Moranbah | Queensland | 150 | 1971
Hunter_Valley | Singleton | New South Wales | 120 | 1979
Pilbara_Iron_Ore | Tom Price | Western Australia | 480 | 1966
Kalgoorlie_Gold | Kalgoorlie | Western Australia | 110 | 1989
Roy_Hill | Newman | Western Australia | 130 | 2015
Port_Hedland | Port Hedland | Western Australia | 200 | 1966
Gladstone_Refinery | Gladstone | Queensland | 160 | 1967
Kwinana_Refinery | Kwinana | Western Australia | 80 | 1955
Bell_Bay_Aluminium | George Town | Tasmania | 340 | 1955
Kurnell_Desalination | Sydney | New South Wales | 40 | 2010
Perth_Desalination | Kwinana | Western Australia | 24 | 2006
Adelaide_Desalination | Lonsdale | South Australia | 50 | 2011
Gold_Coast_Desalination | Tugun | Queensland | 25 | 2009
Sydney_Water_Treatment | Prospect | New South Wales | 10 | 1996
Melbourne_Water | Werribee | Victoria | 20 | 1897
"""


def _facility(row: str) -> Facility:
    name, location, region, capacity, year = row.split(" | ")
    return Facility(name, location, region, float(capacity), int(year))


FACILITIES = tuple(_facility(row) for row in _ROWS.strip().splitlines())
FACILITY = {facility.name: facility for facility in FACILITIES}
