"""Country names: what Indonesian and English texts call a country, as ISO 3166 alpha-2 codes.

The ground is Unicode's CLDR through Babel (names in Indonesian and English). On it come the names that Indonesian
media use (Tiongkok and China, Korsel, Negeri Ginseng, AS, Paman Sam, Negeri Jiran), older spellings, English
demonyms and the capitals, which stand for their governments ("Beijing menawarkan …").

Sources of the additions: KBBI and the style of ANTARA, Kompas and Tempo for Indonesian names (Keputusan Presiden
12/2014 for Tiongkok), Wikipedia's "List of adjectival and demonymic forms for countries and nations" for English.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from babel import Locale

HOME = "ID"


@dataclass(frozen=True, slots=True)
class CountryName:
    """One name of a country. `kind` is country, demonym or capital; `exact` names are compared with case."""

    text: str
    code: str
    kind: str = "country"
    exact: bool = False


# Names that CLDR has but that are other words, first names or places in other countries.
_NOT_FROM_CLDR = frozenset(
    [
        "AC",
        "AQ",
        "AX",
        "BL",
        "BQ",
        "BV",
        "CC",
        "CP",
        "CX",
        "DG",
        "EA",
        "EH",
        "EU",
        "EZ",
        "GG",
        "GP",
        "GS",
        "HM",
        "IC",
        "IM",
        "IO",
        "JE",
        "KN",
        "LC",
        "MF",
        "MQ",
        "MS",
        "NF",
        "PM",
        "PN",
        "QO",
        "RE",
        "SH",
        "SJ",
        "ST",
        "SX",
        "TA",
        "TC",
        "TF",
        "TT",
        "UM",
        "UN",
        "VC",
        "VG",
        "VI",
        "WF",
        "XA",
        "XB",
        "YT",
        "ZZ",
        "AI",
        "AS",
    ]
)
_CLDR_CLUMSY = frozenset({"HK", "MO", "MM", "CD", "CG", "CI", "PS", "BA", "DM", "GE", "CK", "MC", "SM"})

_MORE = """
AE: Uni Emirat Arab | Emirat Arab | United Arab Emirates | =UEA | =UAE | Emirati
AF: Afganistan | Afghanistan
AR: Argentina
AU: Australia | Negeri Kanguru | Negeri Kangguru | Aussie
BA: Bosnia | Bosnia-Herzegovina | Bosnia Herzegovina
BE: Belgia | Belgium
BN: Brunei Darussalam | Brunei
BR: Brasil | Brazil | Negeri Samba
CA: Kanada | Canada
CD: Republik Demokratik Kongo | DR Congo | =RD Kongo
CG: Kongo | Congo
CH: Swiss | Switzerland
CI: Pantai Gading | Ivory Coast
CK: Cook Islands
CL: Chile | Chili | Cile
CN: Tiongkok | China | Cina | =RRT | =RRC | Republik Rakyat Tiongkok | Republik Rakyat China | Negeri Tirai Bambu
CN: Negeri Panda | Mainland China | Tiongkok Daratan | =PRC
CU: Kuba | Cuba
CZ: Republik Ceko | Ceko | Czech Republic
DE: Jerman | Germany | Negeri Panzer | Negeri Bavaria
DO: Republik Dominika
EG: Mesir | Egypt | Negeri Piramida
ES: Spanyol | Spain | Negeri Matador
ET: Etiopia | Ethiopia
FR: Prancis | Perancis | France | Negeri Mode
GB: Inggris | Inggris Raya | Britania Raya | Britania | Great Britain | =UK | =U.K. | Britain | Skotlandia | Scotland
GB: Wales | Irlandia Utara | Negeri Ratu Elizabeth
GE: Republik Georgia
GR: Yunani | Greece | Negeri Para Dewa
HK: Hong Kong | Hongkong | =HKSAR
HU: Hungaria | Hongaria | Hungary
ID: Indonesia | =RI | Republik Indonesia | Tanah Air | Nusantara | Bumi Pertiwi
IN: India | Negeri Bollywood | Negeri Anak Benua
IQ: Irak | Iraq
IR: Iran | Negeri Para Mullah | Negeri Mullah
IT: Italia | Italy | Negeri Pizza | Negeri Spageti
JO: Yordania
JP: Jepang | Japan | Negeri Sakura | Negeri Matahari Terbit | Negeri Samurai
KG: Kirgizstan | Kirgistan | Kyrgyzstan
KH: Kamboja | Cambodia
KP: Korea Utara | Korut | North Korea | =DPRK
KR: Korea Selatan | Korsel | Korea | South Korea | Republic of Korea | Negeri Ginseng | Negeri K-Pop
KZ: Kazakhstan | Kazakstan
LA: Laos
LK: Sri Lanka
LY: Libya | Libia
MA: Maroko | Morocco
MC: Monako
MM: Myanmar | Burma
MO: Makau | Macau | Macao
MX: Meksiko | Mexico
MY: Malaysia | Negeri Jiran | Negeri Serumpun
NL: Belanda | Netherlands | Holland | Negeri Kincir Angin
NO: Norwegia | Norway
NZ: Selandia Baru | New Zealand | Negeri Kiwi
PG: Papua Nugini | Papua New Guinea
PH: Filipina | Philippines
PL: Polandia | Poland
PS: Palestina | Palestine
PT: Portugal
QA: Qatar
RU: Rusia | Russia | Federasi Rusia | Negeri Beruang Merah | Negeri Beruang
SA: Arab Saudi | Saudi Arabia | Saudi | =KSA
SE: Swedia | Sweden
SG: Singapura | Singapore | Singapore's | Negeri Singa | Negeri Kota Singa
SY: Suriah | Syria
TH: Thailand | Negeri Gajah Putih | Negeri Gajah
TL: Timor Leste | Timor-Leste | Timor Timur | East Timor
TR: Turki | Turkiye | Türkiye | Turkey
TT: Trinidad dan Tobago | Trinidad and Tobago
TW: Taiwan | Chinese Taipei
UA: Ukraina | Ukraine
US: Amerika Serikat | =AS | =USA | =U.S. | =U.S | =US | United States | Amerika | America | Paman Sam | Negeri Paman Sam
US: Negara Adidaya
UZ: Uzbekistan
VA: Vatikan | Takhta Suci | Vatican
VN: Vietnam | Viet Nam
YE: Yaman | Yemen
ZA: Afrika Selatan | Afsel | South Africa
"""
_DEMONYMS = """
AR: Argentine | Argentinian
AT: Austrian
AU: Australian
BD: Bangladeshi
BE: Belgian
BR: Brazilian
CA: Canadian
CH: Swiss
CL: Chilean
CN: Chinese
CO: Colombian
CU: Cuban
CZ: Czech
DE: German
DK: Danish
EG: Egyptian
ES: Spanish
FI: Finnish
FR: French
GB: British
GR: Greek
HU: Hungarian
ID: Indonesian
IE: Irish
IL: Israeli
IN: Indian
IR: Iranian
IQ: Iraqi
IS: Icelandic
IT: Italian
JP: Japanese
KE: Kenyan
KH: Cambodian
KP: North Korean
KR: Korean | South Korean
KZ: Kazakh
LB: Lebanese
MA: Moroccan
MM: Burmese
MX: Mexican
MY: Malaysian
NG: Nigerian
NL: Dutch
NO: Norwegian
NZ: New Zealander
PE: Peruvian
PH: Filipino
PK: Pakistani
PL: Polish
PS: Palestinian
PT: Portuguese
QA: Qatari
RO: Romanian
RU: Russian
SA: Saudi Arabian
SE: Swedish
SG: Singaporean
TH: Thai
TR: Turkish
TW: Taiwanese
UA: Ukrainian
US: American | =US-based
VN: Vietnamese
ZA: South African
"""
_CAPITALS = """
AE: Abu Dhabi | Dubai
AF: Kabul
AR: Buenos Aires
AT: Wina
AU: Canberra | Sydney | Melbourne
BD: Dhaka
BE: Brussel
BN: Bandar Seri Begawan
BR: Brasilia | Sao Paulo | Rio de Janeiro
BY: Minsk
CA: Ottawa | Toronto | Vancouver | Montreal
CH: Jenewa | Bern | Zurich
CL: Santiago
CN: Beijing | Shanghai | Shenzhen | Guangzhou | Hangzhou | Nanning | Guangxi | Guangdong | Fujian | Zhejiang | Jiangsu
CN: Sichuan | Hainan | Yunnan | Chengdu | Chongqing | Wuhan | Xiamen | Qingdao | Tianjin | Nanjing | Suzhou | Ningbo
CN: Hebei | Henan | Hubei | Hunan | Shandong | Shanxi | Guizhou | Xinjiang | Peking
CO: Bogota
CU: Havana
DE: Berlin | Muenchen | Munich | Frankfurt | Hamburg
DK: Kopenhagen | Copenhagen
EG: Kairo
ES: Madrid
ET: Addis Ababa
FI: Helsinki
FR: Paris
GB: London
GR: Athena
HU: Budapest
IE: Dublin
IL: Tel Aviv
IN: New Delhi | Delhi | Mumbai | Bangalore | Bengaluru | Chennai | Hyderabad
IQ: Baghdad
IR: Teheran | Tehran
IT: Kota Roma
JP: Tokyo | Osaka | Kyoto | Fukuoka | Nagoya | Yokohama | Hiroshima | Hokkaido | Okinawa
KE: Nairobi
KH: Phnom Penh
KP: Pyongyang
KR: Seoul | Busan | Incheon | Daegu | Gwangju | Daejeon | Jeju | Gyeonggi | Bucheon | Jeonju
KZ: Astana | Almaty
LA: Vientiane
LB: Beirut
LK: Kolombo | Colombo
MA: Rabat | Casablanca
MM: Naypyidaw | Yangon
MX: Mexico City
MY: Kuala Lumpur | Putrajaya | Penang | Johor | Sabah | Sarawak | Selangor | Kedah
NG: Abuja | Lagos
NL: Den Haag | Amsterdam | Rotterdam | The Hague
NO: Oslo
NP: Kathmandu
NZ: Wellington | Auckland
PE: Lima Peru
PG: Port Moresby
PH: Manila | Quezon City
PK: Islamabad | Karachi | Lahore
PL: Warsawa
PT: Lisbon | Lisabon
QA: Doha
RU: Moskow | Moskwa | Kremlin | Moscow | St Petersburg | St. Petersburg
SA: Riyadh | Jeddah
SE: Stockholm
SY: Damaskus
TH: Bangkok
TL: Dili
TR: Ankara | Istanbul
TW: Taipei
UA: Kyiv
US: Washington | New York | Los Angeles | Silicon Valley | California | Gedung Putih | White House | Pentagon | Texas
UZ: Tashkent
VN: Hanoi | Ho Chi Minh
YE: Sanaa
ZA: Pretoria | Johannesburg
"""


def _read(block: str, kind: str) -> list[CountryName]:
    names = []
    for line in block.strip().splitlines():
        code, _, rest = line.partition(": ")
        for name in rest.split("|"):
            text = name.strip()
            names.append(CountryName(text.lstrip("="), code, kind, text.startswith("=")))
    return names


@lru_cache(maxsize=1)
def country_names() -> tuple[CountryName, ...]:
    """Every known name, each once; where two sources differ the additions of this module win over CLDR."""
    found: dict[str, CountryName] = {}
    for name in (*_read(_MORE, "country"), *_read(_DEMONYMS, "demonym"), *_read(_CAPITALS, "capital")):
        found.setdefault(name.text, name)
    for locale in (Locale("id"), Locale("en")):
        for code, text in locale.territories.items():
            if len(code) == 2 and code.isalpha() and code not in _NOT_FROM_CLDR and code not in _CLDR_CLUMSY:
                found.setdefault(text, CountryName(text, code))
    return tuple(found.values())


_SHORT_NAMES = {
    "HK": {"id": "Hong Kong", "en": "Hong Kong", "zh": "香港"},
    "MO": {"id": "Makau", "en": "Macau", "zh": "澳门"},
    "CD": {"id": "Kongo", "en": "Congo"},
    "CG": {"id": "Republik Kongo", "en": "Republic of the Congo"},
    "MM": {"id": "Myanmar", "en": "Myanmar"},
    "PS": {"id": "Palestina", "en": "Palestine", "zh": "巴勒斯坦"},
}
"""Where CLDR's name is longer than a news desk would write it."""


def country_name(code: str, language: str = "id") -> str:
    """What a country is called in `language` (an ISO 639 code of CLDR's); the code itself when it is unknown."""
    short = _SHORT_NAMES.get(code, {}).get(language)
    return short or str(Locale(language).territories.get(code, code))
