#!/usr/bin/python3
"""The documentation's site is whole: site.py FOLDER

Every link within it leads to a file and to an anchor in it, every page is reachable from index.html, no page asks for
anything outside of the folder, and none was left half-made. Links to other sites are for readers to follow; they are
only looked at for their form.
"""

import html.parser
import pathlib
import re
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    """What a page links to, what it fetches, what may be linked to, and whether its elements close."""

    EMPTY = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
    FETCHES = {("img", "src"), ("script", "src"), ("link", "href"), ("iframe", "src"), ("source", "src"), ("object", "data")}

    def __init__(self, text):
        super().__init__()
        self.links, self.fetched, self.anchors, self.open, self.faults = [], [], set(), [], []
        self.title = self.headings = 0
        self.feed(text)
        if self.open:
            self.faults.append(f"not closed: {', '.join(self.open)}")

    def handle_starttag(self, tag, attributes):
        if tag not in self.EMPTY:
            self.open.append(tag)
        self.title += tag == "title"
        self.headings += tag == "h1"
        for name, value in attributes:
            if name == "id":
                if value in self.anchors:
                    self.faults.append(f"two elements are called '{value}'")
                self.anchors.add(value)
            if (tag, name) in self.FETCHES:
                self.fetched.append(value)
            elif name == "href":
                self.links.append(value)
            elif name == "style" and "url(" in value:
                self.faults.append(f"style fetches: {value}")
            elif name.startswith("on"):
                self.faults.append(f"script in {name}")
        if tag == "img" and not dict(attributes).get("alt"):
            self.faults.append(f"a picture without words: {dict(attributes).get('src')}")

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.EMPTY:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")


def check(folder):
    faults, reached, pages = [], set(), {}
    for file in folder.rglob("*.html"):
        if "files" not in file.relative_to(folder).parts[:1] or file.name == "index.html":
            pages[file] = Page(file.read_text())
    for file, page in pages.items():
        say = lambda text, file=file: faults.append(f"{file.relative_to(folder)}: {text}")
        for text in page.faults:
            say(text)
        if page.title != 1 or page.headings != 1:
            say(f"{page.title} titles and {page.headings} first headings")
        if re.search(r"\{\{\w+\}\}|data-formula", file.read_text()):
            say("a place was left open")
        for address in page.fetched:
            if address.startswith("data:"):
                continue
            if ":" in address or address.startswith("//") or not (file.parent / address).is_file():
                say(f"fetches {address}")
        for address in page.links:
            if re.match(r"https?://", address):
                if not urllib.parse.urlparse(address).hostname:
                    say(f"link to {address}")
                continue
            path, _, anchor = address.partition("#")
            target = (file.parent / urllib.parse.unquote(path)).resolve() if path else file
            if ":" in path or not target.is_relative_to(folder) or not target.is_file():
                say(f"link to {address}, which is not there")
                continue
            reached.add(target)
            if anchor and (target not in pages or anchor not in pages[target].anchors):
                say(f"link to {address}: there is no such place in it")
    for file in pages.keys() - reached - {folder / "index.html"}:
        faults.append(f"{file.relative_to(folder)}: no page links to it")
    for file in folder.rglob("*.css"):
        if re.search(r"url\(|@import", file.read_text()):
            faults.append(f"{file.name} fetches something")
    return len(pages), faults


def main():
    count, faults = check(pathlib.Path(sys.argv[1]).resolve())
    for fault in sorted(faults):
        print(fault)
    print(f"{count} pages, {len(faults)} faults")
    return 1 if faults or count < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
