"""The files of the site: pages in their frame, libraries with licences, written only if they differ."""

from __future__ import annotations

import re
from pathlib import Path

from nba_assets.site import pages
from nba_assets.site.files import content_type, publish_site, site_files
from nba_assets.stores.folder import FileStore


def test_a_page_is_in_its_frame() -> None:
    """Each page is in the navigation of all pages, allows no inline script, and preloads what its script imports."""
    texts = {path: data.decode() for path, data in site_files()}
    written = {path: text for path, text in texts.items() if path.endswith(".html")}
    assert list(written) == [f"site/{page.file}" for page in pages.PAGES] and len(written) > 6
    for path, text in written.items():
        links = re.findall(r'<li><a href="([\w.]+)"( aria-current="page")?>', text)
        assert [f"site/{href}" for href, current in links] == list(written)
        assert [f"site/{href}" for href, current in links if current] == [path]
        assert "'unsafe" not in text and "{%" not in text and "{{" not in text
        asked = re.findall(r'(?:src|rel="(?:modulepreload|stylesheet|icon)" href)="([\w./]+)"', text)
        assert {f"site/{name}" for name in asked} <= set(texts)
        script = re.findall(r'type="module" src="(js/\w+\.js)"', text)[0]
        imported = [name for name in asked if name.startswith("js/") and name != script]
        read = "".join(texts[f"site/{name}"] for name in (script, *imported))
        assert {f"js/{name}.js" for name in re.findall(r'from "\./(\w+)\.js"', read)} == set(imported)


def test_imports_of_imported_modules_are_preloaded_too() -> None:
    modules = {page.script: 'import { x } from "./a.js";' for page in pages.PAGES}
    modules |= {
        "a": 'import {\n  y,\n} from "./b.js";',
        "b": 'import { x } from "./a.js";',
        "c": "// nobody asks for it",
    }
    for name, data in pages.rendered(modules):
        assert re.findall(r'rel="modulepreload" href="js/(\w+)\.js"', data.decode()) == ["a", "b"], name


def test_vendored_libraries_have_their_licences() -> None:
    names = {path.removeprefix("site/vendor/") for path, _ in site_files() if path.startswith("site/vendor/")}
    assert {name for name in names if name.endswith(".js")} == {"d3.min.js", "plot.umd.min.js"}
    assert {"d3.LICENSE", "plot.LICENSE"} <= names


def test_publishing_the_site_again_writes_nothing(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    found = publish_site(store)
    assert {path for path, _ in found} == {
        file.relative_to(tmp_path / "v1").as_posix() for file in (tmp_path / "v1").rglob("*") if file.is_file()
    }
    assert all(content_type(path) for path, _ in found)
    times = {file: file.stat().st_mtime_ns for file in (tmp_path / "v1").rglob("*")}
    publish_site(store)
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "v1").rglob("*")} == times
