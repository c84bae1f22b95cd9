"""The page around the map: folium's shell, with every link to the network taken out.

Folium compiles each rendered element a second time as a template, so no text of the user passes
through it: it draws an empty map, and everything else is put in afterwards as inert data.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from layout.output.maps import assets

__all__ = ["build"]

# Folium's links all begin so; what follows is the name of a vendored file.
_CDN = "https://cdn.jsdelivr.net/npm/"
_SCRIPT_LINK = re.compile(r"<script\b[^>]*\bsrc=\"([^\"]*)\"[^>]*>\s*</script>")
_STYLE_LINK = re.compile(r"<link\b[^>]*\bhref=\"([^\"]*)\"[^>]*>")
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_INLINE_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_MAP_DIV = re.compile(r"<div class=\"folium-map\" id=\"map_main\"\s*></div>")
_VIEWPORT = re.compile(r"<meta name=\"viewport\".*?/>", re.DOTALL)


def build(
    *,
    title: str,
    language: str,
    bounds: tuple[float, float, float, float],
    data: str,
    kind: assets.Kind = "map",
) -> str:
    """Return the whole page.

    Parameters
    ----------
    title
        Title of the document; any text.
    language
        Language of the page, as ``zh``.
    bounds
        West, south, east and north of the study in degrees (WGS 84).
    data
        JSON that is safe inside a script element.
    kind
        The page of one plan, or that of several.

    Raises
    ------
    ValueError
        If the shell asks for a script or style that is not vendored.
    """
    # Scripts and styles of the shell, inlined.
    text = _drop_links(_shell(bounds))
    text = _VIEWPORT.sub(
        '<meta name="viewport" content="width=device-width, initial-scale=1">', text
    )
    body = assets.notice("html") + assets.page(kind)
    body += f'\n<script type="application/json" id="layout-data">{data}</script>'
    head = f'<title>{html.escape(title)}</title>\n<link rel="icon" href="data:,">'
    own = f"<style>{assets.own_style(kind)}</style>"
    text = _replace_once(text, "<html>", f'<html lang="{"zh-CN" if language == "zh" else "en"}">')
    # The map's own script is the last one, and ours needs the map that it makes.
    start, end = text.rindex("</body>"), text.rindex("</html>")
    last = text[start + len("</body>") : end]
    text = f"{text[:start]}{last}<script>{assets.own_script(kind)}</script>\n</body>\n</html>\n"
    text = _replace_once(text, "</head>", f"{own}\n</head>")
    text = _replace_once(text, "<head>", f"<head>\n<script>{assets.notice('js')}</script>")
    # The policy comes after all scripts and styles: it lists their hashes.
    policy = _policy(text)
    text = _replace_once(text, "<head>", f'<head>\n<meta charset="utf-8">\n{policy}\n{head}')
    if len(_MAP_DIV.findall(text)) != 1:
        raise ValueError("the shell of the map has no single place for it")
    return _MAP_DIV.sub(lambda match: body.replace("<!--map-->", match.group(0)), text)


def _shell(bounds: tuple[float, float, float, float]) -> str:
    import folium

    west, south, east, north = bounds
    shell = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=8,
        tiles=None,
        prefer_canvas=True,
        zoom_snap=0.1,
        zoom_delta=0.5,
        wheel_px_per_zoom_level=120,
        min_zoom=5,
        max_zoom=17,
        # Our own script watches the size of the map.
        track_resize=False,
    )
    # Random names would make two pages of one plan differ.
    shell._id = "main"
    # Folium keeps links by name, so a style must not share the name of a script.
    shell.default_js = [(f"{name}_js", f"{_CDN}{name}") for name in assets.SCRIPTS]
    shell.default_css = [(f"{name}_css", f"{_CDN}{name}") for name in assets.STYLES]
    return str(shell.get_root().render())


def _drop_links(text: str) -> str:
    text = _SCRIPT_LINK.sub(
        lambda match: f"<script>{_vendored(match, assets.SCRIPTS)}</script>", text
    )
    return _STYLE_LINK.sub(lambda match: f"<style>{_vendored(match, assets.STYLES)}</style>", text)


def _vendored(link: re.Match[str], vendored: Mapping[str, assets.Vendored]) -> str:
    name = link.group(1).removeprefix(_CDN)
    if name not in vendored:
        raise ValueError(f"the map asks for a file that is not vendored: {link.group(1)}")
    return assets.read(vendored[name])


def _policy(text: str) -> str:
    scripts = " ".join(assets.csp_hash(source) for source in _INLINE_SCRIPT.findall(text))
    styles = " ".join(assets.csp_hash(source) for source in _INLINE_STYLE.findall(text))
    content = (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; img-src data:; "
        "connect-src 'none'; base-uri 'none'; form-action 'none'"
    )
    return f'<meta http-equiv="Content-Security-Policy" content="{content}">'


def _replace_once(text: str, old: str, new: str) -> str:
    if text.count(old) < 1:
        raise ValueError(f"the shell of the map has no {old}")
    return text.replace(old, new, 1)
