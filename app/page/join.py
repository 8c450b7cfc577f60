#!/usr/bin/env python3
"""Joins the operators' page from its parts into one file of HTML, and writes it as C++ with the policy that lets just that page's
style and script run.

  join.py OUT.cpp page.html page.css PART.js …     for the build
  join.py --html page.html page.css PART.js …      to standard output, to look at it
"""

import base64
import hashlib
import pathlib
import sys

PIECE = 12_000  # characters a literal: compilers need not take long ones


def digest(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def policy(style, script):
    rules = {'default-src': "'none'", 'script-src': digest(script), 'style-src': digest(style), 'img-src': 'data:', 'connect-src': "'self'",
             'base-uri': "'none'", 'form-action': "'none'", 'frame-ancestors': "'none'"}
    return '; '.join(f'{name} {what}' for name, what in rules.items())


def literals(text):
    for at in range(0, len(text), PIECE):
        yield f'R"page({text[at:at + PIECE]})page"'


def main(out, page, style, scripts):
    read = lambda name: pathlib.Path(name).read_text(encoding='utf-8')
    style = read(style)
    script = "\n'use strict';\n\n" + '\n'.join(read(name) for name in scripts)
    if '</script' in script.lower() or '<!--' in script or '</style' in style.lower():
        sys.exit('join.py: a part would end its own element')
    html = read(page).replace('@style@', style).replace('@script@', script)
    if out == '--html':
        sys.stdout.write(html)
        return
    if ')page"' in html:
        sys.exit('join.py: a part would end its own literal')
    pieces = ',\n  '.join(literals(html))
    text = (f'// Made by app/page/join.py.\n#include "app/operators_page.hpp"\n\n#include <string_view>\n\nnamespace herald::app {{\nnamespace {{\n\n'
            f'constexpr std::string_view pieces[] = {{\n  {pieces}}};\n\n}}  // namespace\n\n'
            f'std::string operators_page() {{\n  std::string result;\n  for (const auto one : pieces) result += one;\n  return result;\n}}\n\n'
            f'std::string operators_page_policy() {{\n  return "{policy(style, script)}";\n}}\n\n}}  // namespace herald::app\n')
    pathlib.Path(out).write_text(text, encoding='utf-8')


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
