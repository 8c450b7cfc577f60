#include "app/redis_url.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace herald::app {

namespace {

using scheme = redis_url::scheme;

struct named_scheme {
  std::string_view prefix;
  scheme kind;
  bool tls;
};

constexpr std::array<named_scheme, 6> schemes{{{"redis://", scheme::server, false},
                                               {"rediss://", scheme::server, true},
                                               {"redis+sentinel://", scheme::sentinel, false},
                                               {"rediss+sentinel://", scheme::sentinel, true},
                                               {"redis+cluster://", scheme::cluster, false},
                                               {"rediss+cluster://", scheme::cluster, true}}};

constexpr std::uint16_t redis_port = 6379;
constexpr std::uint16_t sentinel_port = 26379;
constexpr unsigned highest_db = 65535;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Undoes percent-encoding (RFC 3986, section 2.1); empty when a `%` lacks its two digits.
std::optional<std::string> decode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return {};
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return {};
    result += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return result;
}

std::string encode(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  static constexpr std::string_view plain =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string result;
  for (const char c : text) {
    if (plain.find(c) != std::string_view::npos) {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return result;
}

/// Cuts `text` at the first `mark`: what stands before it, and `text` keeps the rest.
std::string_view cut(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  const auto head = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
  return head;
}

std::string read_credentials(std::string_view text, redis_url& to) {
  const bool has_password = text.find(':') != std::string_view::npos;
  const auto user = decode(cut(text, ':'));
  const auto password = decode(text);
  if (!user || !password)
    return "a % in user or password begins a percent-encoded byte; write % itself as %25";
  if (has_password && password->empty()) return "the password is empty; leave out user, password and @ instead";
  if (!has_password && user->empty()) return "nothing stands before the @: user:password, :password for the default user, or user";
  to.user = *user;
  to.password = *password;
  return {};
}

std::string read_hosts(std::string_view text, redis_url& to) {
  const bool several = to.kind == scheme::sentinel || to.kind == scheme::cluster;
  const auto port = to.kind == scheme::sentinel ? sentinel_port : redis_port;
  if (!several && text.find(',') != std::string_view::npos)
    return "one host only; several belong to redis+sentinel:// or redis+cluster://";
  if (text.ends_with(',')) return "a comma at the end: a host is missing";
  do {
    const auto host = parse_endpoint(cut(text, ','), port);
    if (!host || host->port == 0)
      return "a host is host, host:port or [IPv6 address]:port, port 1 to 65535";
    to.hosts.push_back(*host);
  } while (!text.empty());
  return {};
}

std::string read_db(std::string_view text, redis_url& to) {
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, to.db);
  if (error != std::errc{} || stop != end || to.db > highest_db)
    return "after the last / stands a database's number, 0 to 65535";
  return {};
}

std::string read_path(std::string_view path, redis_url& to) {
  if (to.kind == scheme::sentinel) {
    const auto name = decode(cut(path, '/'));
    if (!name || name->empty())
      return "a Sentinel URL ends in the name of the master: redis+sentinel://h1,h2/master-name";
    to.master_name = *name;
  }
  if (path.empty()) return {};
  if (to.kind == scheme::cluster) return "a cluster has no databases: nothing may follow the hosts";
  return read_db(path, to);
}

}  // namespace

std::variant<redis_url, std::string> parse_redis_url(std::string_view text) {
  redis_url result;
  const named_scheme* found = nullptr;
  for (const auto& x : schemes)
    if (text.starts_with(x.prefix)) found = &x;
  if (found == nullptr)
    return std::string{"a Redis URL begins with redis://, redis+sentinel:// or redis+cluster://, "
                       "or for TLS with rediss://, rediss+sentinel:// or rediss+cluster://"};
  if (text.find_first_of("?#") != std::string_view::npos)
    return std::string{"? and # have no meaning in it; in a password write %3F and %23"};
  result.kind = found->kind;
  result.tls = found->tls;
  text.remove_prefix(found->prefix.size());
  auto authority = cut(text, '/');
  std::string wrong;
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    wrong = read_credentials(authority.substr(0, at), result);
    authority.remove_prefix(at + 1);
  }
  if (wrong.empty()) wrong = read_hosts(authority, result);
  if (wrong.empty()) wrong = read_path(text, result);
  if (!wrong.empty()) return wrong;
  return result;
}

std::string to_masked_string(const redis_url& url) {
  std::string result;
  for (const auto& x : schemes)
    if (x.kind == url.kind && x.tls == url.tls) result = x.prefix;
  if (!url.password.empty())
    result += encode(url.user) + ":***@";
  else if (!url.user.empty())
    result += encode(url.user) + '@';
  for (const auto& x : url.hosts) {
    if (&x != &url.hosts.front()) result += ',';
    result += to_string(x);
  }
  if (!url.master_name.empty()) result += '/' + encode(url.master_name);
  if (url.db != 0) result += '/' + std::to_string(url.db);
  return result;
}

}  // namespace herald::app
