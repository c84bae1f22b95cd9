"""What kind of school an object is: by its tags, else by a word of its name, else not known."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

__all__ = ["KIND_TAGS", "NO_SCHOOL", "UNKNOWN", "Kind", "folded", "kind_of"]

KIND_TAGS = ("isced:level", "school:type", "school", "grades", "min_age", "max_age", "name:en")
"""Tags besides the name that tell a kind."""

UNKNOWN = "312"
"""Where no tag and no word tells: a school of grades 1 to 9, which no programme closes."""

NO_SCHOOL = ""
"""Driving, diving, language and evening schools and the like: no schools of children."""


class Kind(NamedTuple):
    """Type code of a school (`NO_SCHOOL` for none), and what told it.

    ``by`` is ``amenity``, ``level``, ``tag``, ``age``, ``name`` or ``unknown``.
    """

    code: str
    by: str


_COLLEGE = "french-college"
# Words are written without accents and in lower case, as `folded` gives them; a leading and a
# closing \b keep short ones apart. The first line that matches counts, so the narrower come first.
_NOT_FOR_CHILDREN = (
    # Chinese: driving, party, old people's and training schools, art and sport courses.
    r"驾校|驾驶|党校|老年大学|夜校|培训|补习|辅导班|语言学校|潜水|滑雪|成人",
    # Driving in the languages below.
    (
        r"\bdriving\b|auto ?-?ecole|fahrschule|autoescuela|autoescola|auto-escola|scuola guida|"
        r"autoscuola|lai xe|mengemudi|تعليم القيادة|سياقة|driver'?s? (school|training|education)"
    ),
    # Diving, skiing, sailing, riding, flying, surfing.
    (
        r"\b(scuba|diving|dive|ski|snowboard|sailing|surf(ing)?|riding|equestrian|flying|flight)\b|"
        r"tauchschule|skischule|reitschule|segelschule|plongee|buceo|submarinisme|ecole de voile"
    ),
    # Languages, music, dance, cooking, evening classes, tutors.
    (
        r"language (school|cent)|sprachschule|ecole de langues?|(academia|escuela) de idiomas|"
        r"escola (oficial )?d.idiomes|scuola di lingue|anh ngu|ngoai ngu|"
        r"\b(music|dance|ballet|dancing|"
        r"cooking|cookery|yoga)\b|musikschule|tanzschule|ballett|ecole de (musique|danse|conduite)|"
        r"(escuela|escola|scuola) d[ei] (musica|danza|dansa|danca)|conservator|"
        r"\bevening\b|abendschule|"
        r"volkshochschule|\badults?\b|\badultos\b|tutor(ial|ing)?\b|nachhilfe|kumon"
    ),
)
_BY_NAME = (
    # Special education.
    (
        "514",
        (
            r"特殊教育|特教|聋哑|聋校|盲校|盲人学校|启智|培智|启聪|启音|sonderschule|forderschule|"
            r"special (needs|education|school)|\bsped\b|school for the (deaf|blind)|"
            r"(ecole|educacion|educacio|educacao) special|ecole specialisee|khuyet tat|"
            r"sekolah luar biasa|\bslb\b|تربية خاصة"
        ),
    ),
    # Vocational schools.
    (
        "361",
        (
            r"职业|职高|职校|中专|技校|技工|卫校|卫生学校|护士学校|师范学校|berufs|vocational|"
            r"technical (school|college|high|institute)|lycee (professionnel|technique)|"
            r"formacion profesional|formacio professional|escuela tecnica|ensino profissional|"
            r"escola profissional|istituto (tecnico|professionale)|trung cap|\bsmk\b|مهني|"
            r"agricultural (school|high)|science and technology institute|tesda"
        ),
    ),
    # All years from 1 to 12, then from 1 to 9, then 7 to 12.
    ("345", r"十二年一贯|十二年制|gesamtschule 1-12|\bk-?12\b"),
    (
        "312",
        (
            r"九年一贯|九年制|九年义务|ecole fondamentale|\bk-?8\b|\bth (va|&|-) ?thcs\b|"
            r"escola basica|educacion basica|ensino fundamental|comprensivo|"
            r"تعليم اساسي|مدرسة اساسية|"
            r"integrated (school|elementary)"
        ),
    ),
    (
        "341",
        (
            r"完全中学|完中|附中|附属中学|第?一中(学)?$|第一中学|gymnasium|weiterf|schulzentrum|"
            r"kantonsschule|secondary|\bsecundari|\bsecondari[ao] di secondo|national high school|"
            r"\bthcs (va|&|-) ?thpt\b|\binstitut(o)?\b|\bies\b|\bliceo\b|middle and high|"
            r"junior and senior|"
            r"comprehensive high"
        ),
    ),
    # Senior, junior, primary, kindergarten.
    (
        "342",
        (
            r"高级中学|高中|senior|high school|\blycee\b|trung hoc pho thong|\bthpt\b|\bsma\b|"
            r"\bman? \d|aliyah|ثانوي|bachillerato|batxillerat|ensino medio|"
            r"upper secondary|sixth form"
        ),
    ),
    (
        "311",
        (
            r"初级中学|初中|中学|[二三四五六七八九十]中$|sekundar|realschule|hauptschule|mittelschule|"
            r"oberschule|junior|middle school|secondaria di primo|scuola media|"
            r"trung hoc co so|\bthcs\b|\bsmp\b|tsanawiyah|اعدادي|متوسط|"
            rf"\b{_COLLEGE}\b"
        ),
    ),
    (
        "218",
        r"教学点|初小|diem truong",
    ),
    (
        "211",
        (
            r"小学|完小|中心校|grundschule|primarschule|volksschule|(?<!pre-)(?<!pre )primary|"
            r"elementary|primaire|elementaire|\bprimaria\b|\bceip\b|scuola elementare|"
            r"skola primarja|tieu hoc|sekolah dasar|\bsdn?\b|ibtidaiyah|ابتداي|central school|"
            r"paaralang"
        ),
    ),
    (
        "111",
        (
            r"幼儿园|托儿所|kindergarten|kindertages|\bkita\b|nursery|pre-?school|preschool|maternelle|"
            r"creche|guarderia|jardin (de ninos|infantil)|jardim de infancia|llar d.infants|"
            r"scuola dell.infanzia|asilo|mam non|mau giao|\bpaud\b|\btk\b|روضة|day ?care|"
            r"pre[- ]?primary|escola bressol"
        ),
    ),
    # A French school without another word is a primary one.
    ("211", r"\becole\b"),
)
_TAGGED = {
    "kindergarten": "111",
    "preschool": "111",
    "nursery": "111",
    "primary": "211",
    "elementary": "211",
    "grundschule": "211",
    "elementaire": "211",
    "primaire": "211",
    "middle": "311",
    "lower_secondary": "311",
    "college": "311",
    "secondary": "341",
    "gymnasium": "341",
    "high": "342",
    "upper_secondary": "342",
    "lycee": "342",
    "vocational": "361",
    "professional": "361",
    "special": "514",
    "special_education_needs": "514",
    "special_needs": "514",
}
_NOT_TAGGED = {"driving", "driving_school", "language", "music", "dance", "evening", "adult"}
_STAGES = {
    frozenset({"primary"}): "211",
    frozenset({"junior"}): "311",
    frozenset({"senior"}): "342",
    frozenset({"primary", "junior"}): "312",
    frozenset({"junior", "senior"}): "341",
    frozenset({"primary", "junior", "senior"}): "345",
    frozenset({"primary", "senior"}): "345",
}


def folded(text: str) -> str:
    """Return a text in lower case, without accents and doubled blanks."""
    # Compatible forms, then without combining marks; đ is a letter of its own.
    plain = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).split())


def kind_of(amenity: str, name: str, tags: dict[str, str]) -> Kind:
    """Tell the kind of a school.

    Parameters
    ----------
    amenity
        ``school`` or ``kindergarten``.
    name
        All names that it has, with blanks between them.
    tags
        Values of `KIND_TAGS`, empty where absent.

    Returns
    -------
    Kind
        The levels of ``isced:level`` (or ``school``, ``school:type``, ``grades``, ages) count
        before a word of the name, in Chinese, English, French, Spanish, Catalan, German,
        Portuguese, Italian, Vietnamese, Arabic, Indonesian or Filipino.
    """
    # Only the French word has the accent: a junior school, as an English college is not.
    names = f"{name} {tags.get('name:en', '')}".casefold()
    words = folded(unicodedata.normalize("NFC", names).replace("collège", _COLLEGE))
    tagged = [folded(part) for key in ("school:type", "school") for part in _split(tags.get(key))]
    if any(value in _NOT_TAGGED for value in tagged) or any(
        re.search(pattern, words) for pattern in _NOT_FOR_CHILDREN
    ):
        return Kind(NO_SCHOOL, "tag" if any(value in _NOT_TAGGED for value in tagged) else "name")
    if amenity == "kindergarten":
        return Kind("111", "amenity")
    code = _of_levels(tags.get("isced:level", ""))
    if code:
        return Kind(code, "level")
    for value in tagged:
        if value in _TAGGED:
            return Kind(_TAGGED[value], "tag")
    code = _of_years(tags.get("grades", ""), first=1)
    if code:
        return Kind(code, "tag")
    for code, pattern in _BY_NAME:
        if re.search(pattern, words):
            return Kind(code, "name")
    # Children of six are in grade 1.
    ages = f"{tags.get('min_age', '')}-{tags.get('max_age', '')}"
    code = _of_years(ages, first=6) if tags.get("min_age") and tags.get("max_age") else ""
    return Kind(code, "age") if code else Kind(UNKNOWN, "unknown")


def _split(value: str | None) -> list[str]:
    return [part.strip() for part in re.split(r"[;,]", value or "") if part.strip()]


def _of_levels(level: str) -> str:
    """The type of ISCED levels: 1 primary, 2 junior, 3 senior; "1-2" and "1;2" are both."""
    spelt = re.sub(r"[0-3]\s*-\s*[0-3]", _spelt_out, level)
    names = {"1": "primary", "2": "junior", "3": "senior"}
    stages = frozenset(names[digit] for digit in re.findall(r"(?<![0-9])[123]", spelt))
    if stages:
        return _STAGES[stages]
    return "111" if re.fullmatch(r"\s*0[0-9]*\s*", level) else ""


def _spelt_out(match: re.Match[str]) -> str:
    """``1-3`` as ``1;2;3``."""
    first, last = int(match[0][0]), int(match[0][-1])
    return ";".join(str(level) for level in range(first, last + 1))


def _of_years(span: str, *, first: int) -> str:
    """The type of a span of years of school or age, as ``1-6``; `first` is that of grade 1."""
    match = re.fullmatch(r"\s*([0-9]{1,2})\s*[-–]\s*([0-9]{1,2})\s*", span)
    if not match:
        return ""
    low, high = int(match[1]) - first + 1, int(match[2]) - first + 1
    if high < 1:
        return "111"
    # A stage counts where at least two of its three years, or half of primary, are in the span.
    stages = {
        name
        for name, begin, end, least in (
            ("primary", 1, 6, 3),
            ("junior", 7, 9, 2),
            ("senior", 10, 12, 2),
        )
        if min(high, end) - max(low, begin) + 1 >= least
    }
    return _STAGES.get(frozenset(stages), "")
