"""The Python reference: names, signatures and docstrings of the package, asked of the package itself."""

import html
import inspect
import re
import sys


def page(folder):
    sys.path.insert(0, folder)
    import retrograd

    estimators = ["RetrogradClassifier", "RetrogradRegressor"]
    functions = [n for n in retrograd.__all__ if inspect.isroutine(getattr(retrograd, n))]
    classes = [n for n in retrograd.__all__ if inspect.isclass(getattr(retrograd, n)) and n not in estimators]
    body = "<h1>The Python package</h1>\n" + docstring(retrograd.__doc__)
    body += '<p>How it is used stands in <a href="python.html">Python</a>.</p>\n<h2 id="estimators">Estimators</h2>\n'
    body += "".join(of_class(name, getattr(retrograd, name)) for name in estimators)
    body += '<h2 id="functions">Functions</h2>\n'
    body += "".join(of_function(name, getattr(retrograd, name)) for name in functions)
    body += '<h2 id="classes">Classes</h2>\n'
    return body + "".join(of_class(name, getattr(retrograd, name)) for name in classes)


def signature(function):
    """The signature, from Python or from the first line that pybind11 writes; None where neither says."""
    try:
        text = str(inspect.signature(function))
    except (TypeError, ValueError):
        first = (inspect.getdoc(function) or "").split("\n")[0]
        if not (found := re.fullmatch(r"\w+(\(.*\)(?: -> .*)?)", first)):
            return None
        text = found[1]
    text = re.sub(r"retrograd\._core\.|_core\.|numpy\.|collections\.abc\.|'", "", text)
    text = re.sub(r"\(self(?:: \w+)?(?:, )?", "(", text)
    return re.sub(r"<(\w+)\.\w+: [^>]+>|<retrograd\.(\w+)[^>]*>", r"\1\2", text)


def said(thing):
    """The docstring without the signature that pybind11 puts in front."""
    text = inspect.getdoc(thing) or ""
    return re.sub(r"\A\w+\(.*\)(?: -> .*)?\n*", "", text)


def of_function(name, function):
    text = f"<strong>{html.escape(name)}</strong>{html.escape(signature(function) or '()')}"
    return f'<div class="entry" id="{html.escape(name)}">\n<pre><code>{text}</code></pre>\n{docstring(said(function))}</div>\n'


def of_class(name, kind):
    made = f'<h3 id="{name}">{name}</h3>\n<div class="entry">\n{docstring(said(kind))}'
    for attribute, value in sorted(members(kind).items()):
        if isinstance(value, property):
            made += f"<dl><dt>{html.escape(attribute)}</dt><dd>{words(said(value)) or '&nbsp;'}</dd></dl>\n"
        else:
            shown = f"<strong>{html.escape(attribute)}</strong>{html.escape(signature(value) or '()')}"
            made += f"<pre><code>{shown}</code></pre>\n{docstring(said(value))}"
    return made + "</div>\n"


def members(kind):
    """Public methods and properties that the package itself gives to a class."""
    found = {}
    for base in reversed(kind.__mro__):
        if not (base.__module__ or "").startswith("retrograd"):
            continue
        for name, value in vars(base).items():
            value = value.__func__ if isinstance(value, (staticmethod, classmethod)) else value
            if not name.startswith("_") and (inspect.isroutine(value) or isinstance(value, property)):
                found[name] = value
    return found


def words(text):
    return re.sub(r"``?([^`]+)``?", r"<code>\1</code>", html.escape(" ".join(text.split())))


def docstring(text):
    """Paragraphs; sections underlined with dashes as lists of what they name; indented blocks as code."""
    made, lines = "", inspect.cleandoc(text or "").split("\n")
    blocks, block = [], []
    for line in lines + [""]:
        if line.strip():
            block.append(line)
        elif block:
            blocks.append(block)
            block = []
    for block in blocks:
        if len(block) > 1 and set(block[1].strip()) == {"-"}:
            made += f"<h4>{html.escape(block[0].strip())}</h4>\n<dl>"
            for item in re.split(r"\n(?=\S)", "\n".join(block[2:])):
                name, _, rest = item.partition(" : ")
                made += f"<dt>{html.escape(name)}</dt><dd>{words(rest)}</dd>" if rest else f"<dd>{words(item)}</dd>"
            made += "</dl>\n"
        elif block[0].startswith("    "):
            made += f"<pre><code>{html.escape(inspect.cleandoc(chr(10).join(block)))}</code></pre>\n"
        else:
            made += f"<p>{words(re.sub('::$', ':', ' '.join(block)))}</p>\n"
    return made
