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
    r"驾校|驾驶|驾训|自动车|党校|老年大学|夜校|培训|补习|辅导班|语言学校|潜水|滑雪|成人",
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
        r"language (school|cent)|school of (english|languages?)|inlingua|sprachschule|"
        r"ecole de langues?|(academia|escuela) de idiomas|"
        r"escola (oficial )?d.idiomes|scuola di lingue|anh ngu|ngoai ngu|"
        r"\b(music|dance|ballet|dancing|"
        r"cooking|cookery|yoga)\b|musikschule|tanzschule|ballett|ecole de (musique|danse|conduite)|"
        r"(escuela|escola|scuola) d[ei] (musica|danza|dansa|danca)|conservator|"
        r"\bevening\b|abendschule|"
        r"ecole (nationale |normale )?superieure|haute ecole|volkshochschule|"
        r"\badults?\b|\badultos\b|tutor(ial|ing)?\b|nachhilfe|kumon"
    ),
)
# No schools of children where no other word tells a kind, as one does of 大学附中.
_HIGHER = (
    r"\buniversi|\bhochschule|polytechnic|"
    r"\bfaculty\b|\btraining\b|大学|学院$|\bdai hoc\b|جامعة"
)
_BY_NAME = (
    # Special education.
    (
        "514",
        (
            r"特殊教育|特教|聋哑|聋校|盲校|盲人学校|启智|培智|启聪|启音|sonderschule|forderschule|"
            r"支援学校|special (needs|education|school)|\bsped\b|school for the (deaf|blind)|"
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
            r"escola profissional|istituto (tecnico|professionale)|trung cap|\bsmkn?\b|مهني|"
            r"agricultural (school|high)|science and technology institute|"
            r"institute of .*technology|tesda"
        ),
    ),
    # All years from 1 to 12, then from 1 to 9, then 7 to 12.
    ("345", r"十二年一贯|十二年制|gesamtschule 1-12|\bk-?12\b|lien cap|unidad educativa"),
    (
        "312",
        (
            r"九年一贯|九年制|九年义务|ecole fondamentale|\bk-?8\b|"
            r"\b(th|tieu hoc) ?(va|&|-) ?thcs\b|"
            r"escola basica|educacion basica|ensino fundamental|\bemef\b|comprensivo|"
            r"تعليم اساسي|مدرسة اساسية|"
            r"integrated (school|elementary)"
        ),
    ),
    (
        "341",
        (
            r"完全中学|完中|附中|附属中学|第?一中(学)?$|第一中学|gymnasium|weiterf|schulzentrum|"
            r"kantonsschule|secondary|\bsecundari|\bsecondari[ao] di secondo|national high school|"
            r"\bthcs (va|&|-) ?thpt\b|\binstitut(o)?\b|\bies\b|\bliceo\b|\blyceum\b|sekondari|"
            r"middle and high|junior and senior|comprehensive high"
        ),
    ),
    # Senior, junior, primary, kindergarten.
    (
        "342",
        (
            r"高级中学|高中|高级中等|高等学校|高校$|고등학교|"
            r"preparatoria|senior|high school|\blycee\b|trung hoc pho thong|\bthpt\b|\bsman?\b|"
            r"\bman? \d|aliyah|ثانوي|bachillerato|batxillerat|ensino medio|"
            r"upper secondary|sixth form"
        ),
    ),
    (
        "311",
        (
            r"初级中学|初中|中学|[二三四五六七八九十国]中$|중학교|telesecundaria|sekundar|realschule|hauptschule|mittelschule|"
            r"oberschule|junior|middle school|secondaria di primo|scuola media|"
            r"\bceg\b|segona ensenyanca|"
            r"trung hoc co so|\bthcs\b|\bsmpn?\b|tsanawiyah|\bmtsn?\b|اعدادي|متوسط|"
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
            r"小学|完小|国小$|中心校|초등학교|"
            r"primera ensenyanca|"
            r"shule ya msingi|grundschule|primarschule|volksschule|(?<!pre-)(?<!pre )primary|"
            r"elementary|primaire|elementaire|\bprimaria\b|\bceip\b|scuola elementare|"
            r"\bprimarja\b|tieu hoc|sekolah dasar|\bsdn?\b|ibtidaiyah|ابتداي|central school|"
            r"paaralang"
        ),
    ),
    (
        "111",
        (
            r"幼儿园|幼稚园|托儿所|유치원|\bkinder\b|preescolar|\b(cm|em)ei\b|kindergarten|kindertages|\bkita\b|nursery|pre-?school|preschool|maternelle|"
            r"creche|guarderia|jardin (de ninos|infantil)|jardim de infancia|llar d.infants|"
            r"scuola dell.infanzia|asilo|mam non|mau giao|\bpaud\b|\btk\b|روضة|(day|child) ?care|"
            r"pre[- ]?primary|escola bressol"
        ),
    ),
    # A French school without another word is a primary one, but not one of the Koran.
    ("211", r"\becole\b(?! (coran|bibli))|\bgroupe scolaire\b|\bepp\b"),
)
# Syllables of Korean fall apart when a name is folded.
_WORDS = [(code, re.compile(unicodedata.normalize("NFKD", pattern))) for code, pattern in _BY_NAME]
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
_FINER = {("342", "361"), ("211", "218")}
"""Kinds by level and by name of which the second is a kind of the first."""

