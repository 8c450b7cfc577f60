#include "app/settings_text.hpp"

#include "app/settings_table.hpp"

#include <algorithm>

namespace herald::app {

namespace {

constexpr std::size_t help_width = 100;
constexpr std::size_t help_indent = 8;

/// `text` in lines of at most `help_width`, each indented.
void append_wrapped(std::string& to, std::string_view text, std::size_t indent) {
  std::size_t column = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    if (column != 0 && column + 1 + word.size() > help_width) {
      to += '\n';
      column = 0;
    }
    if (column == 0) {
      to.append(indent, ' ');
      column = indent;
    } else {
      to += ' ';
      ++column;
    }
    to += word;
    column += word.size();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  to += '\n';
}

std::string default_text(const setting& row) {
  return row.fallback.empty() ? std::string{"the machine's name"} : std::string{row.fallback};
}

/// A help text as a sentence of its own.
std::string sentence(std::string_view text) {
  std::string result{text};
  if (!result.empty() && result[0] >= 'a' && result[0] <= 'z' && !result.starts_with("auto:"))
    result[0] = static_cast<char>(result[0] - 'a' + 'A');
  return result + '.';
}

/// ` (default 25s; 100ms to 10m)`
std::string limits(const setting& row) {
  const auto range = range_text(row);
  if (row.fallback.empty()) return " (" + range + ')';
  return " (default " + std::string{row.fallback} + (range.empty() ? "" : "; " + range) + ')';
}

void append_help(std::string& to, const setting& row) {
  append_wrapped(to, "--" + std::string{row.name} + ' ' + placeholder(row) + limits(row), 2);
  auto text = sentence(row.help);
  if (!row.not_yet.empty()) text += " Not yet: " + std::string{row.not_yet} + '.';
  append_wrapped(to, text, help_indent);
}

/// In a Markdown table a bar would end the cell.
std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c;
  }
  return result;
}

void append_doc_row(std::string& to, const setting& row) {
  to += "| `" + std::string{row.name} + "` | `" + cell(placeholder(row)) + '`';
  if (const auto range = range_text(row); !range.empty()) to += ", " + cell(range);
  to += row.fallback.empty() ? " | " + default_text(row) : " | `" + cell(row.fallback) + '`';
  to += " | " + cell(sentence(row.help));
  if (!row.not_yet.empty()) to += " **Not yet:** " + cell(row.not_yet) + '.';
  if (row.secret != secrecy::open) to += " Secret: its password is never shown.";
  to += " |\n";
}

constexpr std::string_view help_head = R"(
Usage: herald [--setting value]...

A distributed notification node: clients hold WebSockets to it, services publish through it.
Without arguments it serves clients on 127.0.0.1:8084 and everything else on 127.0.0.1:9084.

Every setting is a flag (--log-level debug), a variable (HERALD_LOG_LEVEL=debug) and a line of the
file that --config names (log-level = debug). A flag wins over a variable, a variable over the file.
TIME is 250ms, 10s, 5m, 2h, 7d; SIZE is bytes or 64KiB, 1MiB, 2GiB.

Asking
  --help            this text
  --version         the version
  --check-config    read and check all settings, say "config ok" or what is wrong, and end
  --print-config    all settings, their values and where each came from, and end
  --print-settings-doc
                    docs/settings.md as it should be, and end
  --config FILE     read settings from FILE; also HERALD_CONFIG
)";

constexpr std::string_view doc_head = R"(# Settings

<!-- Made by `herald --print-settings-doc` from app/settings_table.cpp: change it there. -->

Every setting is a flag, a variable and a line in the file that `--config` (or `HERALD_CONFIG`) names. A flag wins over a
variable, a variable over the file, the file over the default:

```
herald --log-level debug            # or --log-level=debug; given twice, the last one counts
HERALD_LOG_LEVEL=debug herald       # an empty variable counts as not set
echo 'log-level = debug' > herald.conf && herald --config herald.conf     # a comment begins with #
```

- `TIME`: a whole number and its unit: `250ms`, `10s`, `5m`, `2h`, `7d`. `SIZE`: bytes, or `64KiB`, `1MiB`, `2GiB`.
- `IP:PORT`: `127.0.0.1:8084`, `[::1]:8084`, `0.0.0.0:8084` for every interface, `localhost` for 127.0.0.1.
- `herald --check-config` reads and checks everything and says `config ok`, or every error at once, a line each. With a bad
  setting the node does not start; the exit code is 2.
- `herald --print-config` shows each value and where it came from, with `***` for secrets; apart from those its output
  is itself such a file.
- An unknown flag or line in the file is an error. An unknown `HERALD_*` variable is a warning; those that Kubernetes
  sets for Services (`HERALD_SERVICE_HOST`, `HERALD_PORT`, …) are left alone.
)";

}  // namespace

std::string help_text() {
  std::string result = "herald " + std::string{version()} + "\n" + std::string{help_head};
  std::string_view group;
  for (const auto& row : settings_table()) {
    if (row.group != group) result += '\n' + std::string{row.group} + '\n';
    group = row.group;
    append_help(result, row);
  }
  return result + "\nExit codes: 0 after a clean stop, 1 after a failure, 2 for a bad setting.\n";
}

std::string settings_doc() {
  std::string result{doc_head};
  std::string_view group;
  for (const auto& row : settings_table()) {
    if (row.group != group)
      result += "\n## " + std::string{row.group}
              + "\n\n| setting | value | default | meaning |\n|---|---|---|---|\n";
    group = row.group;
    append_doc_row(result, row);
  }
  return result;
}

std::string config_text(const std::vector<shown_setting>& shown) {
  std::size_t longest = 0;
  for (const auto& x : shown) longest = std::max(longest, x.name.size() + x.value.size());
  std::string result;
  for (const auto& x : shown) {
    result += x.name + " = " + x.value;
    result.append(longest - x.name.size() - x.value.size() + 2, ' ');
    result += "# " + x.source + '\n';
  }
  return result;
}

}  // namespace herald::app
