"""Pages of the repository as HTML, by pandoc: GitHub's Markdown, formulas as MathML, code coloured."""

import html
import re
import subprocess

# How the first word after ``` is coloured; what follows it ("output", "no-run", a file) is for the tests.
COLOURED = {"sh": "bash", "cpp": "cpp", "python": "python", "toml": "toml", "cmake": "cmake", "json": "json", "js": "javascript", "c": "c"}


def pandoc(text, reader):
    command = ["pandoc", "-f", reader, "-t", "html5", "--mathml", "--wrap=none"]
    found = subprocess.run(command, input=text, capture_output=True, text=True)
    if found.returncode != 0 or found.stderr.strip():
        raise SystemExit(f"docs: pandoc: {found.stderr}\nin {text[:200]}")
    return found.stdout


def formulas(texts):
    """LaTeX to MathML, all of a page in one run."""
    if not texts:
        return []
    joined = "\n\n".join(f"$${text.strip()}$$" for text in texts)
    found = re.findall(r"<math.*?</math>", pandoc(joined, "markdown"), re.S)
    if len(found) != len(texts):
        raise SystemExit(f"docs: {len(texts)} formulas became {len(found)}; is this LaTeX?\n{joined}")
    return found


def to_html(text):
    math = []

    def fence(match):
        kind = match[1].split()
        if kind[:1] == ["math"]:
            math.append(match[2])
            return f'<div class="formula" data-formula="{len(math) - 1}"></div>\n'
        language = COLOURED.get(kind[0], "") if kind else ""
        if kind[1:2] == ["output"]:
            return f'<pre class="output"><code>{html.escape(match[2])}</code></pre>\n'
        return f"```{language}\n{match[2]}```\n"

    text = re.sub(r"\A<!--.*?-->\n", "", text, flags=re.S)
    text = re.sub(r"^```([^\n]*)\n(.*?)^```\n", fence, text, flags=re.S | re.M)
    body = pandoc(text, "gfm")
    done = formulas(math)
    return re.sub(r'(data-formula="(\d+)">)', lambda m: f">{done[int(m[2])]}", body)


def code(text, language):
    """A file, coloured."""
    return pandoc(f"~~~~~~{{.{language}}}\n{text}\n~~~~~~\n", "markdown")
