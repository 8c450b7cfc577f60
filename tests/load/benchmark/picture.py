"""The table as a picture: for each row three bars, on a scale of its own, and a mark where the target is."""
from xml.sax.saxutils import escape

from .report import CONTESTANTS, number

COLOURS = {"plain floor": "#9aa0a6", "joined floor": "#5f6368", "herald": "#1a73e8"}
WIDTH, LEFT, BAR_ROOM = 900, 240, 520
ROW_HEIGHT, BAR_HEIGHT, TOP = 74, 16, 70


def target_value(line):
    """The target in the row's own unit, or None when there is no floor to take it from."""
    floor = line["medians"]["plain floor"]
    if not line["target_is_ratio"]:
        return line["target_value"]
    return None if floor is None else floor * line["target_value"]


def draw_text(x, y, text, size=13, anchor="start", colour="#202124"):
    return f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'


def draw_row(line, top):
    target = target_value(line)
    most = max([value for value in [*line["medians"].values(), target] if value], default=1)
    better = "more is better" if line["higher_is_better"] else "less is better"
    out = [draw_text(LEFT - 12, top + 24, line["title"], anchor="end"), draw_text(LEFT - 12, top + 42, better, 11, "end", "#80868b")]
    for i, who in enumerate(CONTESTANTS):
        value = line["medians"][who]
        y = top + 6 + i * (BAR_HEIGHT + 3)
        length = max(1.0, BAR_ROOM * value / most) if value is not None and value > 0 else 0
        out.append(f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR_HEIGHT}" fill="{COLOURS[who]}"/>')
        label = "not measured" if value is None else f"{number(value)} {line['unit']}"
        out.append(draw_text(f"{LEFT + length + 6:.1f}", y + 13, label, 12))
    if target is not None:
        x = LEFT + BAR_ROOM * target / most
        out.append(f'<line x1="{x:.1f}" y1="{top + 2}" x2="{x:.1f}" y2="{top + ROW_HEIGHT - 12}" stroke="#d93025" stroke-width="2" '
                   f'stroke-dasharray="4 3"><title>target {escape(line["target"])}</title></line>')
    return out


def draw(lines, caption):
    """The whole picture, as SVG."""
    height = TOP + ROW_HEIGHT * len(lines) + 20
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
           f'font-family="sans-serif"><rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
           draw_text(20, 26, "herald and its floors", 17), draw_text(20, 48, caption, 12, colour="#5f6368")]
    x = 520
    for who in CONTESTANTS:
        out.append(f'<rect x="{x}" y="14" width="12" height="12" fill="{COLOURS[who]}"/>')
        out.append(draw_text(x + 17, 25, who, 12))
        x += 95
    out.append(f'<line x1="{x}" y1="12" x2="{x}" y2="28" stroke="#d93025" stroke-width="2" stroke-dasharray="4 3"/>')
    out.append(draw_text(x + 7, 25, "target", 12))
    for i, line in enumerate(lines):
        out += draw_row(line, TOP + i * ROW_HEIGHT)
    return "\n".join([*out, "</svg>", ""])
