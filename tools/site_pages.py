"""What the site has beside the pages in docs/: the README and its like, notebooks, the reference.

MkDocs loads this as its hooks (`make docs`). Links of pages are those of the repository, so that
they work where the Markdown is read as it stands; here they are led to the pages of the site.
"""

from __future__ import annotations

import html
import json
import os
import posixpath
import re
from pathlib import Path
from typing import Any

import latex2mathml.converter
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import layout

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"

# Pages that stand outside docs/, because people look for them there.
ELSEWHERE = {
    "README.md": "project/readme.md",
    "README.zh-CN.md": "project/readme-zh.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "data/README.md": "project/data.md",
}
PUBLIC = {name: getattr(layout, name) for name in sorted(layout._HOME, key=str.lower)}
LOCATION = (
    "p_median set_cover max_cover p_center modular_cover close_sites choose_modules serve".split()
)
# What a notebook shows of its results, the first kind that an output has.
IMAGES = ("image/svg+xml", "image/png")
SRCDOC = re.compile(r"""srcdoc=(["'])(.*?)\1""", re.DOTALL)
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?!\w+:)([^)#\s]*)(#[^)\s]*)?\)")
CODE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)

SHIM = "https://unpkg.com/iframe-worker/shim"
SPHINX = re.compile(r":math:<code>(.*?)</code>")
SPHINX_BLOCK = re.compile(
    r"<p>\.\. math::(?: (.*?)</p>|</p>\s*<div[^>]*><pre>(.*?)</pre></div>)", re.DOTALL
)


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages that are not in docs/."""
    texts = {uri: (ROOT / name).read_text(encoding="utf-8") for name, uri in ELSEWHERE.items()}
    texts |= {"reference.md": reference(), "reference-location.md": location_reference()}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        text, maps = notebook(path)
        texts[f"notebooks/{path.stem}.md"] = text
        texts |= {f"notebooks/{path.stem}-{n}.html": page for n, page in enumerate(maps)}
    for uri, text in texts.items():
        files.append(File.generated(config, uri, content=text))
    return files


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Name each notebook in the navigation, in place of their folder."""
    books = [f"notebooks/{path.stem}.md" for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    for part in config.nav or []:
        for pages in part.values() if isinstance(part, dict) else ():
            pages[:] = [{"Notebooks": books} if "Notebooks" in page else page for page in pages]
    return config


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead the links of a page to pages of the site; what the site lacks stays as text."""
    uri = page.file.src_uri
    parts = CODE.split(markdown)
    return "".join(part if n % 2 else _led(part, uri) for n, part in enumerate(parts))


def on_page_content(content: str, **_: Any) -> str:
    """Formulas of docstrings, which are written for Sphinx, as MathML."""
    content = SPHINX_BLOCK.sub(
        lambda found: formula(re.sub(r"<[^>]+>", "", found.group(1) or found.group(2))), content
    )
    return SPHINX.sub(lambda found: _mathml(found.group(1), "inline"), content)


def on_post_page(output: str, *, page: Page, config: MkDocsConfig) -> str:
    """Take the script of the search from the site, where the theme would ask a server for it."""
    up = "../" * page.file.src_uri.count("/")
    return output.replace(SHIM, f"{up}worker.js")


def on_post_template(output_content: str, **_: Any) -> str:
    """The same on the page that says that there is no such page."""
    return output_content.replace(SHIM, "worker.js")


def formula(source: str, *_: Any, **__: Any) -> str:
    """A fenced block of LaTeX as MathML, which browsers draw by themselves."""
    # Several lines are aligned at their marks.
    lines = rf"\begin{{align*}}{source}\end{{align*}}" if r"\\" in source else source
    return f"<p>{_mathml(lines, 'block')}</p>"


def _mathml(source: str, display: str) -> str:
    return str(latex2mathml.converter.convert(html.unescape(source), display=display))


def _led(text: str, uri: str) -> str:
    """Text without code, with its links led to the site."""
    source = next((ROOT / name for name, there in ELSEWHERE.items() if there == uri), DOCS / uri)
    if uri.startswith("notebooks/"):
        source = ROOT / uri

    def led(link: re.Match[str]) -> str:
        mark, words, target, heading = link.groups()
        if not target:
            return link.group()
        there = _page_of((source.parent / target).resolve())
        if there is None:
            return words
        way = posixpath.relpath(there, posixpath.dirname(uri) or ".")
        return f"{mark}[{words}]({way}{heading or ''})"

    return LINK.sub(led, text)


def _page_of(path: Path) -> str | None:
    """The page or picture of the site that a file of the repository became."""
    if path.is_relative_to(DOCS):
        return path.relative_to(DOCS).as_posix()
    if not path.is_relative_to(ROOT):
        return None
    name = path.relative_to(ROOT).as_posix()
    if name.startswith("notebooks/") and path.suffix == ".ipynb":
        return f"notebooks/{path.stem}.md"
    return ELSEWHERE.get(name)


def reference() -> str:
    """The page of all public names, from their docstrings."""
    return _reference("# Reference", "Every public name of `layout`, by its docstring.", PUBLIC)


def location_reference() -> str:
    """The page of the location models, from their docstrings."""
    models = {name: getattr(layout.location, name) for name in LOCATION}
    return _reference("# Reference: location models", "Models of `layout.location`.", models)


def _reference(title: str, head: str, things: dict[str, Any]) -> str:
    """A page of docstrings by public name; things are found in the module that holds them."""
    lines = [
        f"::: {thing.__module__}.{thing.__qualname__}\n    options:\n      heading: {name}\n"
        for name, thing in things.items()
    ]
    return "\n\n".join([title, head, *lines])


def notebook(path: Path) -> tuple[str, list[str]]:
    """A notebook as Markdown, and the maps that it shows as pages of their own.

    Notebooks are stored without outputs. `LAYOUT_SITE_NOTEBOOKS=run` runs them first.
    """
    book = json.loads(path.read_text(encoding="utf-8"))
    if os.environ.get("LAYOUT_SITE_NOTEBOOKS") == "run":
        book = _run(path)
    maps: list[str] = []
    parts = []
    for cell in book["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
        elif cell["cell_type"] == "code":
            parts.append(f"```python\n{source}\n```")
            parts += [_output(output, path.stem, maps) for output in cell["outputs"]]
    return "\n\n".join(part for part in parts if part) + "\n", maps


def _run(path: Path) -> Any:
    """Run a notebook as a planner would, where it stands."""
    # Needed only where it is asked for; the packages of the site alone do not bring these.
    import nbformat
    from nbclient import NotebookClient

    print(f"Running {path.name}", flush=True)
    book = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": path.parent}}
    # Of a kernel what goes wrong, not what it warns of.
    quiet = ["--IPKernelApp.log_level=ERROR"]
    NotebookClient(book, timeout=900, resources=resources, extra_arguments=quiet).execute()
    return book


def _output(output: Any, stem: str, maps: list[str]) -> str:
    """One output of a cell; progress and log lines are left out."""
    data = output.get("data", {})
    for kind in IMAGES:
        if kind in data:
            body = "".join(data[kind]).strip()
            return body if kind.startswith("image/svg") else f"![](data:{kind};base64,{body})"
    rich = "".join(data.get("text/html", ""))
    if (found := SRCDOC.search(rich)) is not None:
        maps.append(html.unescape(found.group(2)))
        return f'<iframe src="{stem}-{len(maps) - 1}.html" width="100%" height="560"></iframe>'
    if rich:
        return f"<div>{rich}</div>"
    told = output.get("text", "") if output.get("name") == "stdout" else ""
    plain = "".join(data.get("text/plain", told))
    return f"```text\n{plain}\n```" if plain else ""
