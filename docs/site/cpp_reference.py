"""The C++ reference: what the public headers declare and say of it, read by Doxygen, a page a header."""

import html
import pathlib
import re
import subprocess
import tempfile
import xml.etree.ElementTree as xml

import markdown

HERE = pathlib.Path(__file__).resolve().parent


def pages(root):
    """{name: (title, body)}: "index" and one page for each header."""
    with tempfile.TemporaryDirectory() as folder:
        settings = (HERE / "Doxyfile").read_text() + f"\nOUTPUT_DIRECTORY = {folder}\n"
        found = subprocess.run(["doxygen", "-"], input=settings, cwd=root, capture_output=True, text=True)
        if found.returncode != 0:
            raise SystemExit(f"docs: doxygen: {found.stderr}")
        compounds = [
            xml.parse(file).getroot().find("compounddef")
            for file in sorted(pathlib.Path(folder, "xml").glob("*.xml"))
            if file.name.startswith(("namespace", "class", "struct", "concept"))
        ]
    return Reference(root, compounds).pages()


def c_page(root):
    text = (root / "include/retrograd.h").read_text()
    lead = "<p>Every function is declared and described in one header, which is short enough to read:</p>"
    guide = '<p>How it is used stands in <a href="embedding.html#the-c-interface">Embedding</a>.</p>'
    return f"<h1>The C interface</h1>\n{guide}\n{lead}\n{markdown.code(text, 'c')}"


def lead_of(text):
    """The comment at the top of a header, as paragraphs."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        lines.append(line[2:].strip())
    return [part.replace("\n", " ") for part in "\n".join(lines).split("\n\n")]


def inline(text):
    """Plain words of a comment; names in back quotes are code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


