#!/usr/bin/python3
"""Writes the documentation as a site of plain files: docs/site/build.py RETROGRAD_PYTHON OUT

OUT/index.html is the README, beside it every page of docs/, the C++ reference (from the headers, read by Doxygen), the C
header and the Python reference (from the docstrings of the package in the folder RETROGRAD_PYTHON; "-" leaves it out).
Nothing is fetched, neither now nor by the reader's browser: one style sheet, pictures as they are, formulas as MathML.
"""

import html
import pathlib
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

import cpp_reference
import markdown
import python_reference

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# The order of the navigation. Pages of docs/ that are not named come under "More".
CHAPTERS = {
    "Begin": ["README.md", "docs/getting-started.md", "docs/tutorial.md"],
    "Use": [
        "docs/command-line.md", "docs/data.md", "docs/report.md", "docs/checkpoints.md", "docs/diagnosis.md",
        "docs/quality.md", "docs/search.md", "docs/onnx.md", "docs/python.md", "docs/embedding.md", "docs/distributed.md",
        "examples/serve/README.md",
    ],
    "Understand": ["docs/backpropagation.md", "docs/optimisers.md", "docs/receipt.md", "docs/numerics.md", "docs/performance.md"],
    "Extend": ["docs/life-of-an-operator.md", "docs/decisions.md", "docs/conventions.md", "CONTRIBUTING.md"],
    "Reference": ["docs/operators/README.md"],
    "More": [],
}
TITLES = {"README.md": "retrograd", "examples/serve/README.md": "Serving from Node"}


def target_of(source):
    """Where a page of the repository is in the site."""
    path = source.removeprefix("docs/")
    if path == "README.md":
        return "index.html"
    path = path.removesuffix("/README.md") + "/index.html" if path.endswith("/README.md") else path
    return path.removesuffix(".md") + ".html" if path.endswith(".md") else path


