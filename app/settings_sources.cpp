#include "app/settings_sources.hpp"

#include "app/setting_value.hpp"
#include "app/settings_table.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace herald::app {

namespace {

using rank = raw_value::rank;

constexpr std::string_view variable_prefix = "HERALD_";
constexpr std::string_view config_name = "config";

struct wish_flag {
  std::string_view name;
  bool wishes::*at;
};

constexpr std::array<wish_flag, 5> wish_flags{
  {{"help", &wishes::help},
   {"version", &wishes::version},
   {"check-config", &wishes::check_config},
   {"print-config", &wishes::print_config},
   {"print-settings-doc", &wishes::print_settings_doc}}};

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::vector<std::string> setting_names() {
  std::vector<std::string> names;
  for (const auto& row : settings_table()) names.emplace_back(row.name);
  return names;
}

std::vector<std::string> flag_names() {
  auto names = setting_names();
  names.emplace_back(config_name);
  for (const auto& x : wish_flags) names.emplace_back(x.name);
  return names;
}

/// ` (did you mean --listen?)`, or nothing.
std::string hint(std::string_view text, const std::vector<std::string>& names,
                 std::string_view before) {
  const auto found = nearest(text, names);
  if (found.empty()) return {};
  return std::string{"; did you mean "}.append(before).append(found) + '?';
}

std::string flag_label(std::string_view name) {
  return std::string{"flag --"}.append(name);
}

void put(raw_values& to, std::string_view name, raw_value what) {
  const auto [i, fresh] = to.try_emplace(std::string{name}, what);
  if (!fresh && i->second.from <= what.from) i->second = std::move(what);
}

// -- command line -------------------------------------------------------------

class argument_reader {
public:
  argument_reader(const std::vector<std::string>& args, collected& to) : args_(args), to_(to) {}

  void run() {
    while (next_ < args_.size()) read_one(args_[next_++]);
  }

private:
  void read_one(std::string_view arg) {
    if (arg == "-h") arg = "--help";
    if (!arg.starts_with("--") || arg == "--") {
      // Not shown: it may be a URL with a password that lost its flag.
      to_.errors.push_back("argument " + std::to_string(next_)
                           + " is not a flag; every setting is given as --name value");
      return;
    }
    arg.remove_prefix(2);
    const auto equals = arg.find('=');
    const auto name = arg.substr(0, equals);
    if (read_wish(name)) return;
    const auto* row = find_setting(name);
    if (row == nullptr && name != config_name) {
      to_.errors.push_back("unknown flag --" + printable(name) + hint(name, flag_names(), "--"));
      skip_value(equals);
      return;
    }
    const bool is_switch = row != nullptr && std::holds_alternative<switch_kind>(row->kind);
    auto value = equals == std::string_view::npos
                 ? following(is_switch)
                 : std::optional{std::string{arg.substr(equals + 1)}};
    if (!value) {
      to_.errors.push_back("--" + std::string{name} + " needs a value; see herald --help");
      return;
    }
    put(to_.values, name, {std::move(*value), rank::flag, flag_label(name)});
  }

  bool read_wish(std::string_view name) {
    for (const auto& x : wish_flags) {
      if (x.name != name) continue;
      to_.wish.*x.at = true;
      return true;
    }
    return false;
  }

  /// The value after a flag. A switch may stand alone and is true then.
  std::optional<std::string> following(bool is_switch) {
    const bool there = next_ < args_.size() && !args_[next_].starts_with("--");
    if (is_switch && (!there || (args_[next_] != "true" && args_[next_] != "false"))) return "true";
    if (!there) return std::nullopt;
    return args_[next_++];
  }

  /// After an unknown flag, so that its value isn't an error of its own.
  void skip_value(std::size_t equals) {
    if (equals == std::string_view::npos && next_ < args_.size() && !args_[next_].starts_with('-'))
      ++next_;
  }

  static std::string printable(std::string_view name) {
    const auto text = in_quotes(name);
    return text.substr(1, text.size() - 2);
  }

