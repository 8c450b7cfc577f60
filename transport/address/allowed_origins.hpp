#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace herald::transport {

/// From which web pages browsers may connect: a page's origin (RFC 6454) is what its browser says, and no page can change it.
/// Immutable. Thread: any.
class allowed_origins {
public:
  enum class otherwise {
    none,              ///< Only those listed.
    same_host,         ///< … and pages from the host that the request is to (on any port), and from this machine.
    any,               ///< All.
  };

  allowed_origins() = default;

  /// `*`, or origins separated by commas: `https://app.example.com`, `https://*.example.com`, `http://localhost:3000`,
  /// `null`. `auto` is what `unsaid` says.
  /// Errors: one sentence that names the origin.
  static std::optional<std::string> parse(std::string_view text, otherwise unsaid, allowed_origins& into);

  /// `host` is the request's Host. Who is no browser sends no Origin, and may come in.
  bool allows(std::string_view origin, std::string_view host) const;

private:
  struct pattern {
    std::string scheme;
    std::string host;      ///< With its port; behind a `*.`, only what follows it.
    bool subdomains = false;
  };

  static std::optional<pattern> read_pattern(std::string_view text);

  otherwise otherwise_ = otherwise::same_host;
  bool null_ = false;
  std::vector<pattern> patterns_;
};

}  // namespace herald::transport
