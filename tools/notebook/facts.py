"""The two cells that stand at the head of every chapter: what it offers, and the package for Colab."""

from pathlib import Path
from urllib.parse import quote

from tools.notebook.cells import Project, read, title

INSTALL = """\
# In Colab this cell installs the book's package; elsewhere it does nothing.
import subprocess
import sys

if "google.colab" in sys.modules:
    install = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*install, "{archive}"], check=True)
"""
EXTRA = '    subprocess.run([*install, "--no-deps", {names}], check=True)\n'


def colab(project: Project, settings: dict) -> str:
    """The source of the cell tagged `colab`."""
    archive = f"{project.url}/archive/refs/tags/{project.tag}.zip"
    extra = ", ".join(f'"{name}"' for name in (settings.get("colab_extra") or []))
    return (INSTALL.format(archive=archive) + (EXTRA.format(names=extra) if extra else "")).rstrip("\n")


def colab_link(project: Project, path: Path) -> str:
    """Where this notebook, as released, opens in Colab."""
    repository = project.url.removeprefix("https://github.com/")
    where = quote(f"{repository}/blob/{project.tag}/{project.relative(path)}")
    return f"https://colab.research.google.com/github/{where}"


def duration(minutes: float) -> str:
    """`40 seconds`, `1 minute`, `25 minutes`."""
    number, unit = (round(minutes), "minute") if minutes >= 1 else (round(minutes * 60), "second")
    return f"{number} {unit}" + ("" if number == 1 else "s")


def prerequisite(project: Project, path: Path, name: str) -> str:
    """A link to a chapter that exists; otherwise the words themselves, a planned chapter by its title."""
    wanted = name.rpartition("/")[2].removesuffix(".ipynb")
    for file in project.notebooks():
        if file.stem == wanted:
            target = (
                Path("..", file.parent.name, file.name) if file.parent != path.parent else Path(file.name)
            )
            return f"[{title(read(file)) or wanted}]({target.as_posix()})"
    number, _, rest = wanted.partition("_")
    return rest.replace("_", " ").capitalize() if number.isdigit() and rest else name


def facts(project: Project, path: Path, settings: dict) -> str:
    """The source of the cell tagged `facts`: a short quotation block that every reader shows alike."""
    minutes = settings.get("minutes") or {}
    needs = [prerequisite(project, path, name) for name in (settings.get("prerequisites") or [])]
    files = [
        f"[`{file}`]({project.url}/blob/{project.tag}/{quote(file)})"
        for file in (settings.get("files") or [])
    ]
    rows = {
        "You need": ", ".join(needs),
        "Time": f"{duration(minutes.get('read', 0))} to read, {duration(minutes.get('run', 0))} to run "
        "on two processor cores",
        "New terms": ", ".join(settings.get("terms") or []),
        "Code": ", ".join(files),
    }
    lines = ["**You will be able to**", "", *(f"- {text}" for text in (settings.get("objectives") or [])), ""]
    lines += [f"**{name}:** {text}.  " for name, text in rows.items() if text]
    lines += [f"[Open in Colab]({colab_link(project, path)})"]
    return "\n".join(f"> {line}" if line else ">" for line in lines)
