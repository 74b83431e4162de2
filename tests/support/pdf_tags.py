"""Prints what pikepdf finds in a tagged PDF: its language, how many tables, and what is wrong, as JSON."""

import json
import sys

import pikepdf


def listed(value):
    if value is None:
        return []
    return list(value) if isinstance(value, pikepdf.Array) else [value]


def children(element):
    found = listed(element.get("/K"))
    return [child for child in found if isinstance(child, pikepdf.Dictionary) and "/S" in child]


def columns(cell):
    spans = [int(entry["/ColSpan"]) for entry in listed(cell.get("/A")) if "/ColSpan" in entry]
    return spans[0] if spans else 1


def has_scope(cell):
    return any("/Scope" in entry for entry in listed(cell.get("/A")))


def check_table(table, problems):
    widths = set()
    for part in children(table):
        if part["/S"] not in ("/THead", "/TBody"):
            problems.append(f"{part['/S']} in a table")
        for row in children(part):
            cells = children(row)
            if any(cell["/S"] == "/TH" and not has_scope(cell) for cell in cells):
                problems.append("a heading without a scope")
            if part["/S"] == "/TBody":
                widths.add(sum(columns(cell) for cell in cells))
    if len(widths) > 1:
        problems.append(f"rows of {sorted(widths)} columns in one table")


def walk(element, counts, problems):
    kind = str(element.get("/S", ""))
    counts[kind] = counts.get(kind, 0) + 1
    if element.get("/S") == "/Table":
        check_table(element, problems)
    for child in children(element):
        walk(child, counts, problems)


def main():
    with pikepdf.open(sys.argv[1]) as pdf:
        problems = list(pdf.check())
        root = pdf.Root
        if not bool(root["/MarkInfo"]["/Marked"]):
            problems.append("not marked as tagged")
        if not bool(root["/ViewerPreferences"]["/DisplayDocTitle"]):
            problems.append("the title is not displayed")
        counts = {}
        for element in children(root["/StructTreeRoot"]):
            walk(element, counts, problems)
        if counts.get("/H1") != 1:
            problems.append(f"{counts.get('/H1', 0)} headings of level one")
        with pdf.open_outline() as outline:
            if not outline.root:
                problems.append("no outline")
        language = str(root["/Lang"])
        print(json.dumps({"language": language, "tables": counts.get("/Table", 0), "problems": problems}))


main()