  const std::vector<std::string>& args_;
  collected& to_;
  std::size_t next_ = 0;
};

// -- environment --------------------------------------------------------------

void read_variables(const process_inputs& from, collected& to) {
  std::vector<std::string> known{variable_name(config_name)};
  for (const auto& row : settings_table()) known.push_back(variable_name(row.name));
  for (const auto& [name, value] : from.env) {
    if (!name.starts_with(variable_prefix)) continue;
    const auto i = std::find(known.begin(), known.end(), name);
    if (i == known.end()) {
      if (!is_service_variable(name, value))
        to.warnings.push_back("unknown variable " + name + " is ignored" + hint(name, known, ""));
      continue;
    }
    if (value.empty()) continue;
    const auto setting = i == known.begin()
                         ? config_name
                         : settings_table()[static_cast<std::size_t>(i - known.begin()) - 1].name;
    put(to.values, setting, {value, rank::variable, "variable " + name});
  }
}

// -- file ---------------------------------------------------------------------

class file_lines {
public:
  file_lines(std::string path, std::string_view text, collected& to)
      : path_(std::move(path)), text_(text), to_(to) {}

  void run() {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
    for (std::size_t number = 1; !text_.empty(); ++number) {
      const auto end = std::min(text_.find('\n'), text_.size());
      read_line(trim(text_.substr(0, end)), path_ + ':' + std::to_string(number));
      text_.remove_prefix(std::min(end + 1, text_.size()));
    }
  }

private:
  void read_line(std::string_view line, const std::string& place) {
    if (line.empty() || line.front() == '#') return;
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) {
      to_.errors.push_back(place + ": not of the form name = value; a comment begins with #");
      return;
    }
    const auto name = trim(line.substr(0, equals));
    if (find_setting(name) == nullptr) {
      to_.errors.push_back(place + ": unknown setting " + in_quotes(name)
                           + hint(name, setting_names(), ""));
      return;
    }
    if (const auto [i, fresh] = seen_.try_emplace(std::string{name}, place); !fresh) {
      to_.errors.push_back(place + ": " + i->first + " was already set at " + i->second
                           + "; keep one of them");
      return;
    }
    put(to_.values, name, {value_of(line.substr(equals + 1)), rank::file, place});
  }

  /// Without a comment at the end and without a pair of double quotes. No setting's value holds
  /// a blank, so a # after one begins a comment.
  static std::string value_of(std::string_view text) {
    for (const std::string_view mark : {" #", "\t#"}) text = text.substr(0, text.find(mark));
    text = trim(text);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
      text = text.substr(1, text.size() - 2);
    return std::string{text};
  }

  std::string path_;
  std::string_view text_;
  collected& to_;
  std::map<std::string, std::string, std::less<>> seen_;
};

void read_config_file(const process_inputs& from, collected& to) {
  const auto i = to.values.find(config_name);
  if (i == to.values.end()) return;
  const auto [path, origin, label] = i->second;
  to.values.erase(i);
  const auto text = from.read_file ? from.read_file(path) : std::nullopt;
  if (!text) {
    to.errors.push_back("config: " + in_quotes(path) + " from " + label
                        + " can't be read; give a file of at most 1 MiB that this user may read");
    return;
  }
  file_lines{path, *text, to}.run();
}

}  // namespace

collected collect(const process_inputs& from) {
  collected result;
  argument_reader{from.args, result}.run();
  read_variables(from, result);
  read_config_file(from, result);
  return result;
}

bool is_service_variable(std::string_view name, std::string_view value) {
  const auto is_url = [&] {
    return value.starts_with("tcp://") || value.starts_with("udp://")
        || value.starts_with("sctp://");
  };
  if (name.ends_with("_SERVICE_HOST") || name.ends_with("_SERVICE_PORT")
      || name.find("_SERVICE_PORT_") != std::string_view::npos)
    return true;
  if (name.ends_with("_PORT")
      && (is_url() || name.ends_with("_TCP_PORT") || name.ends_with("_UDP_PORT")
          || name.ends_with("_SCTP_PORT")))
    return true;
  for (const std::string_view end : {"_TCP", "_UDP", "_SCTP"})
    for (const std::string_view part : {"", "_PROTO", "_ADDR"})
      if (name.ends_with(std::string{end}.append(part))
          && name.find("_PORT_") != std::string_view::npos)
        return true;
  return false;
}

}  // namespace herald::app
