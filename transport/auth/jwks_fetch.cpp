#include "transport/auth/jwks_fetch.hpp"

#include <curl/curl.h>

#include <memory>
#include <mutex>

namespace herald::transport {
namespace {

constexpr std::size_t max_bytes = 256 * 1024;
constexpr long max_ms = 5000, max_connect_ms = 3000;

struct url_freed {
  void operator()(CURLU* what) const { curl_url_cleanup(what); }
};
struct easy_freed {
  void operator()(CURL* what) const { curl_easy_cleanup(what); }
};
struct text_freed {
  void operator()(char* what) const { curl_free(what); }
};

std::string part_of(CURLU* url, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, 0) != CURLUE_OK) return {};
  const std::unique_ptr<char, text_freed> owner{text};
  return text;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" || (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

std::size_t on_body(char* bytes, std::size_t, std::size_t count, void* into) {
  auto& text = *static_cast<std::string*>(into);
  if (text.size() + count > max_bytes) return 0;  // ends it
  text.append(bytes, count);
  return count;
}

int on_progress(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(stop)->load() ? 1 : 0;
}

void set_up(CURL* with, const std::string& url, const std::string& ca_file, const std::atomic<bool>& stop, std::string& body) {
  const bool is_plain = url.starts_with("http:");
  curl_easy_setopt(with, CURLOPT_URL, url.c_str());
  curl_easy_setopt(with, CURLOPT_PROTOCOLS_STR, is_plain ? "http" : "https");
  curl_easy_setopt(with, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(with, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(with, CURLOPT_TIMEOUT_MS, max_ms);
  curl_easy_setopt(with, CURLOPT_CONNECTTIMEOUT_MS, max_connect_ms);
  curl_easy_setopt(with, CURLOPT_USERAGENT, "herald");
  if (is_plain) curl_easy_setopt(with, CURLOPT_NOPROXY, "*");  // what is on loopback is not to leave the machine
  if (!ca_file.empty()) curl_easy_setopt(with, CURLOPT_CAINFO, ca_file.c_str());
  curl_easy_setopt(with, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(with, CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(with, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(with, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(with, CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(&stop));
}

}  // namespace

std::string explain_bad_jwks_url(std::string_view url) {
  const std::unique_ptr<CURLU, url_freed> parsed{curl_url()};
  if (curl_url_set(parsed.get(), CURLUPART_URL, std::string{url}.c_str(), 0) != CURLUE_OK) return "is not a URL";
  const auto scheme = part_of(parsed.get(), CURLUPART_SCHEME);
  if (!part_of(parsed.get(), CURLUPART_USER).empty()) return "has a user in it: a key set is public";
  if (scheme == "https" || (scheme == "http" && is_loopback(part_of(parsed.get(), CURLUPART_HOST)))) return {};
  return "is neither https nor http on loopback: who is in between could put keys of its own there";
}

fetched fetch_jwks(const std::string& url, const std::string& ca_file, const std::atomic<bool>& stop) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const std::unique_ptr<CURL, easy_freed> with{curl_easy_init()};
  std::string body;
  set_up(with.get(), url, ca_file, stop, body);
  const auto outcome = curl_easy_perform(with.get());
  if (outcome == CURLE_WRITE_ERROR) return {false, "the answer has more than 256 KiB"};
  if (outcome != CURLE_OK) return {false, curl_easy_strerror(outcome)};
  long status = 0;
  curl_easy_getinfo(with.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return {false, "the answer's status is " + std::to_string(status)};
  return {true, std::move(body)};
}

}  // namespace herald::transport