class Site:
    def __init__(self, out):
        self.out = out
        self.template = (HERE / "page.html").read_text()
        self.chapters = {name: list(pages) for name, pages in CHAPTERS.items()}
        listed = [page for pages in self.chapters.values() for page in pages]
        found = [str(p.relative_to(ROOT)) for p in sorted((ROOT / "docs").glob("*.md"))]
        self.chapters["More"] += [page for page in found + ["CHANGELOG.md"] if page not in listed]
        self.operators = sorted(
            str(p.relative_to(ROOT)) for p in (ROOT / "docs/operators").glob("*.md") if p.name != "README.md"
        )
        self.sources = [page for pages in self.chapters.values() for page in pages] + self.operators
        self.references = []  # (title, target) of what is made from code
        self.titles = {}
        self.copied = set()

    # ---- Links. -----------------------------------------------------------------------------------------------------

    def relative(self, target, page):
        """The site's file `target` as seen from its file `page`."""
        up = "../" * page.count("/")
        return up + target

    def link(self, address, source, page):
        """An address in a page of the repository as an address in the site."""
        if re.match(r"[a-z]+:", address):
            return address
        path, _, anchor = address.partition("#")
        if not path:
            return address
        found = (ROOT / source).parent.joinpath(path).resolve()
        if not found.exists():
            sys.exit(f"docs: {source} links to {address}, which is not there")
        name = str(found.relative_to(ROOT))
        if name in self.sources:
            target = target_of(name)
        elif name.startswith("include/retrograd/") and found.suffix == ".hpp":
            target = f"cpp/{found.stem}.html"
        elif found.is_dir():
            target = self.folder(found)
        else:
            target = self.copy(found)
        return self.relative(target, page) + (f"#{anchor}" if anchor else "")

    def copy(self, file):
        """A file of the repository as it is."""
        target = f"files/{file.relative_to(ROOT)}"
        if target not in self.copied:
            self.copied.add(target)
            (self.out / target).parent.mkdir(parents=True, exist_ok=True)
            # Sources open in the browser as text, whatever their name means to it.
            shutil.copy(file, self.out / target)
        return target

    def folder(self, folder):
        """A page that lists the files of a folder."""
        name = str(folder.relative_to(ROOT))
        target = f"files/{name}/index.html"
        if target not in self.copied:
            self.copied.add(target)
            rows = []
            for file in sorted(folder.rglob("*")):
                shown = file.relative_to(folder)
                if file.is_file() and not any(part in ("node_modules", "__pycache__") for part in shown.parts):
                    rows.append(f'<li><a href="{self.relative(self.copy(file), target)}">{html.escape(str(shown))}</a></li>')
            self.write(target, name + "/", f"<h1>{html.escape(name)}/</h1>\n<ul>{''.join(rows)}</ul>")
        return target

    # ---- Pages. -----------------------------------------------------------------------------------------------------

    def navigation(self, page):
        parts = []
        for chapter, sources in self.chapters.items():
            entries = [(self.titles[source], target_of(source)) for source in sources]
            if chapter == "Reference":
                entries += self.references
            if not entries:
                continue
            items = "".join(
                f'<li><a href="{self.relative(target, page)}"{" aria-current=page" if target == page else ""}>'
                f"{html.escape(re.split('[:,]', title)[0])}</a></li>"
                for title, target in entries
            )
            parts.append(f"<h2>{chapter}</h2><ul>{items}</ul>")
        return "\n".join(parts)

    def contents(self, body):
        """A list of the sections of a long page."""
        found = re.findall(r'<h2[^>]* id="([^"]+)"[^>]*>(.*?)</h2>', body, re.S)
        if len(found) < 3:
            return ""
        plain = [(anchor, re.sub(r"<[^>]+>", "", text)) for anchor, text in found]
        items = "".join(f'<li><a href="#{anchor}">{text}</a></li>' for anchor, text in plain)
        return f'<nav class="contents" aria-label="On this page"><p>On this page</p><ul>{items}</ul></nav>'

    def write(self, page, title, body):
        file = self.out / page
        file.parent.mkdir(parents=True, exist_ok=True)
        # A wide table scrolls by itself, not the page.
        body = re.sub(r"<table.*?</table>", lambda t: f'<div class="wide">{t[0]}</div>', body, flags=re.S)
        values = {
            "title": html.escape(title if title == "retrograd" else f"{title} · retrograd"),
            "style": self.relative("site.css", page),
            "home": self.relative("index.html", page),
            "navigation": self.navigation(page),
            "contents": self.contents(body),
            "body": body,
        }
        file.write_text(re.sub(r"\{\{(\w+)\}\}", lambda m: values[m[1]], self.template))

    def page(self, source, body):
        page = target_of(source)
        body = re.sub(
            r'(href|src)="([^"]*)"',
            lambda m: f'{m[1]}="{html.escape(self.link(html.unescape(m[2]), source, page))}"',
            body,
        )
        self.write(page, self.titles[source], body)


def main():
    package, out = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    site = Site(out)
    texts = {source: (ROOT / source).read_text() for source in site.sources}
    for source, text in texts.items():
        site.titles[source] = TITLES.get(source) or re.search(r"^# (.+)$", text, re.M)[1]
    with ThreadPoolExecutor(2) as pool:
        headers = pool.submit(cpp_reference.pages, ROOT)
        bodies = dict(zip(texts, pool.map(markdown.to_html, texts.values())))
        cpp = headers.result()
    python = None if package == "-" else python_reference.page(package)
    site.references = [("C++ reference", "cpp/index.html"), ("C reference", "c.html")]
    if python:
        site.references.append(("Python reference", "python-reference.html"))
    for source, body in bodies.items():
        site.page(source, body)
    for name, (title, body) in cpp.items():
        site.write(f"cpp/{name}.html", title, body)
    site.write("c.html", "The C interface", cpp_reference.c_page(ROOT))
    if python:
        site.write("python-reference.html", "The Python package", python)
    shutil.copy(HERE / "site.css", out)
    print(f"{sum(1 for _ in out.rglob('*.html'))} pages in {out}")


if __name__ == "__main__":
    main()
