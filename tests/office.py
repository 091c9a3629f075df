"""LibreOffice as an independent reader of spreadsheets, for tests with the mark `office`."""

import csv
import subprocess

# LibreOffice's options for CSV: comma, quote, UTF-8, from the first line, cells as they look,
# formulas as what they come to, every sheet to a file of its own.
_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,true,false,false,-1"


def read_with_libreoffice(path, folder):
    """{sheet name: rows of texts} of the spreadsheet; a formula would show as its result.

    `folder` is an empty one for LibreOffice's profile and output.
    """
    subprocess.run(
        [
            *("soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless"),
            *("--convert-to", _CSV, "--outdir", f"{folder}/out", str(path)),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    sheets = {}
    for made in (folder / "out").glob("*.csv"):
        with made.open(encoding="utf-8", newline="") as lines:
            sheets[made.stem.removeprefix(f"{path.stem}-")] = list(csv.reader(lines))
    return sheets
