"""The examples of docs/api.md do what it says: curl, Python and JavaScript against a real service."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from listening import listening
from service_under_test import Service

from recsys.papers import PaperRecord

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
ELSEWHERE = "http://127.0.0.1:8000"
CURL = 'curl() { command curl --fail-with-body --max-time 20 "$@"; }\nset -euo pipefail\n'


def blocks(language: str) -> list[str]:
    """The examples in a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def address(shared: Service) -> Iterator[str]:
    shared.store.papers.upsert([PaperRecord(title="A DOI paper", doi="10.1145/3292500.3330701")], "test")
    with listening(shared.client.app) as address:
        yield address


def run(command: list[str], address: str, key: str) -> str:
    environment = {**os.environ, "API": f"{address}/v1", "KEY": key, "no_proxy": "127.0.0.1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{command[-1]}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_curl(address: str, shared: Service) -> None:
    if not shutil.which("curl"):
        pytest.skip("the curl examples of docs/api.md were NOT run: there is no curl")
    examples = [block.replace(ELSEWHERE, address) for block in blocks("sh") if "curl" in block]
    assert len(examples) >= 11
    for example in examples:
        assert run(["bash", "-c", CURL + example], address, shared.key).startswith("{"), example


def test_python(
    address: str,
    shared: Service,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RECSYS_URL", address)
    monkeypatch.setenv("RECSYS_KEY", shared.key)
    examples = blocks("python")
    assert len(examples) >= 11
    namespace: dict[str, object] = {}
    for example in examples:
        exec(compile(example, str(DOCUMENT), "exec"), namespace)
    assert "unknown-paper id no paper is known as 'arxiv:0'" in capsys.readouterr().out


def test_javascript(address: str, shared: Service, tmp_path: Path) -> None:
    if not shutil.which("node"):
        pytest.skip("the JavaScript examples of docs/api.md were NOT run: there is no node")
    script = tmp_path / "examples.mjs"
    script.write_text("\n".join(blocks("js")))
    assert "id: no paper is known as 'arxiv:0'" in run(["node", str(script)], address, shared.key)


def test_every_call_is_shown_in_each_language() -> None:
    """Each section that shows a call by curl shows it in Python and JavaScript too."""
    sections = re.split(r"^##+ ", DOCUMENT.read_text(), flags=re.MULTILINE)
    for section in sections:
        if "```sh\ncurl" in section and "/health/" not in section:
            title = section.partition("\n")[0]
            assert "```python" in section, title
            assert "```js" in section, title