_NOT_TAGGED = {"driving", "driving_school", "language", "music", "dance", "art", "evening", "adult"}
_STAGES = {
    frozenset({"primary"}): "211",
    frozenset({"junior"}): "311",
    frozenset({"senior"}): "342",
    frozenset({"primary", "junior"}): "312",
    frozenset({"junior", "senior"}): "341",
    frozenset({"primary", "junior", "senior"}): "345",
    frozenset({"primary", "senior"}): "345",
}
_STAGES_OF = {code: stages for stages, code in _STAGES.items()}

_SIMPLIFIED = str.maketrans(
    "đ學國級兒園職業駕駛訓聾啞貫術衛護師範黨補習輔導語動車鄉鎮區縣東豐廣門龍灣興華",
    "d学国级儿园职业驾驶训聋哑贯术卫护师范党补习辅导语动车乡镇区县东丰广门龙湾兴华",
)
"""Traditional characters of schools and places, and đ, which is a letter of its own."""


def folded(text: str) -> str:
    """Return a text in lower case and simplified characters, without accents and doubled blanks."""
    # Compatible forms, then without combining marks.
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_SIMPLIFIED))
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
    named = next((code for code, word in _WORDS if word.search(words)), "")
    levels = tags.get("isced:level", "")
    code = _of_levels(levels) or next(
        (_TAGGED[one] for one in _split(levels) if one in _TAGGED), ""
    )
    if code:
        # The name tells what levels do not: special education, vocational, a teaching point.
        finer = named == "514" or (code, named) in _FINER
        return Kind(named, "name") if finer else Kind(code, "level")
    code = _of_words(tagged) or _of_years(tags.get("grades", ""), first=1)
    if code:
        return Kind(code, "tag")
    if named:
        return Kind(named, "name")
    if re.search(_HIGHER, words) or re.fullmatch(r"[\s;,-]*([4-8][\s;,-]*)+", levels):
        return Kind(NO_SCHOOL, "name")
    # Children of six are in grade 1.
    ages = f"{tags.get('min_age', '')}-{tags.get('max_age', '')}"
    code = _of_years(ages, first=6) if tags.get("min_age") and tags.get("max_age") else ""
    return Kind(code, "age") if code else Kind(UNKNOWN, "unknown")


def _split(value: str | None) -> list[str]:
    return [part.strip() for part in re.split(r"[;,]", value or "") if part.strip()]


def _of_words(values: list[str]) -> str:
    """The type of words such as ``primary``; several stages together are one type."""
    codes = [_TAGGED[value] for value in values if value in _TAGGED]
    stages = frozenset().union(*(_STAGES_OF.get(code, frozenset()) for code in codes))
    together = all(code in _STAGES_OF for code in codes) and len(codes) > 1
    return _STAGES[stages] if together else next(iter(codes), "")


def _of_levels(level: str) -> str:
    """The type of ISCED levels: 1 primary, 2 junior, 3 senior; "1-2" and "1;2" are both."""
    if words := _of_words([folded(part) for part in _split(level)]):
        return words
    spelt = re.sub(r"\b[0-8]\s*[-–]\s*[0-8]\b", _spelt_out, level)
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
    # "K-8", "1-6", "7;8;9": what comes before grade 1 is 0.
    years = [int(year) for year in re.findall(r"[0-9]{1,2}", re.sub(r"(?i)\b[pt]?k\b", "0", span))]
    if not years:
        return ""
    low, high = min(years) - first + 1, max(years) - first + 1
    if high < 1 or (high == 1 and low < 1):
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
