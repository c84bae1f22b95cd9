"""Pictures for print: every one is drawn, marked, the same every time, and says what is missing."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import font_manager, image

from layout.app.plan import Plan
from layout.core.errors import UsageError
from layout.core.text import using
from layout.output import pictures
from layout.output.pictures import page
from layout.output.pictures.fonts import CHINESE
from layout.output.pictures.page import wrapped
from tests.worlds.fake_plan import fake_plan, renamed

KNOWN = {one.name for one in font_manager.FontManager().ttflist}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not KNOWN & set(CHINESE), reason="no font with Chinese letters"),
]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return fake_plan()


def texts_of(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All that is written onto the pages from now on."""
    from matplotlib.text import Text

    said: list[str] = []
    drawn = Text.draw

    def noted(self: Text, *arguments: object, **named: object) -> None:
        said.append(self.get_text())
        drawn(self, *arguments, **named)

    monkeypatch.setattr(Text, "draw", noted)
    return said


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_the_same_plan_gives_the_same_bytes(plan: Plan, tmp_path: Path, form: str) -> None:
    one, two = (
        pictures.picture(plan, tmp_path / f"{name}.{form}", "closures") for name in ("one", "two")
    )
    assert one.read_bytes() == two.read_bytes()
    assert one.stat().st_size > 5_000
    if form == "png":
        # A4 across at 200 dots an inch, with something on it.
        pixels = image.imread(one)
        assert pixels.shape[:2] == (1654, 2338)
        assert np.ptp(pixels[..., :3], axis=(0, 1)).min() > 0.8


@pytest.mark.parametrize("what", ["closures", "retained", "sites", "county", "minutes", "counties"])
def test_every_picture_is_marked_and_says_what_it_counts(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    said = texts_of(monkeypatch)
    county = "451026" if what == "county" else None
    pictures.picture(plan, tmp_path / "a.svg", what, county=county, language="zh")
    text = "\n".join(said)
    assert "模型数据" in said
    assert plan.study.name in said
    assert plan.study.data_date.isoformat() in text
    if what == "retained":
        # One of them is not on the list, and within its error of the belt's edge.
        assert "存疑，确定之前保留：1 所" in text
    closing = len(plan.closures)
    mine = int((plan.closures["county_code"] == "451026").sum())
    counted = {
        "closures": f"2022 年秋季起停办：{int((plan.closures['year'] == 2022).sum())} 所",
        "retained": f"边境带内保留：{int(plan.retained['protected'].sum()) - 1} 所",
        "sites": "新建幼儿园：2 所",
        "county": f"撤并：{mine} 所",
        "minutes": "转学学生：",
        "counties": f"{closing}",
    }
    assert counted[what] in text
    observed = replace(plan, study=replace(plan.study, provenance="observed"))
    said.clear()
    pictures.picture(observed, tmp_path / "b.svg", what, county=county, language="zh")
    assert "模型数据" not in said


def test_names_of_any_kind_are_only_names(plan: Plan, tmp_path: Path) -> None:
    for number, name in enumerate(
        ["$x^2", r"\frac{", "</svg><script>", "\x00名", "🏫校", "字" * 300]
    ):
        path = pictures.picture(renamed(plan, name), tmp_path / f"{number}.svg", "sites")
        assert "<script" not in path.read_text(encoding="utf-8")


def test_the_set_has_what_the_plan_has(plan: Plan, tmp_path: Path) -> None:
    made = pictures.pictures(plan, tmp_path / "set", form="svg")
    counties = [f"county-{code}" for code in plan.study.units.index]
    named = ["closures", "retained", "sites", *counties, "counties", "minutes"]
    assert [path.stem for path in made] == named
    assert sorted(path.stem for path in (tmp_path / "set").iterdir()) == sorted(named)


def test_what_cannot_be_drawn_is_told(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with using("en"):
        for name, what, named, words in (
            ("a.gif", "sites", {}, "must end in"),
            ("a.png", "site", {}, "what is one of"),
            ("a.png", "catchments", {"band": "1-4"}, "band is one of"),
            ("a.png", "catchments", {}, "has no catchments"),
            ("a.png", "county", {}, "needs its code"),
            ("a.png", "county", {"county": "1"}, "There is no county 1"),
        ):
            with pytest.raises(UsageError, match=words):
                pictures.picture(plan, tmp_path / name, what, language="en", **named)  # type: ignore[arg-type]
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "matplotlib", None)
        with pytest.raises(UsageError, match="pip install matplotlib"):
            pictures.check_picture(tmp_path / "a.png", "sites")
    assert list(tmp_path.iterdir()) == []


def test_a_computer_without_chinese_letters_is_told_what_to_install(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [one for one in font_manager.fontManager.ttflist if one.name not in CHINESE]
    bare = SimpleNamespace(ttflist=others)
    monkeypatch.setattr(font_manager, "fontManager", bare)
    monkeypatch.setattr(font_manager, "FontManager", lambda: bare)
    with pytest.raises(UsageError, match="本机没有中文字体") as told:
        pictures.picture(plan, tmp_path / "a.png", "sites", language="zh")
    assert "Noto Sans CJK SC" in str(told.value)
    assert "fonts-noto-cjk" in str(told.value)


def test_lines_break_between_words_and_never_before_a_comma() -> None:
    assert wrapped("closes in 2023 for good", 12) == ["closes in", "2023 for", "good"]
    assert wrapped("百色市，靖西市，那坡县", 8) == ["百色市，", "靖西市，", "那坡县"]
    assert page.wrapped("", 8) == [""]
