"""Medians, the table, and what is written as JSON."""
import statistics

CONTESTANTS = ("plain floor", "joined floor", "herald")


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def summarise(rows, measured):
    """One dictionary a row. `measured[scenario][contestant]` is a list with one result a run (None: the run failed).

    A ratio is taken within each run, where the servers ran one right after the other, and then the median: the machine's speed
    changes from run to run. So it need not be the quotient of the two medians shown.
    """
    lines = []
    for row in rows:
        if row.scenario not in measured:
            continue
        values = {who: [None if result is None else row.read(result) for result in results]
                  for who, results in measured[row.scenario].items()}
        pairs = list(zip(values.get("herald", []), values["plain floor"]))
        ratio = median([ours / floor for ours, floor in pairs if ours is not None and floor])
        value = median(values.get("herald", []))
        lines.append({
            "title": row.title, "unit": row.unit, "target": row.target_text(), "target_value": row.target,
            "target_is_ratio": row.is_ratio, "higher_is_better": row.higher_is_better,
            "medians": {who: median(values.get(who, [])) for who in CONTESTANTS}, "runs": values, "ratio": ratio,
            "within_target": row.within(ratio, value), "within_3x": row.within(ratio, value, 3.0),
        })
    return lines


def number(value):
    if value is None:
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def yes_or_no(value):
    return "–" if value is None else "yes" if value else "NO"


def table(lines):
    """The lines as a table for people."""
    head = ["row", "", *CONTESTANTS, "herald ÷ plain", "target", "met", "within 3×"]
    cells = [[line["title"], line["unit"], *(number(line["medians"][who]) for who in CONTESTANTS), number(line["ratio"]),
              line["target"], yes_or_no(line["within_target"]), yes_or_no(line["within_3x"])] for line in lines]
    widths = [max(len(row[i]) for row in [head, *cells]) for i in range(len(head))]
    text = []
    for row in [head, ["-" * width for width in widths], *cells]:
        text.append("  ".join(cell.rjust(width) if 2 <= i <= 5 else cell.ljust(width)
                              for i, (cell, width) in enumerate(zip(row, widths))).rstrip())
    return "\n".join(text)
