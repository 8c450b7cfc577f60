#include "backplane/redis/address_source.hpp"

#include "backplane/redis/sentinel_source.hpp"

namespace herald::backplane {

std::unique_ptr<address_source> make_address_source(boost::asio::io_context& context, const redis_options& options) {
  if (options.kind == redis_options::shape::sentinel) return std::make_unique<sentinel_source>(context, options);
  return std::make_unique<address_list>(options.hosts);
}

}  // namespace herald::backplane