class Reference:
    def __init__(self, root, compounds):
        self.root = root
        self.headers = sorted(p.stem for p in (root / "include/retrograd").glob("*.hpp"))
        self.of_header = {name: [] for name in self.headers}  # (line, entry) of each
        self.places = {}  # Doxygen's identifier to (header, anchor)
        self.functions = []
        for compound in compounds:
            kind, where = compound.get("kind"), compound.find("location")
            name = compound.findtext("compoundname")
            if kind in ("class", "struct", "concept"):
                header = pathlib.Path(where.get("file")).stem
                if compound.get("prot") != "private" and header in self.of_header:
                    self.add(header, int(where.get("line")), compound.get("id"), name, compound)
                continue
            for member in compound.iter("memberdef"):
                where = member.find("location")
                header = pathlib.Path(where.get("file")).stem
                if header in self.of_header and name.startswith("retrograd"):
                    self.add(header, int(where.get("line")), member.get("id"), member.findtext("qualifiedname"), member)

    def add(self, header, line, identifier, name, element):
        taken = {anchor for place, anchor in self.places.values() if place == header}
        plain = re.sub(r"[^A-Za-z0-9_]+", "-", name.removeprefix("retrograd::")).strip("-") or "operator"
        anchor, count = plain, 2
        while anchor in taken:
            anchor, count = f"{plain}-{count}", count + 1
        self.places[identifier] = (header, anchor)
        for member in element.iter("memberdef"):
            self.places.setdefault(member.get("id"), (header, anchor))
        self.of_header[header].append((line, name.removeprefix("retrograd::"), anchor, element))

    def pages(self):
        made = {}
        rows = []
        for header in self.headers:
            text = (self.root / f"include/retrograd/{header}.hpp").read_text()
            lead = lead_of(text)
            entries = sorted(self.of_header[header], key=lambda entry: entry[0])
            body = f"<h1>{header}.hpp</h1>\n" + "".join(f"<p>{inline(p)}</p>\n" for p in lead)
            body += f"<pre><code>#include &lt;retrograd/{header}.hpp&gt;</code></pre>\n"
            made[header] = (f"{header}.hpp", body + "".join(self.entry(*entry) for entry in entries))
            first = re.split(r"(?<=[.:]) ", lead[0])[0] if lead and lead[0] else ""
            rows.append(f'<dt><a href="{header}.html">{header}.hpp</a></dt><dd>{inline(first)}</dd>')
        made["index"] = (
            "C++",
            "<h1>The C++ reference</h1>\n<p><code>#include &lt;retrograd/retrograd.hpp&gt;</code> brings everything that "
            "most programs need. Each page here is one header, in its order; comments give shapes, units and what is "
            f"thrown.</p>\n<dl>{''.join(rows)}</dl>",
        )
        return made

    # ---- One entry. -------------------------------------------------------------------------------------------------

    def entry(self, _, name, anchor, element):
        kind = element.get("kind")
        words = f"{name}()" if kind == "function" else name
        body = f'<h2 id="{anchor}">{html.escape(words)}</h2>\n<div class="entry">\n'
        if kind in ("class", "struct"):
            body += f"<pre><code>{kind} {html.escape(name)}</code></pre>\n{self.described(element)}"
            for member in element.iter("memberdef"):
                if member.get("prot") == "public" and member.get("kind") != "friend":
                    body += f"<pre><code>{self.declaration(member)}</code></pre>\n{self.described(member)}"
        else:
            body += f"<pre><code>{self.declaration(element)}</code></pre>\n{self.described(element)}"
        return body + "</div>\n"

    def declaration(self, member):
        kind, name = member.get("kind"), html.escape(member.findtext("name") or "")
        if kind == "concept":
            return f"concept {html.escape(member.findtext('compoundname').removeprefix('retrograd::'))}"
        if kind == "enum":
            values = ", ".join(v.findtext("name") + (v.findtext("initializer") and " " + v.findtext("initializer") or "")
                               for v in member.iter("enumvalue"))
            return f"enum class {name} {{ {html.escape(values)} }}"
        made = ""
        if (template := member.find("templateparamlist")) is not None:
            made = "template &lt;" + ", ".join(self.typed(p.find("type")) + " " + (p.findtext("declname") or "")
                                               for p in template.iter("param")) + "&gt; "
        if member.get("static") == "yes":
            made += "static "
        result = self.typed(member.find("type"))
        if kind == "typedef":
            return f"{made}using {name} = {result}"
        made += f"{result} " if result else ""
        made += f"<strong>{name}</strong>"
        if kind == "function":
            parameters = []
            for p in member.findall("param"):
                shown = " ".join(x for x in (self.typed(p.find("type")), html.escape(p.findtext("declname") or "")) if x)
                default = "".join(p.find("defval").itertext()) if p.find("defval") is not None else ""
                parameters.append(shown + (f" = {html.escape(default)}" if default else ""))
            made += f"({', '.join(parameters)})" + (" const" if member.get("const") == "yes" else "")
        elif initial := member.findtext("initializer"):
            made += " " + html.escape(initial)
        return made

    def typed(self, element):
        """A type, with what it names as links."""
        if element is None:
            return ""
        made = html.escape(element.text or "")
        for child in element:
            made += self.linked(child) + html.escape(child.tail or "")
        made = made.replace("&lt; ", "&lt;").replace(" &gt;", "&gt;").replace(" &amp;", "&amp;").replace(" *", "*")
        return made.strip()

    def linked(self, element):
        words = html.escape("".join(element.itertext()))
        place = self.places.get(element.get("refid"))
        return f'<a href="{place[0]}.html#{place[1]}">{words}</a>' if place else words

    # ---- What is said of it. ------------------------------------------------------------------------------------------

    def described(self, element):
        parts = []
        for tag in ("briefdescription", "detaileddescription"):
            for child in element.find(tag) if element.find(tag) is not None else ():
                parts.append(self.text(child))
        made = "".join(parts)
        if element.get("kind") == "enum":
            values = [(v.findtext("name"), self.described(v)) for v in element.findall("enumvalue")]
            if any(said for _, said in values):
                made += "<dl>" + "".join(f"<dt>{html.escape(n)}</dt><dd>{said}</dd>" for n, said in values) + "</dl>"
        return made

    def text(self, element):
        tags = {"para": "p", "computeroutput": "code", "emphasis": "em", "bold": "strong", "itemizedlist": "ul",
                "orderedlist": "ol", "listitem": "li", "verbatim": "pre", "programlisting": "pre"}
        if element.tag == "ref":
            return self.linked(element)
        if element.tag == "sp":
            return " "
        made = html.escape(element.text or "")
        for child in element:
            made += self.text(child) + html.escape(child.tail or "")
        if element.tag == "codeline":
            return made + "\n"
        tag = tags.get(element.tag)
        return f"<{tag}>{made}</{tag}>\n" if tag == "p" else f"<{tag}>{made}</{tag}>" if tag else made
