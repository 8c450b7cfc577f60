#include "actors/log.hpp"
#include "backplane/redis/dialer.hpp"
#include "backplane/redis/tls.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <utility>

namespace herald::backplane {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

/// Thread: any; OpenSSL's context is shared by connections and not changed after it was loaded.
class tls_identity {
public:
  explicit tls_identity(const tls_files& from) : server_name(from.server_name), verify_name(from.verify_name) {}

  ssl::context context{ssl::context::tls_client};
  std::string server_name;
  bool verify_name;
};

namespace {

using error_code = boost::system::error_code;

std::string load(tls_identity& into, const tls_files& from) {
  auto& context = into.context;
  const auto said = [](std::string_view what, const std::string& file, const error_code& error) {
    return error ? "can't use " + file + " as " + std::string{what} + ": " + error.message() : std::string{};
  };
  error_code error;
  context.set_options(ssl::context::default_workarounds | ssl::context::no_compression, error);
  if (!error && ::SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION) != 1)
    return "this OpenSSL has no TLS 1.2";
  context.set_verify_mode(ssl::verify_peer, error);
  if (from.ca.empty())
    context.set_default_verify_paths(error);
  else
    context.load_verify_file(from.ca, error);
  if (error) return said("the trusted certificates", from.ca.empty() ? "the system's certificates" : from.ca, error);
  if (from.certificate.empty()) return {};
  context.use_certificate_chain_file(from.certificate, error);
  if (error) return said("the certificate", from.certificate, error);
  context.use_private_key_file(from.key, ssl::context::pem, error);
  return said("the certificate's key", from.key, error);
}

/// TLS 1.2 or later over TCP. The server is asked for by its name (SNI), and its certificate must be for it.
class tls_stream final : public stream {
public:
  tls_stream(asio::io_context& context, std::shared_ptr<tls_identity> identity)
    : identity_(std::move(identity)), dialer_(context), stream_(context, identity_->context) {}

  void connect(const redis_options::address& to, connect_handler done) override {
    if (!expect(identity_->server_name.empty() ? to.host : identity_->server_name)) {
      return asio::post(stream_.get_executor(), [done = std::move(done)] { done(asio::error::invalid_argument); });
    }
    dialer_.dial(stream_.next_layer(), to, [this, done = std::move(done)](error_code error) {
      if (error) return done(error);
      stream_.async_handshake(ssl::stream_base::client, [this, done](error_code wrong) {
        if (wrong) tell_why();
        done(wrong);
      });
    });
  }

  void read_some(asio::mutable_buffer into, transfer_handler done) override {
    stream_.async_read_some(into, std::move(done));
  }

  void write(asio::const_buffer from, transfer_handler done) override {
    asio::async_write(stream_, from, std::move(done));
  }

  void close() noexcept override {
    error_code ignored;
    dialer_.cancel();
    stream_.next_layer().close(ignored);
  }

private:
  /// Whom we want to talk to. OpenSSL checks the name itself, so that it can say what was wrong with it.
  bool expect(const std::string& name) {
    auto* handle = stream_.native_handle();
    const auto is_address = is_number(name);
    if (!is_address && SSL_set_tlsext_host_name(handle, name.c_str()) != 1) return false;  // RFC 6066: no addresses
    if (!identity_->verify_name) return true;
    auto* wanted = ::SSL_get0_param(handle);
    if (is_address) return ::X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str()) == 1;
    ::X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return ::X509_VERIFY_PARAM_set1_host(wanted, name.c_str(), name.size()) == 1;
  }

  /// The error itself says no more than "certificate verify failed".
  void tell_why() {
    auto found = ::SSL_get_verify_result(stream_.native_handle());
    if (found == X509_V_OK) return;
    log::limited(log::level::warn, "redis_certificate_refused", {{"why", ::X509_verify_cert_error_string(found)}});
  }

  std::shared_ptr<tls_identity> identity_;
  dialer dialer_;
  ssl::stream<asio::ip::tcp::socket> stream_;
};

}  // namespace

std::variant<std::shared_ptr<tls_identity>, std::string> load_tls(const tls_files& from) {
  auto result = std::make_shared<tls_identity>(from);
  if (auto wrong = load(*result, from); !wrong.empty()) return wrong;
  return result;
}

std::unique_ptr<stream> make_stream(asio::io_context& context, const redis_options& options) {
  if (options.tls) return std::make_unique<tls_stream>(context, options.tls);
  return make_tcp_stream(context);
}

}  // namespace herald::backplane
