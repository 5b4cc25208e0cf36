"""Every ```python block of the documentation runs, one page's blocks after the other, with docs/*.csv beside them."""

import os
import re
import shutil
from pathlib import Path

import pytest

DOCS = Path(os.environ["RETROGRAD_SOURCE"]) / "docs"
PAGES = [page for page in sorted(DOCS.glob("*.md")) if "```python\n" in page.read_text()]


def test_there_is_such_a_page():
    assert DOCS / "python.md" in PAGES


@pytest.mark.filterwarnings("error::SyntaxWarning")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_blocks_run(page, tmp_path, monkeypatch):
    for table in DOCS.glob("*.csv"):
        shutil.copy(table, tmp_path)
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    for block in re.finditer(r"^```python\n(.*?)^```$", page.read_text(), re.S | re.M):
        line = page.read_text()[: block.start()].count("\n") + 2
        exec(compile("\n" * (line - 1) + block[1], str(page), "exec"), names)
